"""What it costs to take a bundle in, in CPU time, beside the least that Django can do with the same rows."""
