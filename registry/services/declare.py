"""What people enter themselves, before or beside what bundles tell."""

from datetime import date
from typing import Any, TypeVar

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from registry.domain.identity import serial_lookup, split_identity, vendor_key
from registry.domain.serials import clean_serial, normalise, part_serial
from registry.domain.vocabulary import AssetStatus
from registry.models import Asset, Component, Location, Lot, Project

Thing = TypeVar("Thing", Asset, Component)


class FieldProblem(Exception):
    """A value that cannot be taken; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class AlreadyExists(Exception):
    """The thing is there already; `existing_id` is its id."""

    def __init__(self, message: str, existing_id: int) -> None:
        super().__init__(message)
        self.existing_id = existing_id


class HasHistory(Exception):
    """What has history cannot be deleted."""


def declare_asset(
    *,
    vendor: str,
    serial: str,
    model: str = "",
    hostname: str = "",
    tag: str = "",
    status: str = AssetStatus.ACTIVE,
    project: Project | None = None,
    location: Location | None = None,
) -> Asset:
    """A new asset entered by a person; bundles that name its serial find it."""
    clean = _real_serial(clean_serial(serial, settings.PLACEHOLDER_SERIALS))
    taken = {vendor_key(row.vendor): row for row in Asset.objects.filter(serial=clean)}
    _refuse_known(taken, vendor, f"asset with serial {clean}")
    return _insert(
        Asset(
            identity=split_identity(clean, vendor_key(vendor)) if taken else clean,
            vendor=vendor.strip(),
            serial=clean,
            model=model.strip(),
            hostname=hostname.strip(),
            tag=normalise(tag),
            status=status,
            project=project,
            location=location,
            declared=True,
        )
    )


def declare_component(
    *,
    type: str,  # noqa: A002 - the field's name in the API
    vendor: str,
    serial: str,
    model: str = "",
    part_number: str = "",
    lot: Lot | None = None,
    manufactured_on: date | None = None,
) -> Component:
    """A new component entered by a person (a spare on the shelf, say); bundles that show its serial find it."""
    clean = _real_serial(part_serial(type, serial, settings.PLACEHOLDER_SERIALS))
    lookup = serial_lookup(type, clean)
    taken = {vendor_key(row.vendor): row for row in Component.objects.filter(lookup=lookup)}
    _refuse_known(taken, vendor, f"{type} with serial {clean}")
    return _insert(
        Component(
            type=type,
            identity=split_identity(lookup, vendor_key(vendor)) if taken else lookup,
            lookup=lookup,
            vendor=vendor.strip(),
            serial=clean,
            model=model.strip(),
            part_number=part_number.strip(),
            lot=lot,
            manufactured_on=manufactured_on,
            declared=True,
        )
    )


def _real_serial(clean: str) -> str:
    if not clean:
        raise FieldProblem("serial", "This serial number is empty or a placeholder, which names nothing.")
    return clean


def _refuse_known(taken: dict[str, Any], vendor: str, name: str) -> None:
    """A known vendor's thing, one of an unknown vendor, or an unknown vendor's: each may be the same thing."""
    same = taken.get(vendor_key(vendor)) or taken.get("") or (next(iter(taken.values()), None) if not vendor else None)
    if same is not None:
        raise AlreadyExists(f"There is a {name} already: {same.id}.", same.id)


def _insert(row: Thing) -> Thing:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        existing = type(row).objects.get(identity=row.identity)
        raise AlreadyExists(f"It exists already: {existing.id}.", existing.id) from None
    return row


def delete(obj: models.Model) -> None:
    """Deletes a thing that nothing refers to."""
    try:
        obj.delete()
    except ProtectedError as error:
        kinds = sorted({str(row._meta.verbose_name_plural) for row in error.protected_objects})
        raise HasHistory(f"It has history and cannot be deleted: {', '.join(kinds)} refer to it.") from None
