"""Training on recorded episodes."""
