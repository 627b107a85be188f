"""The verbs of ingest."""

from ingest.services.amend import amend
from ingest.services.parse import Parsed, parse_bundle
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
from ingest.services.reparse import AtWork, Effect, EventChange, reparse
from ingest.services.work import try_again

__all__ = [
    "AtWork",
    "BundleTooLarge",
    "DigestMismatch",
    "Effect",
    "EmptyBundle",
    "EventChange",
    "Hints",
    "ImplausibleTime",
    "Parsed",
    "Receipt",
    "Refused",
    "UnknownAsset",
    "advance",
    "amend",
    "parse_bundle",
    "receive",
    "reparse",
    "try_again",
]
