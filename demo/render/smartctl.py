"""What ``smartctl -a -j`` prints of a drive: ATA, SAS and NVMe."""

from datetime import datetime
from typing import Any, TypeAlias

from demo.catalogue import DiskModel
from demo.fleet import Fitted
from demo.render.facts import bad_blocks, eui64, power_on_hours, printed, temperature, wwn, wwn_digits

Json: TypeAlias = dict[str, Any]

# id, name, flags, threshold; what the raw value is follows in `_raw`.
_PLATTER_ATTRIBUTES = (
    (1, "Raw_Read_Error_Rate", 0x0F, 44),
    (3, "Spin_Up_Time", 0x03, 0),
    (4, "Start_Stop_Count", 0x32, 20),
    (5, "Reallocated_Sector_Ct", 0x33, 10),
    (9, "Power_On_Hours", 0x32, 0),
    (12, "Power_Cycle_Count", 0x32, 20),
    (187, "Reported_Uncorrect", 0x32, 0),
    (194, "Temperature_Celsius", 0x22, 0),
    (197, "Current_Pending_Sector", 0x12, 0),
    (198, "Offline_Uncorrectable", 0x10, 0),
    (199, "UDMA_CRC_Error_Count", 0x3E, 0),
)
_FLASH_ATTRIBUTES = (
    (5, "Reallocated_Sector_Ct", 0x33, 10),
    (9, "Power_On_Hours", 0x32, 0),
    (12, "Power_Cycle_Count", 0x32, 0),
    (177, "Wear_Leveling_Count", 0x13, 5),
    (187, "Uncorrectable_Error_Cnt", 0x32, 0),
    (194, "Temperature_Celsius", 0x22, 0),
    (199, "CRC_Error_Count", 0x3E, 0),
    (241, "Total_LBAs_Written", 0x32, 0),
)


def report(fitted: Fitted, device: str, at: datetime) -> str:
    """The JSON report of one drive."""
    model = fitted.part.model
    if not isinstance(model, DiskModel):
        raise TypeError(f"smartctl reports drives, not a {model.type}")
    kind = {"ATA": "sat", "SCSI": "scsi", "NVMe": "nvme"}[model.protocol]
    failing = fitted.health == "critical"
    head: Json = {
        "json_format_version": [1, 0],
        "smartctl": {
            "version": [7, 4],
            "pre_release": False,
            "svn_revision": "5530",
            "platform_info": "x86_64-linux-6.8.0-45-generic",
            "build_info": "(local build)",
            "argv": ["smartctl", "-a", "-j", f"/dev/{device}"],
            "exit_status": 8 if failing else 0,
        },
        "local_time": {"time_t": int(at.timestamp()), "asctime": at.strftime("%a %b %e %H:%M:%S %Y UTC")},
        "device": {
            "name": f"/dev/{device}",
            "info_name": f"/dev/{device}" + (" [SAT]" if kind == "sat" else ""),
            "type": kind,
            "protocol": model.protocol,
        },
    }
    body = {"ATA": _ata, "SCSI": _scsi, "NVMe": _nvme}[model.protocol](fitted, model, at)
    return printed(head | body)


def scan(devices: list[str]) -> str:
    """What ``smartctl --scan -j`` prints: the devices it would ask, and nothing about them."""
    found = [
        {"name": f"/dev/{name}", "info_name": f"/dev/{name}", "type": "nvme" if name[0] == "n" else "scsi"}
        for name in devices
    ]
    head = {"version": [7, 4], "argv": ["smartctl", "--scan", "-j"], "exit_status": 0}
    return printed({"json_format_version": [1, 0], "smartctl": head, "devices": found})


