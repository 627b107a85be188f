"""``rocm-smi --json``: AMD's GPUs."""

import re
from collections.abc import Mapping
from typing import Any, Final

from ingest.domain.identifiers import pci_address
from ingest.domain.report import Member, MemberError, Report, Sighting
from ingest.parsers.fields import first_number, measured, said, trimmed
from ingest.parsers.json_text import load_json, node_at, text_at
from registry.domain.vocabulary import ComponentType

_OURS: Final = re.compile(rb'\s*\{\s*"(?:card\d+|system)"\s*:\s*\{')
_CARD: Final = re.compile(r"card(\d{1,4})")
_CARDS_KEY: Final = re.compile(rb'"card\d+"\s*:\s*\{\s*"[^"]*"\s*:\s*"')
_UNIQUE: Final = re.compile(r"(?:0x)?[0-9a-f]{1,16}", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"0x[0-9a-f]+", re.IGNORECASE)  # in place of a name
_LINKED: Final = re.compile(r"\(topology\) .*between drm devices (\d{1,4}) and (\d{1,4})", re.IGNORECASE)
_MEASUREMENTS: Final = {
    "temperature": ("temperature (sensor junction) (c)", "temperature (sensor edge) (c)"),
    "memory_temperature": ("temperature (sensor memory) (c)",),
    "power_draw_watts": ("average graphics package power (w)", "current socket graphics package power (w)"),
    "power_limit_watts": ("max graphics package power (w)",),
    "memory_total_bytes": ("vram total memory (b)",),
    "pcie_replays": ("pcie replay count",),
}


class RocmSmiParser:
    """AMD GPUs by serial number and unique id, at their PCI address. No asset and no time.

    Covers GPUs when the cards are those between which the file tells links: else some may have been selected.
    """

    name = "rocm-smi"
    version = 1

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` is JSON of cards by number."""
        return _OURS.match(head) is not None and _CARDS_KEY.search(head) is not None

    def parse(self, member: Member) -> list[Report]:
        """One report of all cards in the file."""
        document = load_json(member.content)
        if not isinstance(document, dict):
            raise MemberError("rocm-smi JSON is not an object")
        cards = {int(found[1]): node_at(document, key) for key in document if (found := _CARD.fullmatch(key))}
        driver = text_at(document, "system", "Driver version")
        sightings = (_gpu(_by_name(card), driver) for card in cards.values())
        named = tuple(gpu for gpu in sightings if gpu.serial or gpu.identifiers or gpu.model or gpu.slot)
        if not named:
            raise MemberError("rocm-smi named no GPU")
        linked = {int(number) for key in node_at(document, "system") for number in _ends(key)}
        complete = len(named) == len(cards) and set(cards) == linked
        return [Report(coverage=frozenset({ComponentType.GPU} if complete else ()), sightings=named)]


def _ends(key: str) -> tuple[str, ...]:
    found = _LINKED.fullmatch(key)
    return found.groups() if found else ()


def _by_name(card: Mapping[str, Any]) -> Mapping[str, str]:
    """The card's texts; releases differ in capital letters."""
    return {key.lower(): value for key, value in card.items() if isinstance(value, str)}


def _gpu(card: Mapping[str, str], driver: str) -> Sighting:
    slot = pci_address(card.get("pci bus", ""))
    firmware = said(card.get("vbios version", ""))
    return Sighting(
        type=ComponentType.GPU,
        vendor=_first_said(card, "card vendor") or "Advanced Micro Devices, Inc. [AMD/ATI]",
        model=_first_said(card, "card series", "device name"),
        part_number=_first_said(card, "card sku"),
        serial=trimmed(card.get("serial number", "")),
        slot=slot,
        slot_kind="pci" if slot else "",
        firmware=firmware,
        firmware_kind="amd" if firmware else "",
        identifiers=_unique_id(card.get("unique id", "")),
        measurements=measured(
            driver_version=said(driver),
            memory_vendor=said(card.get("gpu memory vendor", "")),
            **{
                name: next((number for key in keys if (number := first_number(card.get(key, ""))) is not None), None)
                for name, keys in _MEASUREMENTS.items()
            },
        ),
    )


def _first_said(card: Mapping[str, str], *keys: str) -> str:
    texts = (said(card.get(key, "")) for key in keys)
    return next((text for text in texts if text and not _NUMBERED.fullmatch(text)), "")


def _unique_id(text: str) -> tuple[tuple[str, str], ...]:
    """AMD's unique id has 64 bits: in a UUID's place it is filled up with zeros in front."""
    digits = trimmed(text).lower()
    if not _UNIQUE.fullmatch(digits):
        return ()
    number = digits.removeprefix("0x").zfill(32)
    return (("uuid", number),) if len(set(number)) > 2 else ()
