"""``nvidia-smi -q``, ``-L`` and ``--query-gpu``: the GPUs of a server, for people to read."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from ingest.domain.identifiers import gpu_uuid, pci_address
from ingest.domain.report import Member, MemberError, Report, Signal
from ingest.parsers.fields import trimmed, whole_lines
from ingest.parsers.nvidia_gpu import Answers, gpu_report, lost_gpu

_QUERY: Final = re.compile(rb"={6,}\s*NVSMI LOG\s*={6,}")
_LIST: Final = re.compile(rb"\s*GPU \d+: [^\r\n]+\(UUID: ")
_CSV_ROW: Final = re.compile(
    rb"\s*[^\r\n]*,\s*GPU-[0-9a-f]{8}-[0-9a-f]{4}-|\s*(?:index|name|uuid|gpu_\w+|pci\.\w+|serial)\b[^\r\n]*,"
)
_LOST: Final = re.compile(
    r"Unable to determine the device handle for GPU ?([0-9a-f:.]{7,20}): (?:Unknown Error|GPU is lost|No such device)",
    re.IGNORECASE,
)

_GPU: Final = re.compile(r"GPU ([0-9A-F]{4,8}:[0-9A-F]{2}:[0-9A-F]{2}\.[0-7])\s*", re.IGNORECASE)
_LISTED: Final = re.compile(r"\s*GPU \d+: (?P<product_name>.+?) \(UUID: (?P<uuid>[^)]{0,64})\)\s*")

# Where the text has what the XML has: headings and label, in lower case.
_PLACES: Final = {
    "product_name": "product name",
    "serial": "serial number",
    "uuid": "gpu uuid",
    "minor_number": "minor number",
    "vbios_version": "vbios version",
    "board_part_number": "board part number",
    "gpu_recovery_action": "gpu recovery action",
    "pci/pci_bus_id": "pci/bus id",
    "pci/replay_counter": "pci/replays since reset",
    "pci/pci_gpu_link_info/pcie_gen/current_link_gen": "pci/gpu link info/pcie generation/current",
    "pci/pci_gpu_link_info/link_widths/current_link_width": "pci/gpu link info/link width/current",
    "fb_memory_usage/total": "fb memory usage/total",
    "temperature/gpu_temp": "temperature/gpu current temp",
    "temperature/memory_temp": "temperature/memory current temp",
    "power_readings/power_draw": "power readings/power draw",
    "power_readings/power_limit": "power readings/power limit",
    "gpu_power_readings/power_draw": "gpu power readings/power draw",
    "gpu_power_readings/instant_power_draw": "gpu power readings/instantaneous power draw",
    "gpu_power_readings/current_power_limit": "gpu power readings/current power limit",
    "retired_pages/multiple_single_bit_retirement/retired_count": "retired pages/single bit ecc",
    "retired_pages/double_bit_retirement/retired_count": "retired pages/double bit ecc",
    "retired_pages/pending_blacklist": "retired pages/pending page blacklist",
    "retired_pages/pending_retirement": "retired pages/pending",
    "remapped_rows/remapped_row_corr": "remapped rows/correctable error",
    "remapped_rows/remapped_row_unc": "remapped rows/uncorrectable error",
    "remapped_rows/remapped_row_pending": "remapped rows/pending",
    "remapped_rows/remapped_row_failure": "remapped rows/remapping failure occurred",
    "ecc_errors/unrepairable_memory": "ecc errors/unrepairable memory",
    "ecc_errors/channel_repair_pending": "ecc errors/channel repair pending",
    "ecc_errors/tpc_repair_pending": "ecc errors/tpc repair pending",
    "ecc_errors/aggregate/sram_threshold_exceeded": "ecc errors/aggregate/sram threshold exceeded",
    **{
        f"ecc_errors/{since}/{counter}": f"ecc errors/{since}/{label}"
        for since in ("volatile", "aggregate")
        for counter, label in {
            "single_bit/total": "single bit/total",
            "double_bit/total": "double bit/total",
            "sram_correctable": "sram correctable",
            "sram_uncorrectable": "sram uncorrectable",
            "sram_uncorrectable_parity": "sram uncorrectable parity",
            "sram_uncorrectable_secded": "sram uncorrectable sec-ded",
            "dram_correctable": "dram correctable",
            "dram_uncorrectable": "dram uncorrectable",
        }.items()
    },
}
# The columns of --query-gpu by which a GPU is known; units stand in brackets behind.
_COLUMNS: Final = {
    "name": "product_name",
    "gpu_name": "product_name",
    "uuid": "uuid",
    "gpu_uuid": "uuid",
    "serial": "serial",
    "gpu_serial": "serial",
    "vbios_version": "vbios_version",
    "pci.bus_id": "pci/pci_bus_id",
    "gpu_bus_id": "pci/pci_bus_id",
    "memory.total": "fb_memory_usage/total",
    "temperature.gpu": "temperature/gpu_temp",
    "power.draw": "power_readings/power_draw",
    "power.limit": "power_readings/power_limit",
    "retired_pages.single_bit_ecc.count": "retired_pages/multiple_single_bit_retirement/retired_count",
    "retired_pages.double_bit.count": "retired_pages/double_bit_retirement/retired_count",
    "retired_pages.pending": "retired_pages/pending_retirement",
    "ecc.errors.corrected.volatile.total": "ecc_errors/volatile/dram_correctable",
    "ecc.errors.uncorrected.volatile.total": "ecc_errors/volatile/dram_uncorrectable",
    "ecc.errors.corrected.aggregate.total": "ecc_errors/aggregate/dram_correctable",
    "ecc.errors.uncorrected.aggregate.total": "ecc_errors/aggregate/dram_uncorrectable",
}
_PRODUCT: Final = re.compile(r"(?:NVIDIA|Tesla|Quadro|GeForce|GRID)\b.*")


class NvidiaSmiTextParser:
    """The GPUs and what failed in them, as `NvidiaSmiXmlParser` tells them, of no asset that the text could name.

    Covers GPUs when ``-q`` has as many as it counted itself, and lost none. A selection of its sections (``-d ECC``)
    names no GPU and gives no sighting, but its failures are placed by the PCI address. A list (``-L``) or table covers
    nothing: neither tells that it is whole. The time of ``-q`` has no zone; the others have none.
    """

    name = "nvidia-smi-text"
    version = 1

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` is a log, list or table of nvidia-smi, or says that a GPU was lost."""
        if _QUERY.search(head) or _LIST.match(head):
            return True
        return _is_table(head) or _LOST.search(head.decode(errors="replace")) is not None

    def parse(self, member: Member) -> list[Report]:
        """One report of all GPUs in the text."""
        text = member.text.replace("\r\n", "\n")
        lost = [lost_gpu(found[1], trimmed(found[0])) for found in _LOST.finditer(text) if pci_address(found[1])]
        reports = _of_log(text, lost) or _of_list(text) or _of_table(text)
        if reports or lost:
            return [reports or Report(signals=tuple(lost))]
        raise MemberError("nvidia-smi printed no GPU")


