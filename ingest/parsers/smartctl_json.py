"""``smartctl --json``: one drive and its condition."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from ingest.domain.identifiers import drive_name, extended_unique_id
from ingest.domain.report import Member, MemberError, Report, Sighting
from ingest.parsers.drive_health import ATA_COUNTERS, Condition, failing_attributes, is_suspect
from ingest.parsers.fields import first_number, from_epoch, measured, said
from ingest.parsers.json_text import flag_at, load_json, node_at, nodes_at, number_at, text_at
from ingest.parsers.volumes import has_volume_name, is_volume
from registry.domain.vocabulary import ComponentType, Health

# Publishers sort the keys or cut the head off, so any key that only smartctl writes will do.
_OURS: Final = re.compile(
    rb'"(?:smartctl|json_format_version|info_name|ata_smart_\w+|nvme_smart_health_information_log'
    rb'|scsi_error_counter_log)"\s*:'
)
_SCAN: Final = re.compile(rb'"devices"\s*:\s*\[|"--scan(?:-open)?"')  # names of devices, nothing of drives

_NVME_COUNTERS: Final = {
    "critical_warning": "critical_warning",
    "available_spare": "available_spare",
    "available_spare_threshold": "available_spare_threshold",
    "percentage_used": "percentage_used",
    "media_errors": "media_errors",
    "num_err_log_entries": "error_log_entries",
    "unsafe_shutdowns": "unsafe_shutdowns",
    "data_units_read": "data_units_read",
    "data_units_written": "data_units_written",
}


class SmartctlJsonParser:
    """One disk per file, of no asset that the file could name. Covers nothing: it never saw the other disks.

    The operating system's name for the drive is a measurement, since it changes from boot to boot.
    """

    name = "smartctl-json"
    version = 2

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` is JSON of smartctl; the answer to ``--scan`` is not wanted."""
        return _OURS.search(head) is not None and _SCAN.search(head) is None

    def parse(self, member: Member) -> list[Report]:
        """One report of the drive, or none for what is no drive (an enclosure, a tape, a RAID volume)."""
        document = load_json(member.content)
        if not isinstance(document, dict):
            raise MemberError("smartctl JSON is not an object")
        if text_at(document, "device_type", "name") not in {"", "disk"}:
            return []
        measurements = _measurements(document)
        condition = _condition(document, measurements)
        disk = _disk(document, condition.health, measurements)
        if not (disk.serial or disk.model or disk.identifiers):
            raise MemberError(_why_nameless(document))
        if is_volume(disk.vendor, disk.model) or has_volume_name(disk.identifiers):
            return []
        moment = from_epoch(node_at(document, "local_time").get("time_t"))
        return [Report(collected_at=moment, time_rank=1, sightings=(disk,), signals=condition.signals(disk.part_name))]


def _why_nameless(document: Mapping[str, Any]) -> str:
    messages = [text_at(entry, "string") for entry in nodes_at(document, "smartctl", "messages")]
    complaint = "; ".join(message for message in messages if message)
    return f"no drive was read: {complaint}" if complaint else "names no drive: no serial number, model or WWN"


def _disk(document: Mapping[str, Any], health: Health, measurements: Mapping[str, Any]) -> Sighting:
    vendor = text_at(document, "scsi_vendor") or text_at(document, "vendor")
    product = text_at(document, "scsi_product") or text_at(document, "product")
    whole_name = text_at(document, "model_name") or text_at(document, "scsi_model_name")
    firmware = said(
        text_at(document, "firmware_version") or text_at(document, "scsi_revision") or text_at(document, "revision")
    )
    return Sighting(
        type=ComponentType.DISK,
        vendor=vendor,
        # SCSI's model name is vendor and product in one; other tools print the product alone.
        model=product if vendor and product else whole_name or product,
        serial=text_at(document, "serial_number"),
        firmware=firmware,
        firmware_kind="drive" if firmware else "",
        health=health,
        manufactured_on=_manufactured_on(document),
        identifiers=_identifiers(document),
        measurements=measurements,
    )


