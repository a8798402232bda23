"""Single customers: put into a published segment, and why they are there."""
