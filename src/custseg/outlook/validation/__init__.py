"""How well segments of past dates tell what customers did next, beside simpler ones."""
