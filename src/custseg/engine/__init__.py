"""Where tables are scanned, computed and written: the only room that knows a backend."""
