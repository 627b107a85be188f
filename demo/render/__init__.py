"""The formats of the demo: each module turns one snapshot into the text that the real tool prints."""
