"""How often things fail: reads all other apps, and nobody imports it."""
