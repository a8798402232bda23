"""A plan for each segment, from its own figures: what to aim for, say, offer, and measure."""
