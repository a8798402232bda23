"""The report as one page that asks no host for anything."""
