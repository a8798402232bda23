"""What a campaign brought: who was left alone, what both groups did, and what may be said of it."""
