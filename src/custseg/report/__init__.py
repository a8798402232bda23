"""What people see: summaries, tables and progress."""
