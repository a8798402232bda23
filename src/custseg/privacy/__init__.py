"""What protects the persons behind the figures; knows arrays, and no file, table or setting."""
