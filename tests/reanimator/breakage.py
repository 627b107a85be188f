"""Bundles whose steps break off."""

from datetime import datetime, timedelta
from errno import EIO
from os import strerror
from typing import Any

import pytest
from django.utils import timezone

from ingest.models import Bundle
from tests.ingest.deliveries import deliver, document

GOOD = document("SRV-A", "DSK-1")
BYTES = "ingest.services.parse.open_bytes"
AWAY = OSError(EIO, strerror(EIO))
NOW = timezone.now()


def break_off(monkeypatch: pytest.MonkeyPatch, step: str, fault: BaseException) -> None:
    """Has `step` break off by `fault` whenever it is tried."""

    def raise_it(*_: Any, **__: Any) -> None:
        raise fault

    monkeypatch.setattr(step, raise_it)


def broken_off(monkeypatch: pytest.MonkeyPatch, step: str, fault: BaseException, content: bytes = GOOD) -> Bundle:
    """A bundle whose `step` broke off by `fault`, once."""
    with monkeypatch.context() as broken:
        break_off(broken, step, fault)
        return deliver(content)


def after(**span: float) -> datetime:
    """A moment that long from now."""
    return timezone.now() + timedelta(**span)
