"""What values mean: numbers, dates, ids, currencies, statuses and people, as shops write them."""
