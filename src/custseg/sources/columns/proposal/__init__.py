"""Propose which column is which, from names and values, with a reason for each."""
