"""Products for customers, for segments, and products that go together."""
