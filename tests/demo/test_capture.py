"""This machine, and invented ones, as the demo captures them."""

import json
import tarfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from demo.capture import bundle, document
from ingest.domain.archive import Limits, walk
from ingest.domain.report import Member
from ingest.parsers.document import DocumentParser

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def machine(root: Path, **files: str) -> Path:
    """A file system with these files; in the names, ``__`` stands for a slash."""
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


def component(found: dict[str, Any], kind: str) -> dict[str, Any]:
    (only,) = [one for one in found["components"] if one["type"] == kind]
    assert isinstance(only, dict)
    return only


def test_a_server_is_named_by_its_serial_number(tmp_path):
    root = machine(tmp_path, sys__class__dmi__id__product_serial="7XK2M93", sys__class__dmi__id__product_name="R750")

    asset = document(root, NOON)["asset"]

    assert (asset["serial"], asset["model"]) == ("7XK2M93", "R750")


def test_a_placeholder_is_no_serial_number_and_the_uuid_serves(tmp_path):
    uuid = "4c4c4544-0035-3410-8050-c6c04f314733"
    root = machine(
        tmp_path, sys__class__dmi__id__product_serial="Not Specified", sys__class__dmi__id__product_uuid=uuid
    )

    asset = document(root, NOON)["asset"]

    assert asset["serial"] == f"MACHINE-{uuid.upper()}"
    assert "known by its UUID" in asset["model"]


def test_without_dmi_a_digest_of_the_machine_id_serves(tmp_path):
    root = machine(tmp_path, etc__hostname="here")
    (root / "etc/machine-id").write_text("3d1219c7c4c5404aaa1f6d2a48adfda4\n")

    asset = document(root, NOON)["asset"]

    assert asset["serial"].startswith("MACHINE-")
    assert "3D1219" not in asset["serial"]
    assert "known by its machine id" in asset["model"]


def test_each_socket_is_one_processor(tmp_path):
    thread = "processor\t: {}\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon\nphysical id\t: {}\n"
    root = machine(tmp_path, proc__cpuinfo="\n".join(thread.format(n, n // 2) for n in range(4)))

    found = [one for one in document(root, NOON)["components"] if one["type"] == "cpu"]

    assert [(one["slot"], one["measurements"]["threads"]) for one in found] == [("CPU 0", 2), ("CPU 1", 2)]


def test_a_drive_is_named_by_the_kernel_and_its_device_name_is_no_slot(tmp_path):
    root = machine(
        tmp_path,
        sys__block__sda__device__model="ST4000NM0043",
        sys__block__sda__device__vendor="SEAGATE",
        sys__block__sda__device__rev="MS03",
        sys__block__sda__device__wwid="naa.5000c50057e1a2b3",
        sys__block__sda__size="7814037168",
        sys__block__loop0__size="8",
    )
    (root / "sys/block/sda/device/vpd_pg80").write_bytes(b"\0\x80\0\x14Z1Z5DWJK0000R4521234")

    disk = component(document(root, NOON), "disk")

    assert (disk["serial"], disk["firmware"], disk["vendor"]) == ("Z1Z5DWJK0000R4521234", "MS03", "SEAGATE")
    assert disk["identifiers"] == {"wwn": "naa.5000c50057e1a2b3"}
    assert disk["measurements"]["device"] == "/dev/sda"
    assert "slot" not in disk


@pytest.mark.parametrize("vendor", ["ATA", "0x1af4"])
def test_what_is_no_maker_is_left_out(tmp_path, vendor):
    root = machine(tmp_path, sys__block__vda__device__vendor=vendor, sys__block__vda__serial="disk-1")

    assert "vendor" not in component(document(root, NOON), "disk")


def test_only_network_cards_with_hardware_count(tmp_path):
    root = machine(
        tmp_path,
        sys__class__net__eth0__address="0c:42:a1:3d:bd:e0",
        sys__class__net__eth0__device__vendor="0x15b3",
        sys__class__net__eth0__device__device="0x1015",
        sys__class__net__lo__address="00:00:00:00:00:00",
    )

    card = component(document(root, NOON), "nic")

    assert card["identifiers"] == {"mac": "0c:42:a1:3d:bd:e0"}
    assert card["measurements"] == {"device": "eth0", "pci_vendor": "0x15b3", "pci_device": "0x1015"}


def test_what_is_left_out_is_not_covered_either(tmp_path):
    root = machine(tmp_path, proc__cpuinfo="model name : Xeon", proc__meminfo="MemTotal:       1024 kB")

    found = document(root, NOON, leaving_out=frozenset({"cpu"}))

    assert [one["type"] for one in found["components"]] == ["memory"]
    assert found["coverage"] == ["disk", "memory", "nic"]


def test_this_very_machine_makes_a_bundle_that_is_understood():
    name, content = bundle(NOON)

    members = {one.name: one for one in walk(BytesIO(content), name, Limits()) if isinstance(one, Member)}
    (report,) = DocumentParser().parse(members["this-machine.json"])

    assert report.asset
    assert report.asset.serials
    assert report.collected_at == NOON
    assert report.sightings


def test_the_bundle_of_this_machine_is_an_archive_with_the_document():
    _, content = bundle(NOON)

    with tarfile.open(fileobj=BytesIO(content)) as archive:
        member = archive.extractfile("this-machine.json")
        found = json.loads(member.read()) if member else {}

    assert found["format"] == "reanimator/v1"
