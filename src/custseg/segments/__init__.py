"""Customers in segments: the model, what the segments are like, who moved, and why."""
