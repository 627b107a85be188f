"""The canonical document ``reanimator/v1``, as a company's own collector writes it."""

import json
from datetime import timedelta
from typing import Any, TypeAlias

from demo.fleet import Breakdown, Fitted, Snapshot, dimm_names
from demo.render.facts import bad_blocks, eui64, gpu_uuid, mac, pci_address, power_on_hours, temperature, wwn_digits

Json: TypeAlias = dict[str, Any]

_COVERAGE = ["bios", "bmc", "cpu", "disk", "gpu", "memory", "nic", "psu"]
_FAILURE_MODES = {"disk": "media_error", "memory": "uncorrectable_ecc", "gpu": "xid_79", "psu": "psu_failure"}
_REMEMBERED = timedelta(days=60)


def document(snapshot: Snapshot) -> str:
    """One snapshot as one line of JSON; several lines make an NDJSON body."""
    server = snapshot.server
    body: Json = {
        "format": "reanimator/v1",
        "collected_at": f"{snapshot.collected_at:%Y-%m-%dT%H:%M:%SZ}",
        "asset": {
            "vendor": server.platform.vendor,
            "model": server.platform.model,
            "serial": server.serial,
            "hostname": server.hostname,
        },
        "project": server.project,
        "coverage": _COVERAGE,
        "components": [_component(snapshot, one) for one in snapshot.fitted],
    }
    recent = [one for one in snapshot.broken if one.at > snapshot.collected_at - _REMEMBERED]
    failures = [_failure(one) for one in recent if one.place.type in _FAILURE_MODES]
    if failures:
        body["failures"] = failures
    return json.dumps(body, separators=(",", ":")) + "\n"


def _component(snapshot: Snapshot, fitted: Fitted) -> Json:
    part = fitted.part
    fields: Json = {
        "type": part.model.type,
        "slot": _slot(snapshot, fitted),
        "vendor": part.model.vendor,
        "model": part.model.model,
        "part_number": part.model.part_number,
        "serial": part.serial,
        "firmware": fitted.firmware,
        "health": fitted.health,
        "lot": part.lot,
        "identifiers": _identifiers(fitted),
        "measurements": _measurements(snapshot, fitted),
    }
    return {key: value for key, value in fields.items() if value}


def _slot(snapshot: Snapshot, fitted: Fitted) -> str:
    number = fitted.place.position + 1
    match fitted.place.type:
        case "memory":
            return dimm_names(snapshot.server.platform)[fitted.place.position]
        case "disk":
            return f"Bay {number}"
        case "nic" | "gpu":
            return pci_address(fitted)
        case "cpu" | "psu" as kind:
            return f"{kind.upper()} {number}"
    return ""


def _identifiers(fitted: Fitted) -> Json:
    match fitted.place.type:
        case "disk" if getattr(fitted.part.model, "protocol", "") == "NVMe":
            return {"eui64": eui64(fitted.part)}
        case "disk":
            return {"wwn": f"0x{wwn_digits(fitted.part)}"}
        case "nic":
            return {"mac": mac(fitted.part)}
        case "gpu":
            return {"uuid": gpu_uuid(fitted.part)}
    return {}


def _measurements(snapshot: Snapshot, fitted: Fitted) -> Json:
    at = snapshot.collected_at
    match fitted.place.type:
        case "disk":
            return {"power_on_hours": power_on_hours(fitted, at), "media_errors": bad_blocks(fitted, at)}
        case "memory":
            return {"correctable_errors": bad_blocks(fitted, at) * 40}
        case "gpu":
            return {"temperature_celsius": temperature(fitted, at) + 20}
    return {}


def _failure(broken: Breakdown) -> Json:
    """What the collector's log says of a part that failed: the same dated entry in each document of two months."""
    kind = broken.place.type
    return {
        "component": {"type": kind, "serial": broken.part.serial},
        "occurred_at": f"{broken.at:%Y-%m-%dT%H:%M:%SZ}",
        "mode": _FAILURE_MODES[kind],
        "severity": "fatal",
        "message": f"{broken.part.model.model} {broken.part.serial} reports itself as failed",
    }
