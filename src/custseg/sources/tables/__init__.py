"""Which tables of a source hold orders, and what is joined to them."""
