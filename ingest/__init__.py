"""What was sent, kept as sent, and what the parsers made of it."""
