"""A parser that overlooks something until it is mended, bundles that it reads, and all that comes of them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone

from ingest.domain.report import AssetClaim, Member, Report, SerialClaim, Sighting
from ingest.models import Bundle, BundleFile, FailureSignal, Observation, Snapshot
from ingest.parsers.registry import all_parsers
from ingest.services import reparse
from ingest.storage import storage_name
from registry.models import Asset, Component, Installation
from tests.ingest.deliveries import deliver
from tests.ingest.stores import Folder
from timeline.models import AssetEvent, Event, FirmwarePeriod, IdentityConflict

TABLES = (
    Asset, Component, Installation, Bundle, BundleFile, Snapshot, Observation, FailureSignal, Event, AssetEvent,
    FirmwarePeriod, IdentityConflict,
)  # fmt: skip


class Tally:
    """A parser of lists: an asset's serial and a day, then a disk a line; its first version overlooks the last disk."""

    name = "tally"

    def __init__(self, version: int) -> None:
        self.version = version

    def wants(self, name: str, head: bytes) -> bool:
        return head.startswith(b"tally ")

    def parse(self, member: Member) -> list[Report]:
        (_, serial, day), *disks = (line.split() for line in member.text.splitlines())
        if self.version < 2:
            disks = disks[:-1]
        return [
            Report(
                asset=AssetClaim(serials=(SerialClaim(serial),)),
                collected_at=datetime(2026, 2, int(day), tzinfo=UTC),
                sightings=tuple(
                    Sighting("disk", slot=f"Bay {bay}", slot_kind="tally", serial=disk, firmware=firmware)
                    for bay, (disk, firmware) in enumerate(disks)
                ),
                coverage=frozenset({"disk"}),
            )
        ]


def read_by_tally(monkeypatch: pytest.MonkeyPatch, version: int) -> None:
    """Has all bundles read by that version of the parser too."""
    parsers = (Tally(version), *all_parsers())
    for place in ("ingest.services.parse", "ingest.selectors", "reanimator.management.commands.reparse"):
        monkeypatch.setattr(f"{place}.all_parsers", lambda: parsers)


def tally(serial: str, day: int, *disks: str) -> Bundle:
    """A list of an asset's disks, delivered; a disk may name its firmware."""
    lines = [f"tally {serial} {day}", *(disk if " " in disk else f"{disk} F1" for disk in disks)]
    return deliver("\n".join(lines).encode(), f"{serial}-{day}.txt")


def again(bundle: Bundle, *, dry_run: bool = False) -> Any:
    """What reading it again changed."""
    return reparse(bundle.pk, dry_run=dry_run, user=None, now=timezone.now())


def everything() -> dict[str, list[Any]]:
    """Every row of every table that a bundle bears upon."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}


def harm(bundle: Bundle, folder: Any) -> None:
    """Puts other bytes in the place of the bundle's."""
    Folder(folder).write(storage_name(bundle.sha256), b"tally SRV-A 1\nD1 F1\nEVIL F1\nEVIL2 F1")
