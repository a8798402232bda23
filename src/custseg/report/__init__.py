"""What people see: one summary of a run, as tables, charts, page, workbook and on the terminal."""
