"""Files of every format: found, unpacked, and opened as tables."""
