"""What ``perccli`` prints as JSON of a server's RAID controller and of the drives behind it."""

from typing import Any, TypeAlias

from demo.catalogue import DiskModel
from demo.fleet import Fitted, Snapshot
from demo.render.facts import bad_blocks, printed, temperature, wwn_digits

Json: TypeAlias = dict[str, Any]

_ENCLOSURE = 252


def files(snapshot: Snapshot) -> dict[str, str]:
    """The three answers that together say all: how many controllers, each of them, and each drive."""
    (controller,) = snapshot.of_type("hba")
    drives = snapshot.of_type("disk")
    return {
        "show.json": _answer(_overview(snapshot, len(drives))),
        "call-show-all.json": _answer(_controller(snapshot, controller, drives)),
        "call-eall-sall-show-all.json": _answer(_drives(snapshot, drives)),
    }


def _answer(response: Json) -> str:
    status = {
        "CLI Version": "007.2707.0000.0000 Dec 18, 2023",
        "Operating system": "Linux 5.14.0-427.el9.x86_64",
        "Controller": 0,
        "Status": "Success",
        "Description": "None",
    }
    return printed({"Controllers": [{"Command Status": status, "Response Data": response}]})


def _overview(snapshot: Snapshot, drives: int) -> Json:
    row = {"Ctl": 0, "Model": "PERCH755Front", "Ports": 16, "PDs": drives, "DGs": 2, "VDs": 2, "Hlth": "Opt"}
    return {"Number of Controllers": 1, "Host Name": snapshot.server.hostname, "System Overview": [row]}


def _controller(snapshot: Snapshot, fitted: Fitted, drives: list[Fitted]) -> Json:
    part = fitted.part
    return {
        "Basics": {
            "Controller": 0,
            "Model": part.model.model,
            "Serial Number": part.serial,
            "Current System Date/time": f"{snapshot.collected_at:%m/%d/%Y, %H:%M:%S}",
            "SAS Address": f"5f4ee08{part.number & 0xFFFFFFFFF:09x}",
            "PCI Address": "00:17:00:00",
            "Mfg Date": f"{part.born:%m/%d/%y}",
            "Revision No": "A03",
        },
        "Version": {
            "Firmware Package Build": "52.26.0-5179",
            "Firmware Version": fitted.firmware,
            "Driver Name": "megaraid_sas",
            "Driver Version": "07.727.03.00-rh1",
        },
        "Status": {
            "Controller Status": "Optimal",
            "Memory Correctable Errors": 0,
            "Memory Uncorrectable Errors": 0,
        },
        "Physical Drives": len(drives),
        "PD LIST": [_row(one) for one in drives],
        "Virtual Drives": 2,
        "VD LIST": [
            {"DG/VD": "0/0", "TYPE": "RAID6", "State": "Optl", "Size": "8.731 TB", "Name": "data"},
            {"DG/VD": "1/1", "TYPE": "RAID1", "State": "Optl", "Size": "893.750 GB", "Name": "system"},
        ],
    }


def _row(fitted: Fitted) -> Json:
    model = _disk(fitted)
    return {
        "EID:Slt": f"{_ENCLOSURE}:{fitted.place.position}",
        "DID": fitted.place.position,
        "State": "Onln",
        "DG": 0 if model.protocol == "SCSI" else 1,
        "Size": f"{model.capacity / 2**40:.3f} TB",
        "Intf": "SAS" if model.protocol == "SCSI" else "SATA",
        "Med": "HDD" if model.rpm else "SSD",
        "SED": "N",
        "PI": "N",
        "SeSz": "512B",
        "Model": f"{model.model:<24}",
        "Sp": "U",
        "Type": "-",
    }


def _drives(snapshot: Snapshot, drives: list[Fitted]) -> Json:
    response: Json = {}
    for one in drives:
        name = f"Drive /c0/e{_ENCLOSURE}/s{one.place.position}"
        response[name] = [_row(one)]
        response[f"{name} - Detailed Information"] = _detail(name, snapshot, one)
    return response


def _detail(name: str, snapshot: Snapshot, fitted: Fitted) -> Json:
    model = _disk(fitted)
    failing = fitted.health == "critical"
    celsius = temperature(fitted, snapshot.collected_at)
    return {
        f"{name} State": {
            "Shield Counter": 0,
            "Media Error Count": bad_blocks(fitted, snapshot.collected_at),
            "Other Error Count": 0,
            "Drive Temperature": f" {celsius}C ({celsius * 9 / 5 + 32:.2f} F)",
            "Predictive Failure Count": 3 if failing else 0,
            "S.M.A.R.T alert flagged by drive": "Yes" if failing else "No",
        },
        f"{name} Device attributes": {
            "SN": f"{fitted.part.serial:>20}",
            "Manufacturer Id": f"{model.vendor.upper():<8}" if model.protocol == "SCSI" else "ATA     ",
            "Model Number": f"{model.model:<24}",
            "NAND Vendor": "NA",
            "WWN": wwn_digits(fitted.part).upper(),
            "Firmware Revision": f"{fitted.firmware:<8}",
            "Raw size": f"{model.capacity / 2**40:.3f} TB [0x{model.capacity // 512:x} Sectors]",
            "Logical Sector Size": "512B",
            "Physical Sector Size": "4 KB" if model.protocol == "ATA" else "512B",
        },
        f"{name} Policies/Settings": {"Enclosure position": "1", "Connected Port Number": "0(path0) "},
    }


def _disk(fitted: Fitted) -> DiskModel:
    model = fitted.part.model
    if not isinstance(model, DiskModel):
        raise TypeError(f"a {model.type} is no drive")
    return model