def _capacity(model: DiskModel) -> Json:
    return {
        "user_capacity": {"blocks": model.capacity // 512, "bytes": model.capacity},
        "logical_block_size": 512,
        "physical_block_size": 4096,
    }


def _running(fitted: Fitted, at: datetime) -> Json:
    return {
        "temperature": {"current": temperature(fitted, at)},
        "power_cycle_count": 12 + fitted.part.number % 40,
        "power_on_time": {"hours": power_on_hours(fitted, at)},
    }


def _ata(fitted: Fitted, model: DiskModel, at: datetime) -> Json:
    naa, oui, unit = wwn(fitted.part)
    attributes = _PLATTER_ATTRIBUTES if model.rpm else _FLASH_ATTRIBUTES
    return {
        "model_family": model.family,
        "model_name": model.model,
        "serial_number": fitted.part.serial,
        "wwn": {"naa": naa, "oui": oui, "id": unit},
        "firmware_version": fitted.firmware,
        **_capacity(model),
        "rotation_rate": model.rpm,
        "form_factor": {"ata_value": 2 if model.rpm else 3, "name": "3.5 inches" if model.rpm else "2.5 inches"},
        "trim": {"supported": not model.rpm},
        "in_smartctl_database": True,
        "ata_version": {"string": "ACS-4 (minor revision not indicated)", "major_value": 4064, "minor_value": 65535},
        "sata_version": {"string": "SATA 3.3", "value": 511},
        "interface_speed": {
            "max": {"sata_value": 14, "string": "6.0 Gb/s", "units_per_second": 60, "bits_per_unit": 100000000},
            "current": {"sata_value": 3, "string": "6.0 Gb/s", "units_per_second": 60, "bits_per_unit": 100000000},
        },
        "smart_support": {"available": True, "enabled": True},
        "smart_status": {"passed": fitted.health != "critical"},
        "ata_smart_attributes": {"revision": 10, "table": [_attribute(row, fitted, at) for row in attributes]},
        **_running(fitted, at),
        "ata_smart_error_log": {"summary": {"revision": 1, "count": bad_blocks(fitted, at) // 4}},
    }


def _attribute(row: tuple[int, str, int, int], fitted: Fitted, at: datetime) -> Json:
    number, name, flags, threshold = row
    failing = number == 5 and fitted.health == "critical"
    raw = _raw(number, fitted, at)
    value = threshold - 4 if failing else 100
    return {
        "id": number,
        "name": name,
        "value": value,
        "worst": value,
        "thresh": threshold,
        "when_failed": "now" if failing else "",
        "flags": {
            "value": flags,
            "string": "".join(letter if flags >> bit & 1 else "-" for bit, letter in enumerate("POSRCK")) + " ",
            "prefailure": bool(flags & 1),
            "updated_online": bool(flags & 2),
            "performance": bool(flags & 4),
            "error_rate": bool(flags & 8),
            "event_count": bool(flags & 16),
            "auto_keep": bool(flags & 32),
        },
        "raw": {"value": raw, "string": str(raw)},
    }


def _raw(number: int, fitted: Fitted, at: datetime) -> int:
    bad = bad_blocks(fitted, at)
    values = {
        1: fitted.part.number % 240_000_000,
        4: 12 + fitted.part.number % 40,
        5: bad,
        9: power_on_hours(fitted, at),
        12: 12 + fitted.part.number % 40,
        177: power_on_hours(fitted, at) // 900,
        187: bad // 3,
        194: temperature(fitted, at),
        197: bad * 2,
        198: bad,
        241: power_on_hours(fitted, at) * 1_900_000,
    }
    return values.get(number, 0)


def _scsi(fitted: Fitted, model: DiskModel, at: datetime) -> Json:
    hours = power_on_hours(fitted, at)
    bad = bad_blocks(fitted, at)
    # Reads are corrected all the time; only what could not be corrected tells of trouble.
    counters = {
        name: {
            "errors_corrected_by_eccfast": fitted.part.number % 9000 if name == "read" else 0,
            "errors_corrected_by_eccdelayed": 0,
            "errors_corrected_by_rereads_rewrites": 0,
            "total_errors_corrected": fitted.part.number % 9000 if name == "read" else 0,
            "correction_algorithm_invocations": 0,
            "gigabytes_processed": f"{hours * share / 10:.3f}",
            "total_uncorrected_errors": bad // 4 if name == "read" else 0,
        }
        for name, share in (("read", 61), ("write", 23))
    }
    return {
        "scsi_vendor": model.vendor.upper(),
        "scsi_product": model.model,
        "scsi_model_name": f"{model.vendor.upper()} {model.model}",
        "scsi_revision": fitted.firmware,
        "scsi_version": "SPC-5",
        **_capacity(model),
        "rotation_rate": model.rpm,
        "form_factor": {"scsi_value": 3, "name": "2.5 inches"},
        "logical_unit_id": f"0x{wwn_digits(fitted.part)}",
        "serial_number": fitted.part.serial,
        "device_type": {"scsi_terminology": "Peripheral Device Type [PDT]", "scsi_value": 0, "name": "disk"},
        "scsi_transport_protocol": {"name": "SAS (SPL-4)", "value": 6},
        "smart_support": {"available": True, "enabled": True},
        "smart_status": {"passed": fitted.health != "critical"},
        "temperature": {"current": temperature(fitted, at), "drive_trip": 60},
        "power_on_time": {"hours": hours, "minutes": fitted.part.number % 60},
        "scsi_start_stop_cycle_counter": {
            "year_of_manufacture": str(fitted.part.born.year),
            "week_of_manufacture": f"{fitted.part.born.isocalendar().week:02d}",
            "specified_cycle_count_over_device_lifetime": 10000,
            "accumulated_start_stop_cycles": 12 + fitted.part.number % 40,
        },
        "scsi_grown_defect_list": bad,
        "scsi_error_counter_log": counters,
    }


def _nvme(fitted: Fitted, model: DiskModel, at: datetime) -> Json:
    hours = power_on_hours(fitted, at)
    warning = 4 if fitted.health == "critical" else 0
    digits = eui64(fitted.part)
    return {
        "model_name": model.model,
        "serial_number": fitted.part.serial,
        "firmware_version": fitted.firmware,
        "nvme_pci_vendor": {"id": model.pci_vendor, "subsystem_id": model.pci_vendor},
        "nvme_ieee_oui_identifier": model.oui,
        "nvme_total_capacity": model.capacity,
        "nvme_unallocated_capacity": 0,
        "nvme_controller_id": 6,
        "nvme_version": {"string": "1.4", "value": 66560},
        "nvme_number_of_namespaces": 32,
        "nvme_namespaces": [
            {
                "id": 1,
                "size": {"blocks": model.capacity // 512, "bytes": model.capacity},
                "capacity": {"blocks": model.capacity // 512, "bytes": model.capacity},
                "formatted_lba_size": 512,
                "eui64": {"oui": model.oui, "ext_id": int(digits[6:], 16)},
            }
        ],
        "smart_support": {"available": True, "enabled": True},
        "smart_status": {"passed": not warning, "nvme": {"value": warning}},
        "nvme_smart_health_information_log": {
            "critical_warning": warning,
            "temperature": temperature(fitted, at),
            "available_spare": 100,
            "available_spare_threshold": 10,
            "percentage_used": hours // 2500,
            "data_units_read": hours * 7100,
            "data_units_written": hours * 4200,
            "host_reads": hours * 310_000,
            "host_writes": hours * 270_000,
            "controller_busy_time": hours // 40,
            "power_cycles": 12 + fitted.part.number % 40,
            "power_on_hours": hours,
            "unsafe_shutdowns": fitted.part.number % 7,
            "media_errors": bad_blocks(fitted, at),
            "num_err_log_entries": bad_blocks(fitted, at),
            "warning_temp_time": 0,
            "critical_comp_time": 0,
        },
        **_running(fitted, at),
    }
