"""``nvidia-smi -q -x``: the GPUs of a server and their condition."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ingest.domain.identifiers import gpu_uuid, pci_address
from ingest.domain.report import Member, MemberError, Report, Sighting
from ingest.parsers.fields import first_number, measured, plausible_time, said, trimmed
from registry.domain.serials import is_placeholder
from registry.domain.vocabulary import ComponentType, Health

_OURS: Final = re.compile(rb"<nvidia_smi_log[\s>]")

# What the GPU says of its own memory. Yes is told at once; No is told by GPUs that watch for it, others say N/A.
_BEYOND_REPAIR: Final = (
    "remapped_rows/remapped_row_failure",
    "ecc_errors/unrepairable_memory",
    "ecc_errors/aggregate/sram_threshold_exceeded",
)
_REPAIR_PENDING: Final = (
    "remapped_rows/remapped_row_pending",
    "retired_pages/pending_retirement",
    "retired_pages/pending_blacklist",
    "ecc_errors/channel_repair_pending",
    "ecc_errors/tpc_repair_pending",
)
# Counters by the driver's age: up to Pascal, after it, and with the split of SRAM errors since driver 570.
_CORRECTED: Final = ("single_bit/total", "sram_correctable", "dram_correctable")
_UNCORRECTED: Final = (
    "double_bit/total",
    "sram_uncorrectable",
    "sram_uncorrectable_parity",
    "sram_uncorrectable_secded",
    "dram_uncorrectable",
)
_MEASUREMENTS: Final = {
    "temperature": ("temperature/gpu_temp",),
    "memory_temperature": ("temperature/memory_temp",),
    "power_draw_watts": (
        "gpu_power_readings/power_draw",
        "gpu_power_readings/instant_power_draw",
        "power_readings/power_draw",
    ),
    "power_limit_watts": ("gpu_power_readings/current_power_limit", "power_readings/power_limit"),
    "memory_total_mib": ("fb_memory_usage/total",),
    "pcie_generation": ("pci/pci_gpu_link_info/pcie_gen/current_link_gen",),
    "pcie_width": ("pci/pci_gpu_link_info/link_widths/current_link_width",),
    "pcie_replays": ("pci/replay_counter",),
    "retired_pages_single_bit": ("retired_pages/multiple_single_bit_retirement/retired_count",),
    "retired_pages_double_bit": ("retired_pages/double_bit_retirement/retired_count",),
    "remapped_rows_corrected": ("remapped_rows/remapped_row_corr",),
    "remapped_rows_uncorrected": ("remapped_rows/remapped_row_unc",),
    "minor_number": ("minor_number",),
}


class NvidiaSmiXmlParser:
    """The GPUs, of no asset that the file could name.

    Covers GPUs when there is an element for each one that the driver counted (``attached_gpus``). The time has no zone.
    """

    name = "nvidia-smi-xml"
    version = 1

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` has the top element of nvidia-smi's XML."""
        return _OURS.search(head) is not None

    def parse(self, member: Member) -> list[Report]:
        """One report of all GPUs in the file."""
        top = _read(member.content)
        driver = _text(top, "driver_version")
        sightings = tuple(_gpu(element, driver) for element in top.findall("gpu"))
        complete = first_number(_text(top, "attached_gpus")) == len(sightings)
        return [
            Report(
                collected_at=_moment(_text(top, "timestamp")),
                time_rank=2,
                coverage=frozenset({ComponentType.GPU} if complete else ()),
                sightings=sightings,
            )
        ]


def _read(content: bytes) -> Element:
    try:
        # The DOCTYPE that nvidia-smi prints names a DTD which is never fetched; entities are what is dangerous.
        top: Element = fromstring(content, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise MemberError(f"XML with entities or references to the outside is not read: {error}") from error
    except (ParseError, ValueError, LookupError) as error:  # the latter two for encodings that are unknown
        raise MemberError(f"not XML: {error}") from error
    if top.tag != "nvidia_smi_log":
        raise MemberError(f"the top element is {top.tag[:50]}, not nvidia_smi_log")
    return top


def _text(element: Element, *paths: str) -> str:
    """The text at the first of `paths` that says something, else ``""``."""
    texts = (said(element.findtext(path) or "") for path in paths)
    return next((text for text in texts if text), "")


def _answer(element: Element, path: str) -> str:
    return trimmed(element.findtext(path) or "").lower()


def _moment(printed: str) -> datetime | None:
    try:
        return plausible_time(datetime.strptime(printed, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC))
    except ValueError:
        return None


def _gpu(element: Element, driver: str) -> Sighting:
    slot = pci_address(_text(element, "pci/pci_bus_id") or element.get("id", ""))
    uuid = gpu_uuid(_text(element, "uuid"))
    firmware = _text(element, "vbios_version")
    return Sighting(
        type=ComponentType.GPU,
        vendor="NVIDIA",
        model=_text(element, "product_name"),
        part_number=_part_number(element),
        serial=trimmed(element.findtext("serial") or ""),
        slot=slot,
        slot_kind="pci" if slot else "",
        firmware=firmware,
        firmware_kind="nvidia" if firmware else "",
        health=_health(element),
        identifiers=(("uuid", uuid),) if uuid else (),
        measurements=measured(
            driver_version=driver,
            recovery_action=_text(element, "gpu_recovery_action"),
            **_ecc(element, "volatile"),
            **_ecc(element, "aggregate"),
            **{name: first_number(_text(element, *paths)) for name, paths in _MEASUREMENTS.items()},
        ),
    )


def _part_number(element: Element) -> str:
    part = _text(element, "board_part_number")
    return "" if is_placeholder(part) else part  # "000-00000-0000-000" in rented machines


def _ecc(element: Element, since: str) -> Mapping[str, int | float | None]:
    return {
        f"ecc_{since}_corrected": _total(element, since, _CORRECTED),
        f"ecc_{since}_uncorrected": _total(element, since, _UNCORRECTED),
    }


def _total(element: Element, since: str, counters: Iterable[str]) -> int | float | None:
    counts = [first_number(_text(element, f"ecc_errors/{since}/{counter}")) for counter in counters]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _health(element: Element) -> Health:
    """What the GPU says of its memory; uncorrected errors since its last reset keep it from being called well."""
    broken = [_answer(element, path) for path in _BEYOND_REPAIR]
    pending = [_answer(element, path) for path in _REPAIR_PENDING]
    recovery = _text(element, "gpu_recovery_action").lower()
    if "yes" in broken:
        return Health.CRITICAL
    if "yes" in pending or recovery:
        return Health.WARNING
    watched = "no" in (*broken, *pending)
    return Health.OK if watched and not _total(element, "volatile", _UNCORRECTED) else Health.UNKNOWN