def _is_table(head: bytes) -> bool:
    first = _CSV_ROW.match(head)
    return first is not None and (b"GPU-" in head or b"serial" in head.split(b"\n", 1)[0])


def _of_log(text: str, lost: Sequence[Signal]) -> Report | None:
    top, gpus = _fields(text)
    if not top and not gpus:
        return None
    report = gpu_report(
        gpus,
        driver=top.get("driver version", ""),
        attached=top.get("attached gpus", ""),
        printed_at=top.get("timestamp", ""),
    )
    # A GPU that was lost is not among those that the driver counted.
    return replace(report, coverage=frozenset() if lost else report.coverage, signals=(*lost, *report.signals))


def _fields(text: str) -> tuple[Mapping[str, str], list[Answers]]:
    """(what stands before the first GPU, the answers of each GPU), with headings before their labels."""
    blocks: list[dict[str, str]] = [{}]
    headings: list[tuple[int, str]] = []
    for line in whole_lines(text):
        if found := _GPU.fullmatch(line):
            blocks.append({"@id": found[1]})
            headings = []
            continue
        depth = len(line) - len(line.lstrip(" "))
        while headings and headings[-1][0] >= depth:
            headings.pop()
        label, colon, value = line.partition(" :")
        if colon:
            path = "/".join([*(heading for _, heading in headings), label.strip().lower()])
            blocks[-1].setdefault(path, value)
        elif label.strip() and len(blocks) > 1:
            headings.append((depth, label.strip().lower()))
    return blocks[0], [
        _answers({xml: block.get(place, "") for xml, place in _PLACES.items()} | {"@id": block["@id"]})
        for block in blocks[1:]
    ]


def _answers(values: Mapping[str, str]) -> Answers:
    return lambda path: values.get(path, "")


def _of_list(text: str) -> Report | None:
    rows = [found.groupdict() for line in text.split("\n") if (found := _LISTED.fullmatch(line))]
    return gpu_report([_answers(row) for row in rows]) if rows else None


def _of_table(text: str) -> Report | None:
    report = gpu_report([_answers(row) for row in _rows(text)])
    return report if any(gpu.identifiers or gpu.serial for gpu in report.sightings) else None


def _rows(text: str) -> Iterator[Mapping[str, str]]:
    """The cells of each row by what they tell: by the heading, or, where there is none, by what they look like."""
    try:
        lines = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines()) if row]
    except csv.Error as error:
        raise MemberError(f"no table of nvidia-smi: {error}") from error
    headings = [_COLUMNS.get(cell.partition(" [")[0].lower(), "") for cell in lines[0]] if lines else []
    for cells in lines[1:] if any(headings) else lines:
        told = zip(headings, cells, strict=False) if any(headings) else ((_kind(cell), cell) for cell in cells)
        yield {path: cell for path, cell in told if path}


def _kind(cell: str) -> str:
    if cell.startswith("GPU-") and gpu_uuid(cell):
        return "uuid"
    if _PRODUCT.fullmatch(cell):
        return "product_name"
    return "pci/pci_bus_id" if pci_address(cell) else ""
