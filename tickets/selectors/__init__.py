"""Reads of tickets and failures."""

from tickets.selectors.names import Directory, Meant, meant_by, spellings_of

__all__ = ["Directory", "Meant", "meant_by", "spellings_of"]
