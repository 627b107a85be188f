"""What no log tells and a person would enter: customers, projects, racks, and the lots on delivery notes."""

from collections import defaultdict
from collections.abc import Iterator

from django.db import transaction

from demo.catalogue import PROJECTS
from demo.fleet import Batch, Part, Story
from registry.domain.vocabulary import LocationKind
from registry.models import Asset, Component, Customer, Location, Lot, Project

# Where a project's servers stand: region, site, room.
_ROOMS = {
    "ACME-EU": ("Europe", "Frankfurt 1", "Room 2.01"),
    "ACME-US": ("America", "Ashburn 4", "Hall B"),
    "NORDBANK-CORE": ("Europe", "Stockholm 2", "Vault"),
    "NORDBANK-DR": ("Europe", "Oslo 1", "Room 0.12"),
    "UNIHPC-AI": ("Europe", "Campus North", "Machine room"),
}
_SERVERS_A_RACK = 4


@transaction.atomic
def enter_owners() -> None:
    """Puts the customers and projects of the story where they are missing; bundles name projects by their codes."""
    for customer_code, customer_name, code, name in PROJECTS:
        customer, _ = Customer.objects.get_or_create(code=customer_code, defaults={"name": customer_name})
        Project.objects.get_or_create(code=code, defaults={"customer": customer, "name": name})


@transaction.atomic
def enter_places(story: Story) -> None:
    """Puts each server of the story into its rack, and into its project where no bundle said so."""
    projects = {project.code: project for project in Project.objects.all()}
    counts: dict[str, int] = defaultdict(int)
    for server in story.servers:
        number = counts[server.project] // _SERVERS_A_RACK + 1
        counts[server.project] += 1
        assets = Asset.objects.filter(serial=server.serial)
        assets.filter(location=None).update(location=_rack(server.project, number))
        assets.filter(project=None).update(project=projects[server.project])


def _rack(project: str, number: int) -> Location:
    parent: Location | None = None
    kinds = (LocationKind.REGION, LocationKind.SITE, LocationKind.ROOM, LocationKind.RACK)
    for kind, name in zip(kinds, (*_ROOMS[project], f"Rack {number:02d}"), strict=True):
        parent, _ = Location.objects.get_or_create(parent=parent, name=name, defaults={"kind": kind})
    if parent is None:
        raise AssertionError("a path of four names ends in a place")
    return parent


@transaction.atomic
def enter_lots(story: Story) -> None:
    """Notes the lot of each part that was delivered with one, and when that was made; most logs do not tell it."""
    by_lot: dict[Batch, list[Part]] = defaultdict(list)
    for part in set(_parts(story)):
        if part.batch and part.serial:
            by_lot[part.batch].append(part)
    for batch, parts in sorted(by_lot.items(), key=lambda pair: pair[0].code):
        noted = {"vendor": parts[0].model.vendor, "manufactured_on": batch.made}
        lot, new = Lot.objects.get_or_create(code=batch.code, defaults=noted)
        if not new and lot.manufactured_on is None:  # documents had named it
            lot.vendor, lot.manufactured_on = parts[0].model.vendor, batch.made
            lot.save(update_fields=["vendor", "manufactured_on"])
        for kind in {part.model.type for part in parts}:
            serials = [part.serial for part in parts if part.model.type == kind]
            Component.objects.filter(type=kind, serial__in=serials, lot=None).update(lot=lot, counted=False)


def _parts(story: Story) -> Iterator[Part]:
    return (one.part for snapshot in story.snapshots for one in snapshot.fitted)
