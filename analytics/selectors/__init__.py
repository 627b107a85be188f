"""Reads of reliability: histories to be counted, and what was counted."""
