"""What each segment is like, and the rules of RFM beside it."""
