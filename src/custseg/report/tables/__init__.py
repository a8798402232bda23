"""Tables that people read: each one's rows, columns, formats and notes, defined once."""
