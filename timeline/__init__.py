"""When each component sat where: the fold, its events, and questions about a moment."""
