"""Past dates as they were known, and the 90 days to come."""
