"""Which column is which: known exports, what the settings say, and proposals."""
