"""Service cases, their links and failures, and which component each belongs to."""
