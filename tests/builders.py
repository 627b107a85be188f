"""Rows for tests: each function makes one thing, with what the test names and believable rest."""

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from ingest.models import Bundle, BundleFile, FailureSignal, Observation, Snapshot
from registry.domain.identity import serial_lookup
from registry.models import (
    FOREVER,
    Asset,
    Component,
    ComponentIdentifier,
    Customer,
    Installation,
    Location,
    Lot,
    Project,
)
from timeline.domain.facts import Fact
from timeline.models import AssetEvent, Event, FirmwarePeriod

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_numbers = count(1)


def make_user(**fields: Any) -> Any:
    """A person or a client."""
    return get_user_model().objects.create(**{"username": f"user-{next(_numbers)}", **fields})


def make_customer(**fields: Any) -> Customer:
    """A customer."""
    return Customer.objects.create(**{"code": f"CUSTOMER-{next(_numbers)}", **fields})


def make_project(**fields: Any) -> Project:
    """A project, of a customer of its own unless one is named."""
    customer = fields.pop("customer", None) or make_customer()
    return Project.objects.create(**{"code": f"PROJECT-{next(_numbers)}", "customer": customer, **fields})


def make_location(**fields: Any) -> Location:
    """A place, at the root unless a parent is named."""
    location: Location = Location.objects.create(**{"name": f"Place {next(_numbers)}", "kind": "site", **fields})
    return location


def make_lot(**fields: Any) -> Lot:
    """A lot."""
    return Lot.objects.create(**{"code": f"LOT-{next(_numbers)}", **fields})


def make_asset(**fields: Any) -> Asset:
    """A server."""
    serial = fields.pop("serial", f"SRV{next(_numbers):05}")
    usual = {
        "identity": serial,
        "serial": serial,
        "vendor": "Dell Inc.",
        "model": "PowerEdge R750",
        "hostname": "db-17",
    }
    return Asset.objects.create(**{**usual, **fields})


def make_component(**fields: Any) -> Component:
    """A component with a serial number; in an asset when `asset` is named."""
    kind, serial = fields.pop("type", "disk"), fields.pop("serial", f"DSK{next(_numbers):05}")
    lookup = serial_lookup(kind, serial)
    usual = {"identity": lookup, "lookup": lookup, "vendor": "Samsung", "model": "MZWLJ7T6HALA-00AU3"}
    place = {"status": "installed", "installed_at": NOON} if fields.get("asset") else {}
    component = Component.objects.create(**{"type": kind, "serial": serial, **usual, **place, **fields})
    for name, value in component.identifiers:
        ComponentIdentifier.objects.create(component=component, type=kind, kind=name, value=value)
    return component


def make_installation(**fields: Any) -> Installation:
    """A component in an asset; still there unless `removed_at` is named."""
    component = fields.pop("component", None) or make_component()
    asset = fields.pop("asset", None) or make_asset()
    removed_at = fields.pop("removed_at", None)
    end = {"removed_at": removed_at, "ends_at": removed_at or FOREVER}
    still = {"open_component": None if removed_at else component}
    usual = {"slot": "Bay 1", "installed_at": NOON, **end, **still}
    return Installation.objects.create(component=component, asset=asset, **{**usual, **fields})


def make_bundle(**fields: Any) -> Bundle:
    """A bundle that was received and parsed; its bytes are not in the store."""
    sha256 = hashlib.sha256(str(next(_numbers)).encode()).hexdigest()
    usual = {"sha256": sha256, "size": 100, "filename": "db-17.json", "status": "parsed", "received_at": NOON}
    return Bundle.objects.create(**{**usual, **fields})


def make_file(**fields: Any) -> BundleFile:
    """A member of a bundle."""
    usual = {
        "name": "smartctl/sda.json",
        "size": 100,
        "outcome": "parsed",
        "parser": "smartctl-json",
        "parser_version": 1,
    }
    return BundleFile.objects.create(**{"bundle": fields.pop("bundle", None) or make_bundle(), **usual, **fields})


def make_snapshot(**fields: Any) -> Snapshot:
    """What one bundle says of one asset."""
    bundle = fields.pop("bundle", None) or make_bundle()
    asset = fields.pop("asset", None) or make_asset()
    usual = {"collected_at": NOON, "time_source": "content", "sha256": bundle.sha256, "asset_serial": asset.serial}
    return Snapshot.objects.create(bundle=bundle, asset=asset, **{**usual, **fields})


def make_observation(**fields: Any) -> Observation:
    """What one snapshot says of one component."""
    snapshot = fields.pop("snapshot", None) or make_snapshot()
    component = fields.pop("component", None) or make_component()
    usual = {
        "asset": snapshot.asset,
        "type": component.type,
        "observed_at": snapshot.collected_at,
        "lookup": component.lookup,
        "vendor": component.vendor,
        "slot": "Bay 1",
        "sources": {"parsers": ["document"], "slots": [["document", "Bay 1"]], "firmware": []},
        "claims": {"model": [0, component.model], "identifiers": []},
    }
    return Observation.objects.create(snapshot=snapshot, component=component, **{**usual, **fields})


def make_signal(**fields: Any) -> FailureSignal:
    """A failure that one snapshot tells, of a part that it shows unless `observation` is None."""
    number = next(_numbers)
    snapshot = fields.pop("snapshot", None) or make_snapshot()
    observation = fields.pop("observation", True)
    if observation is True:
        observation = make_observation(snapshot=snapshot)
    usual = {
        "type": "disk",
        "lookup": observation.lookup if observation else f"disk:DSK{number:05}",
        "kind": "state",
        "mode": "smart_failed",
        "severity": "critical",
        "parser": "smartctl-json",
        "digest": f"{number:032}",
    }
    return FailureSignal.objects.create(snapshot=snapshot, observation=observation, **{**usual, **fields})


def make_event(**fields: Any) -> Event:
    """An event, with its places on the timelines of its assets."""
    component, asset = fields.pop("component", None), fields.pop("asset", None) or make_asset()
    from_asset = fields.pop("from_asset", None)
    fact = Fact(
        type=fields.pop("type", "INSTALLED"),
        at=fields.pop("occurred_at", NOON),
        ref=f"{next(_numbers):064}",
        asset=asset.identity,
        component=component.identity if component else "",
        from_asset=from_asset.identity if from_asset else "",
    )
    key = fact.key()
    event = Event.objects.create(
        **{
            "key": key,
            "position": fact.position(key),
            "type": fact.type,
            "occurred_at": fact.at,
            "not_before": fact.at - timedelta(days=1),
            "asset": asset,
            "component": component,
            "from_asset": from_asset,
            **fields,
        }
    )
    for place in {asset, from_asset} - {None}:
        AssetEvent.objects.create(event=event, asset=place, position=event.position)
    return event


def make_firmware_period(**fields: Any) -> FirmwarePeriod:
    """A firmware that a component runs since noon."""
    component = fields.pop("component", None) or make_component()
    usual = {"firmware": "EPK98B5Q", "started_at": NOON, "open_component": component}
    return FirmwarePeriod.objects.create(component=component, **{**usual, **fields})


def make_staff(*permissions: str, **fields: Any) -> Any:
    """Someone who may open the admin, with permissions by code name; a last ``*`` stands for all that begin so."""
    person = make_user(is_staff=True, **fields)
    for wanted in permissions:
        name = {"codename__startswith": wanted[:-1]} if wanted.endswith("*") else {"codename": wanted}
        person.user_permissions.add(*Permission.objects.filter(**name))
    return person
