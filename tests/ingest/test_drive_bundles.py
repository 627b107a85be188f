"""Drives' tools together in one bundle, all the way into the database."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.models import BundleFile, FailureSignal, Observation
from registry.models import Component
from tests.ingest import golden
from tests.ingest.deliveries import deliver, dmidecode, smartctl, tar_of
from timeline.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]

SERVER = dmidecode("7XK2M93")


def files_of(parser: str, case: str) -> dict[str, bytes]:
    folder = golden.DATA / parser / case / "input"
    return {f"host/{path.relative_to(folder)}": path.read_bytes() for path in sorted(folder.rglob("*.json"))}


def without_the_drive_at(path: str, slot: str, files: dict[str, bytes]) -> dict[str, bytes]:
    """storcli's files after the drive was pulled: in no table, and no longer counted."""
    changed: dict[str, Any] = {name: json.loads(content) for name, content in files.items()}
    for document in changed.values():
        for controller in document["Controllers"]:
            data = controller["Response Data"]
            for key in [key for key in data if key.startswith(f"Drive {path}")]:
                del data[key]
            if "PD LIST" in data:
                data["PD LIST"] = [row for row in data["PD LIST"] if row["EID:Slt"] != slot]
                data["Physical Drives"] = len(data["PD LIST"])
    return {name: json.dumps(document).encode() for name, document in changed.items()}


def test_tools_that_see_one_drive_make_one_component_of_it_with_its_failure() -> None:
    files = files_of("nvme-cli", "identities-and-health-beside-them")
    listed = {"name": "nvme1n1", "type": "disk", "serial": "S5P2NG0R900001X", "tran": "nvme"}

    deliver(
        tar_of(
            {
                "host/dmidecode.txt": SERVER,
                "host/nvme1/id_ctrl.json": files["host/nvme1/id_ctrl.json"],
                "host/nvme1/smart_log.json": files["host/nvme1/smart_log.json"],
                "host/lsblk.json": json.dumps({"blockdevices": [listed]}).encode(),
                "host/nvme1.json": smartctl("S5P2NG0R900001X", model_name="Samsung SSD 980 PRO 1TB"),
            }
        ),
        "host.tar.gz",
    )

    drive = Component.objects.get(type="disk")
    (seen,) = Observation.objects.filter(type="disk")
    (signal,) = FailureSignal.objects.all()
    assert (drive.serial, drive.model) == ("S5P2NG0R900001X", "Samsung SSD 980 PRO 1TB")
    assert seen.sources["parsers"] == ["lsblk", "nvme-cli", "smartctl-json"]
    assert seen.health == "failed"
    assert seen.measurements["percentage_used"] == 101
    assert (signal.mode, signal.observation) == ("nvme_critical_warning", seen)


def test_a_health_log_by_itself_makes_no_component_and_says_why() -> None:
    log = files_of("nvme-cli", "identities-and-health-beside-them")["host/nvme2-smart-log.json"]

    bundle = deliver(log, "nvme2-smart-log.json")

    member = BundleFile.objects.get()
    assert bundle.status == "partial"
    assert member.errors == ["names no drive: no id-ctrl of the same name stands beside it, and no list"]
    assert not Component.objects.exists()
    assert not FailureSignal.objects.exists()


@pytest.mark.parametrize(("overview", "removed"), [(True, ["ZHZ4A1B5001"]), (False, [])])
def test_a_drive_that_left_its_controller_is_removed_only_where_all_controllers_were_seen(
    overview: bool, removed: list[str]
) -> None:
    before = {"host/dmidecode.txt": SERVER, **files_of("storcli", "whole-server")}
    pulled = without_the_drive_at("/c0/e252/s1", "252:1", files_of("storcli", "whole-server"))
    after = {"host/dmidecode.txt": SERVER, **pulled}
    if not overview:
        del after["host/show.json"]
    later = {name: content.replace(b"07/01/2025", b"07/02/2025") for name, content in after.items()}

    deliver(tar_of(before), "before.tar.gz")
    deliver(tar_of(later), "after.tar.gz")

    events = Event.objects.filter(type="REMOVED").values_list("component__serial", flat=True)
    assert list(events) == removed


def test_a_failed_drive_that_a_table_tells_by_its_slot_is_the_one_that_another_file_describes() -> None:
    files = files_of("storcli", "failing-parts")

    deliver(tar_of({"host/dmidecode.txt": SERVER, **files}), "host.tar.gz")

    told = FailureSignal.objects.filter(mode="drive_failed").order_by("slot")
    assert list(told.values_list("slot", "observation__component__serial")) == [
        ("252:1", "ZHZ4A1B5001"),
        ("252:2", None),
    ]
    battery = FailureSignal.objects.get(mode="battery_failure")
    assert battery.observation is not None
    assert battery.observation.type == "battery"


def test_several_reports_of_smartctl_in_one_file_are_one_servers_drives() -> None:
    text = Path(golden.DATA, "smartctl-text", "several-behind-megaraid", "input.txt").read_bytes()

    bundle = deliver(tar_of({"host/dmidecode.txt": SERVER, "host/smart.txt": text}), "host.tar.gz")

    serials = Component.objects.filter(type="disk", asset__serial="7XK2M93").values_list("serial", flat=True)
    assert bundle.status == "partial"  # one of the four devices could not be opened
    assert set(serials) == {"20472B4C1D2E", "20472B4C1D2F"}
