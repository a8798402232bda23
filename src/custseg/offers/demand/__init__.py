"""Units that each segment is likely to need."""
