"""The table of stages: which are stale, running them, publishing what they found."""
