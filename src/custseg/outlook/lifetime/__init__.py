"""What each customer is likely to order and spend."""
