"""The workbook for people: the summary in sheets to read, filter and print."""
