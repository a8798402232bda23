"""Tables in workbooks."""
