"""The verbs of ingest."""

from ingest.services.amend import amend
from ingest.services.parse import parse_bundle
from ingest.services.pipeline import advance
from ingest.services.receive import (
    BundleTooLarge,
    DigestMismatch,
    EmptyBundle,
    Hints,
    ImplausibleTime,
    Receipt,
    Refused,
    UnknownAsset,
    receive,
)

__all__ = [
    "BundleTooLarge",
    "DigestMismatch",
    "EmptyBundle",
    "Hints",
    "ImplausibleTime",
    "Receipt",
    "Refused",
    "UnknownAsset",
    "advance",
    "amend",
    "parse_bundle",
    "receive",
]
