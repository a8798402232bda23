"""What became of customers from one month to the next: who moved, and why."""
