"""What to offer: products for each segment's shelf."""
