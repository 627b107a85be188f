"""Parts under several views: a card is a network adapter, a PCIe device, and sometimes both of them twice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ingest.domain.report import Sighting
from ingest.parsers.fields import measured
from ingest.parsers.redfish.failing import Fault, fault_of
from ingest.parsers.redfish.resource import Resource
from registry.domain.serials import clean_serial
from registry.domain.vocabulary import ComponentType, Health

SLOT_KIND = FIRMWARE_KIND = "redfish"


@dataclass(frozen=True, slots=True)
class Part:
    """A sighting with what tells whether another sighting is of the same part.

    `keys`: the resources that are this part by their own links. `hints`: weaker signs, such as a position in the
    same list, which serial numbers may contradict. `alone`: worth reporting when no other view joins it. `fault`: what
    the view whose health counts says of failing.
    """

    sighting: Sighting
    views: frozenset[str]
    keys: frozenset[str] = frozenset()
    hints: frozenset[str] = frozenset()
    serials: frozenset[str] = frozenset()
    alone: bool = True
    fault: Fault | None = None

    @property
    def counts(self) -> bool:
        """Whether it is worth reporting."""
        return self.alone and not _says_nothing(self.sighting)


def see(
    resource: Resource,
    kind: ComponentType,
    *,
    slot: str = "",
    model: str = "",
    firmware: str = "",
    identifiers: Iterable[tuple[str, str]] = (),
    measurements: Mapping[str, Any] | None = None,
) -> Sighting:
    """The sighting of what `resource` describes; what is not named here is read from the usual properties."""
    return Sighting(
        type=kind,
        vendor=resource.word("Manufacturer") or resource.word("Oem", "vendor"),
        model=model or resource.word("Model"),
        part_number=resource.word("PartNumber") or resource.word("SparePartNumber"),
        serial=resource.text("SerialNumber"),
        slot=slot,
        slot_kind=SLOT_KIND if slot else "",
        firmware=firmware,
        firmware_kind=FIRMWARE_KIND if firmware else "",
        health=resource.health(),
        manufactured_on=resource.made_on(),
        identifiers=tuple(identifiers),
        measurements=measured(**(measurements or {})),
    )


def part(
    resource: Resource,
    sighting: Sighting,
    *,
    links: Iterable[str] = (),
    hints: Iterable[str] = (),
    other_serials: Iterable[str] = (),
    alone: bool = True,
) -> Part:
    """The part that `resource` is, with the resources it links to as further views of itself."""
    serials = (clean_serial(serial) for serial in (sighting.serial, *other_serials))
    return Part(
        sighting,
        frozenset({resource.view}),
        frozenset({resource.key, *links}),
        frozenset(hints),
        frozenset(filter(None, serials)),
        alone,
        fault_of(resource, ComponentType(sighting.type)),
    )


def joined(parts: Iterable[Part]) -> list[Part]:
    """`parts` with those laid together that are one; the earlier one's words stand. Not all of them may count."""
    shelf: list[Part] = []
    index: dict[str, list[int]] = {}
    for new in parts:
        signs = {*new.keys, *new.hints, *(f"serial {serial}" for serial in new.serials)}
        known = sorted({place for sign in signs for place in index.get(sign, ())})
        place = next((place for place in known if _same(shelf[place], new)), None)
        if place is None:
            place = len(shelf)
            shelf.append(new)
        else:
            shelf[place] = _union(shelf[place], new)
        for sign in signs:
            index.setdefault(sign, []).append(place)
    return shelf


def _same(known: Part, new: Part) -> bool:
    """Two resources of one view with two slots are two parts, even with one serial: a conflict that is not ours."""
    slots = {known.sighting.slot, new.sighting.slot} - {""}
    if new.views & known.views and len(slots) > 1:
        return False
    if known.serials & new.serials:
        return True
    if new.views & known.views:
        return False
    if known.keys & new.keys:
        return True
    return bool(known.hints & new.hints) and not (known.serials and new.serials)


def _union(known: Part, new: Part) -> Part:
    return Part(
        _filled(known.sighting, new.sighting),
        known.views | new.views,
        known.keys | new.keys,
        known.hints | new.hints,
        known.serials | new.serials,
        known.alone or new.alone,
        known.fault if known.sighting.health != Health.UNKNOWN else new.fault,
    )


def _filled(known: Sighting, new: Sighting) -> Sighting:
    said = known.health != Health.UNKNOWN
    return replace(
        known,
        type=new.type if known.type == ComponentType.OTHER else known.type,
        vendor=known.vendor or new.vendor,
        model=known.model or new.model,
        part_number=known.part_number or new.part_number,
        serial=known.serial if clean_serial(known.serial) else new.serial or known.serial,
        slot=known.slot or new.slot,
        slot_kind=known.slot_kind or new.slot_kind,
        firmware=known.firmware or new.firmware,
        firmware_kind=known.firmware_kind or new.firmware_kind,
        health=known.health if said else new.health,
        manufactured_on=known.manufactured_on or new.manufactured_on,
        identifiers=tuple(dict.fromkeys((*known.identifiers, *new.identifiers))),
        measurements={**new.measurements, **known.measurements},
    )


def _says_nothing(sighting: Sighting) -> bool:
    return not (
        clean_serial(sighting.serial)
        or sighting.model
        or sighting.part_number
        or sighting.firmware
        or sighting.identifiers
        or sighting.measurements
    )
