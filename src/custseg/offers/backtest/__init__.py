"""Lists made as of past dates, held against what customers bought next."""
