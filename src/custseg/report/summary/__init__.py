"""One summary of a finished run, computed once: all that terminal, page and workbook show."""