def _identifiers(document: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    naa, oui, number = (number_at(document, "wwn", key) for key in ("naa", "oui", "id"))
    names = [drive_name(text_at(document, "logical_unit_id"))]
    if isinstance(naa, int) and isinstance(oui, int) and isinstance(number, int):
        names.append(drive_name(f"{naa:x}{oui:06x}{number:09x}"))
    for namespace in nodes_at(document, "nvme_namespaces"):
        maker, extension = number_at(namespace, "eui64", "oui"), number_at(namespace, "eui64", "ext_id")
        if isinstance(maker, int) and isinstance(extension, int):
            names.append(extended_unique_id(f"{maker:06x}{extension:010x}"))
        names.append(extended_unique_id(text_at(namespace, "nguid")))
    return tuple(dict.fromkeys(name for name in names if name))


def _condition(document: Mapping[str, Any], measurements: Mapping[str, Any]) -> Condition:
    log_warning = number_at(document, "nvme_smart_health_information_log", "critical_warning")
    warning = log_warning if log_warning is not None else number_at(document, "smart_status", "nvme", "value")
    sense = number_at(document, "smart_status", "scsi", "asc")
    return Condition(
        passed=flag_at(document, "smart_status", "passed"),
        warning=warning if isinstance(warning, int) else None,
        sense=sense if isinstance(sense, int) else None,
        suspect=is_suspect(measurements),
    )


def _manufactured_on(document: Mapping[str, Any]) -> str:
    year = text_at(document, "scsi_start_stop_cycle_counter", "year_of_manufacture")
    week = text_at(document, "scsi_start_stop_cycle_counter", "week_of_manufacture")
    try:
        return date.fromisocalendar(int(year), int(week), 1).isoformat()
    except (ValueError, OverflowError):  # missing, or week 0 of a drive that does not know
        return ""


def _measurements(document: Mapping[str, Any]) -> dict[str, object]:
    nvme = node_at(document, "nvme_smart_health_information_log")
    table = nodes_at(document, "ata_smart_attributes", "table")
    attributes = {number_at(row, "id"): _counter(row) for row in table}
    below = [row["id"] for row in table if text_at(row, "when_failed") == "now" and isinstance(row.get("id"), int)]
    uncorrected = {
        f"{action}_uncorrected_errors": number_at(
            document, "scsi_error_counter_log", action, "total_uncorrected_errors"
        )
        for action in ("read", "write", "verify")
    }
    return measured(
        device=text_at(document, "device", "name"),
        device_type=text_at(document, "device", "type"),
        protocol=text_at(document, "device", "protocol"),
        smartctl_exit_status=number_at(document, "smartctl", "exit_status"),
        capacity_bytes=number_at(document, "user_capacity", "bytes") or number_at(document, "nvme_total_capacity"),
        rotation_rate=number_at(document, "rotation_rate"),
        power_on_hours=number_at(document, "power_on_time", "hours"),
        power_cycles=number_at(document, "power_cycle_count"),
        temperature=number_at(document, "temperature", "current"),
        grown_defects=number_at(document, "scsi_grown_defect_list"),
        ata_error_count=_first_number_at(document, "ata_smart_error_log", "summary", "extended"),
        failing_attributes=failing_attributes(below),
        **uncorrected,
        **{key: attributes.get(number) for number, key in ATA_COUNTERS.items()},
        **{key: number_at(nvme, name) for name, key in _NVME_COUNTERS.items()},
    )


def _counter(row: Mapping[str, Any]) -> int | float | None:
    """The counter that an attribute's raw value starts with: some drives pack more behind it, as in ``0 (2000 0)``."""
    return (
        first_number(text_at(row, "raw", "string")) if text_at(row, "raw", "string") else number_at(row, "raw", "value")
    )


def _first_number_at(document: Mapping[str, Any], log: str, *names: str) -> int | float | None:
    counts = (number_at(document, log, name, "count") for name in names)
    return next((count for count in counts if count is not None), None)
