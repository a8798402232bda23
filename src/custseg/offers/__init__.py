"""What to send whom: products, plans and lists, and whether they would have worked."""
