"""What nvidia-smi tells of one GPU, and which of it is a failure, whichever form it was printed in."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from ingest.domain.identifiers import gpu_uuid, pci_address
from ingest.domain.report import MemberError, PartName, Report, Sighting, Signal
from ingest.parsers.fields import first_number, measured, plausible_time, said, trimmed
from registry.domain.serials import is_placeholder
from registry.domain.vocabulary import ComponentType, Health, Severity

# The text that a form of the output has at a path of the XML form, or "".
Answers = Callable[[str], str]

# What the GPU says of its own memory. Yes is told at once; No is told by GPUs that watch for it, others say N/A.
_BEYOND_REPAIR: Final = {
    "remapped_rows/remapped_row_failure": "row_remap_failure",
    "ecc_errors/unrepairable_memory": "row_remap_failure",
    "ecc_errors/aggregate/sram_threshold_exceeded": "uncorrectable_ecc",
}
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
_RETIRED: Final = (
    "retired_pages/multiple_single_bit_retirement/retired_count",
    "retired_pages/double_bit_retirement/retired_count",
)
_MOST_RETIRED: Final = 60  # of the 64 pages for which there is room; from here on NVIDIA takes the board back
_MOST_GPUS: Final = 1024
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
    "retired_pages_single_bit": _RETIRED[:1],
    "retired_pages_double_bit": _RETIRED[1:],
    "remapped_rows_corrected": ("remapped_rows/remapped_row_corr",),
    "remapped_rows_uncorrected": ("remapped_rows/remapped_row_unc",),
    "minor_number": ("minor_number",),
}
# In place of a value: of a GPU that the driver lost, or of a question that it does not answer.
_NO_VALUE: Final = re.compile(
    r"\[?(?:err!|unknown error|gpu is lost|not supported|not found|insufficient permissions"
    r"|requested functionality has been deprecated|gpu requires reset)\]?",
    re.IGNORECASE,
)
_LOST: Final = re.compile(r"\[?gpu is lost\]?", re.IGNORECASE)


def gpu_report(gpus: Sequence[Answers], *, driver: str = "", attached: str = "", printed_at: str = "") -> Report:
    """The report of `gpus`; `driver`, `attached` and `printed_at` as printed before them.

    GPUs are covered when there are as many as the driver counted. What has neither model nor name (an answer to
    ``-d ECC``) gives no sighting, but its failures are placed by its PCI address.
    """
    if len(gpus) > _MOST_GPUS:
        raise MemberError(f"{len(gpus)} GPUs are more than any server has")
    sightings = (_sighting(gpu, said(driver)) for gpu in gpus)
    named = tuple(gpu for gpu in sightings if gpu.model or gpu.serial or gpu.identifiers)
    return Report(
        collected_at=_time(trimmed(printed_at)),
        time_rank=2,
        coverage=frozenset({ComponentType.GPU} if first_number(attached) == len(named) else ()),
        sightings=named,
        signals=tuple(signal for gpu in gpus for signal in _signals(gpu)),
    )


def _sighting(answers: Answers, driver: str) -> Sighting:
    slot, uuid = _slot(answers), gpu_uuid(_text(answers, "uuid"))
    firmware = _text(answers, "vbios_version")
    return Sighting(
        type=ComponentType.GPU,
        vendor="NVIDIA",
        model=_text(answers, "product_name"),
        part_number=_part_number(answers),
        serial=_serial(answers),
        slot=slot,
        slot_kind="pci" if slot else "",
        firmware=firmware,
        firmware_kind="nvidia" if firmware else "",
        health=_health(answers),
        identifiers=(("uuid", uuid),) if uuid else (),
        measurements=measured(
            driver_version=driver,
            recovery_action=_text(answers, "gpu_recovery_action"),
            **_ecc(answers, "volatile"),
            **_ecc(answers, "aggregate"),
            **{name: first_number(_text(answers, *paths)) for name, paths in _MEASUREMENTS.items()},
        ),
    )


def _signals(answers: Answers) -> Iterator[Signal]:
    """What has failed in the GPU, by its own word, at the time of collection.

    Memory beyond repair, a table of retired pages that is all but full, and data lost since the last reset. Errors that
    were corrected or repaired, a repair that waits for a reset, and losses before the last reset are none: what the
    driver could repair is part of its work, and a counter over the GPU's whole life would never end being a failure.
    """
    if any(_LOST.fullmatch(trimmed(answers(path))) for path in ("serial", "vbios_version", "temperature/gpu_temp")):
        yield _signal(answers, "fallen_off_bus", "GPU is lost", Severity.FATAL)
    for path, mode in _BEYOND_REPAIR.items():
        if _answer(answers, path) == "yes":
            yield _signal(answers, mode, f"{path.rpartition('/')[2]}: Yes")
    if (retired := _sum(answers, _RETIRED) or 0) >= _MOST_RETIRED:
        yield _signal(answers, "page_retirement_failure", f"{retired:g} pages retired")
    if lost := _total(answers, "volatile", _UNCORRECTED):
        yield _signal(answers, "uncorrectable_ecc", f"{lost:g} uncorrected errors since the last reset")


def lost_gpu(address: str, message: str) -> Signal:
    """The signal of a GPU that the driver cannot reach any more."""
    slot = pci_address(address)
    return Signal(
        part=PartName(ComponentType.GPU, slot=slot, slot_kind="pci"),
        kind="state",
        mode="fallen_off_bus",
        severity=Severity.FATAL,
        message=message[:500],
    )


def _time(text: str) -> datetime | None:
    """The time that nvidia-smi printed, read as UTC; None for what is no plausible time."""
    try:
        return plausible_time(datetime.strptime(text, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC))
    except ValueError:
        return None


def _signal(answers: Answers, mode: str, message: str, severity: Severity = Severity.CRITICAL) -> Signal:
    slot, uuid = _slot(answers), gpu_uuid(_text(answers, "uuid"))
    return Signal(
        part=PartName(
            type=ComponentType.GPU,
            serial=_serial(answers),
            slot=slot,
            slot_kind="pci" if slot else "",
            identifiers=(("uuid", uuid),) if uuid else (),
        ),
        kind="state",
        mode=mode,
        severity=severity,
        message=message,
    )


def _text(answers: Answers, *paths: str) -> str:
    """The text at the first of `paths` that says something, else ``""``."""
    texts = (said(answers(path)) for path in paths)
    return next((text for text in texts if text and not _NO_VALUE.fullmatch(text)), "")


def _answer(answers: Answers, path: str) -> str:
    return trimmed(answers(path)).lower()


def _slot(answers: Answers) -> str:
    return pci_address(_text(answers, "pci/pci_bus_id", "@id"))


def _serial(answers: Answers) -> str:
    serial = trimmed(answers("serial"))
    return "" if _NO_VALUE.fullmatch(serial) else serial


def _part_number(answers: Answers) -> str:
    part = _text(answers, "board_part_number")
    return "" if is_placeholder(part) else part  # "000-00000-0000-000" in rented machines


def _ecc(answers: Answers, since: str) -> Mapping[str, int | float | None]:
    return {
        f"ecc_{since}_corrected": _total(answers, since, _CORRECTED),
        f"ecc_{since}_uncorrected": _total(answers, since, _UNCORRECTED),
    }


def _total(answers: Answers, since: str, counters: Iterable[str]) -> int | float | None:
    return _sum(answers, (f"ecc_errors/{since}/{counter}" for counter in counters))


def _sum(answers: Answers, paths: Iterable[str]) -> int | float | None:
    counts = [first_number(_text(answers, path)) for path in paths]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _health(answers: Answers) -> Health:
    """What the GPU says of its memory; uncorrected errors since its last reset keep it from being called well."""
    broken = [_answer(answers, path) for path in _BEYOND_REPAIR]
    pending = [_answer(answers, path) for path in _REPAIR_PENDING]
    recovery = _text(answers, "gpu_recovery_action").lower()
    if "yes" in broken or (_sum(answers, _RETIRED) or 0) >= _MOST_RETIRED:
        return Health.CRITICAL
    if "yes" in pending or recovery:
        return Health.WARNING
    watched = "no" in (*broken, *pending)
    return Health.OK if watched and not _total(answers, "volatile", _UNCORRECTED) else Health.UNKNOWN
