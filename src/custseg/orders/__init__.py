"""Which order lines count, with a ledger of those that do not, and what each customer's tell."""
