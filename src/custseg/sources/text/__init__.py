"""Tables in text files: csv in any dialect and encoding, and JSON lines."""
