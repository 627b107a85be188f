"""A fleet that never was, in the formats that real servers send, to show the product at work."""
