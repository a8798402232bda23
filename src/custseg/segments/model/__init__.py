"""The model: one pipeline builder, and the stages that explore, choose, fit and name."""
