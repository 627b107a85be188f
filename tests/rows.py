"""Rows for tests that need a database but no pipeline: each builder makes what it is told and invents the rest."""

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import Permission, User

from ingest.models import Bundle, BundleFile, Observation, Snapshot
from registry.models import Asset, Component, Customer, Installation, Project
from timeline.models import AssetEvent, Event, FirmwarePeriod

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

_numbers = count(1)


def asset(**values: Any) -> Asset:
    """An asset that bundles have shown."""
    serial = values.pop("serial", f"7XK{next(_numbers):04}")
    defaults = {"identity": serial, "vendor": "Dell Inc.", "model": "PowerEdge R750", "first_seen_at": NOON}
    return Asset.objects.create(serial=serial, **defaults | values)


def component(**values: Any) -> Component:
    """A component; with `asset`, installed there since noon."""
    serial = values.pop("serial", f"S5FN{next(_numbers):06}")
    place = values.get("asset")
    defaults = {
        "type": "disk",
        "identity": f"disk:{serial}",
        "lookup": f"disk:{serial}",
        "vendor": "Samsung",
        "model": "MZWLJ7T6HALA",
        "status": "installed" if place else "unplaced",
        "installed_at": NOON if place else None,
        "first_seen_at": NOON,
    }
    row = Component.objects.create(serial=serial, **defaults | values)
    if place:
        Installation.objects.create(component=row, asset=place, slot=row.slot, installed_at=NOON, open_component=row)
    return row


def past_installation(part: Component, place: Asset, slot: str = "Bay 1") -> Installation:
    """An installation that ended before noon."""
    ended = NOON - timedelta(days=1)
    return Installation.objects.create(
        component=part, asset=place, slot=slot, installed_at=NOON - timedelta(days=9), removed_at=ended, ends_at=ended
    )


def bundle(**values: Any) -> Bundle:
    """A bundle that was parsed."""
    number = next(_numbers)
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    defaults = {"sha256": digest, "size": 1000, "filename": f"bundle-{number}.tar.gz", "status": "parsed"}
    return Bundle.objects.create(received_at=NOON, **defaults | values)


def member(of: Bundle, **values: Any) -> BundleFile:
    """A member of a bundle that was parsed."""
    defaults = {"name": "dmidecode.txt", "size": 100, "outcome": "parsed", "parser": "dmidecode"}
    return BundleFile.objects.create(bundle=of, **defaults | values)


def snapshot(of: Bundle, **values: Any) -> Snapshot:
    """A snapshot taken at noon."""
    defaults = {"collected_at": NOON, "time_source": "content", "sha256": of.sha256}
    return Snapshot.objects.create(bundle=of, **defaults | values)


def observation(part: Component, within: Snapshot, **values: Any) -> Observation:
    """An observation of a component."""
    defaults = {"type": part.type, "observed_at": within.collected_at, "lookup": part.lookup, "asset": within.asset}
    return Observation.objects.create(snapshot=within, component=part, **defaults | values)


def event(kind: str, **values: Any) -> Event:
    """An event on the timelines of the assets that it names; a later call makes a later event."""
    number = next(_numbers)
    position = f"{number:020}"
    defaults = {"occurred_at": NOON + timedelta(minutes=number), "key": hashlib.sha256(position.encode()).hexdigest()}
    row = Event.objects.create(type=kind, position=position, **defaults | values)
    for place in {place for place in (row.asset, row.from_asset) if place}:
        AssetEvent.objects.create(event=row, asset=place, position=position)
    return row


def firmware_period(part: Component, firmware: str) -> FirmwarePeriod:
    """A firmware that a component runs since noon."""
    return FirmwarePeriod.objects.create(component=part, firmware=firmware, started_at=NOON, open_component=part)


def project(code: str) -> Project:
    """A project, with a customer of its own."""
    return Project.objects.create(code=code, customer=Customer.objects.create(code=f"{code}-OWNER"))


def user(name: str, *permissions: str) -> User:
    """Someone who may open the admin, with permissions by code name; a trailing ``*`` stands for all that follow."""
    person = User.objects.create(username=name, is_staff=True)
    for wanted in permissions:
        lookup = {"codename__startswith": wanted[:-1]} if wanted.endswith("*") else {"codename": wanted}
        person.user_permissions.add(*Permission.objects.filter(**lookup))
    return person


def superuser() -> User:
    """Someone who may do everything."""
    return User.objects.create(username="root", is_staff=True, is_superuser=True)
