"""What protects the people in the data: small groups are not told of, and people have a say."""
