"""Bundles for tests of ingest as a whole: documents, archives, and their way in."""

import io
import json
import tarfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ingest.models import Bundle
from ingest.services import Hints, Receipt, receive
from reanimator import pipeline

NOW = datetime(2026, 3, 1, 10, 5, tzinfo=UTC)


def document(serial: str = "7XK2M93", *disks: str, **fields: Any) -> bytes:
    """A canonical document of one server with these disks."""
    content = {
        "format": "reanimator/v1",
        "collected_at": "2026-03-01T10:00:00Z",
        "asset": {"vendor": "Dell Inc.", "model": "PowerEdge R750", "serial": serial, "hostname": "db-17"},
        "components": [
            {"type": "disk", "slot": f"Bay {bay}", "vendor": "Samsung", "model": "MZWLJ7T6", "serial": disk}
            for bay, disk in enumerate(disks)
        ],
        **fields,
    }
    return json.dumps(content).encode()


def smartctl(serial: str, **fields: Any) -> bytes:
    """What smartctl says of one disk."""
    content = {
        "json_format_version": [1, 0],
        "smartctl": {"version": [7, 3], "exit_status": 0},
        "device": {"name": "/dev/sda", "type": "sat", "protocol": "ATA"},
        "model_name": "MZWLJ7T6",
        "serial_number": serial,
        "smart_status": {"passed": True},
        **fields,
    }
    return json.dumps(content).encode()


def dmidecode(serial: str) -> bytes:
    """What dmidecode says of one server."""
    return f"""# dmidecode 3.3
Getting SMBIOS data from sysfs.
SMBIOS 3.3.0 present.

Handle 0x0100, DMI type 1, 27 bytes
System Information
\tManufacturer: Dell Inc.
\tProduct Name: PowerEdge R750
\tSerial Number: {serial}
""".encode()


def tar_of(files: Mapping[str, bytes], *, mode: str = "w:gz") -> bytes:
    """An archive of `files`, compressed as `mode` says."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:  # type: ignore[call-overload]  # modes are literals there
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def send(body: Any, filename: str = "bundle", **more: Any) -> Receipt:
    """Takes the bytes, or a stream of them, in; nothing is parsed yet."""
    source = io.BytesIO(body) if isinstance(body, bytes) else body
    usual = {"content_type": "", "hints": Hints(), "expected_sha256": None, "user": None, "now": NOW}
    return receive(source, filename=filename, **{**usual, **more})


def deliver(body: Any, filename: str = "bundle", **more: Any) -> Bundle:
    """The bundle after its whole way: received, parsed, derived."""
    receipt = send(body, filename, **more)
    pipeline.advance(receipt.bundle.id)
    return Bundle.objects.get(id=receipt.bundle.id)


def outcomes(bundle: Bundle) -> dict[str, str]:
    """What became of each member."""
    return dict(bundle.files.order_by("id").values_list("name", "outcome"))
