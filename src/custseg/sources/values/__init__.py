"""Texts as values: numbers, dates, identifiers and currencies as shops write them."""
