"""Redfish trees: what a management controller serves under ``/redfish/v1``, saved file by file."""

from ingest.parsers.redfish.parser import RedfishParser

__all__ = ["RedfishParser"]
