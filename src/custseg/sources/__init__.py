"""Any shop's file, folder or database, read into raw order lines."""
