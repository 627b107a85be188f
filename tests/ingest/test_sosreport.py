"""A sosreport is one machine at one time, whatever of its members names the machine."""

import io
import lzma
import tarfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.domain.archive import Limits
from ingest.domain.assemble import SnapshotDraft, assemble
from ingest.models import FailureSignal, Snapshot
from ingest.parsers.reading import Reading, read_bundle
from ingest.parsers.registry import all_parsers
from tests.ingest import archives
from tests.ingest.deliveries import deliver, dmidecode, smartctl, tar_of

SAMPLE = Path(__file__).parents[3] / "shared" / "samples" / "sosreport" / "sosreport-kubernetes"
FOLDER = "sosreport-node-17-2026-03-03-abcdefg"

MEMORY = b"""
Handle 0x1100, DMI type 17, 84 bytes
Memory Device
\tSize: 32 GB
\tLocator: A1
\tManufacturer: Samsung
\tSerial Number: 40A1B2C3
\tPart Number: M393A4K40CB2-CTD
"""
DMESG = b"[   91.204211] EDAC MC0: 1 UE memory read error on A1 (channel:0 slot:0 page:0x1 offset:0x0 grain:32)\n"
MDSTAT = b"Personalities : [raid1]\nmd0 : active raid1 sdb1[1](F) sda1[0]\n      16 blocks [2/1] [U_]\n"
COMMANDS = {
    "sos_commands/date/date": b"Tue Mar  3 02:14:07 UTC 2026\n",
    "sos_commands/date/hwclock": b"hwclock: Cannot access the Hardware Clock via any known method.\n",
    "sos_commands/host/hostname": b"node-17\n",
    "sos_commands/hardware/dmidecode": dmidecode("7XK2M93") + MEMORY,
    "sos_commands/kernel/dmesg": DMESG,
    "sos_commands/md/mdadm_-D_.dev.md": b"mdadm: cannot open /dev/md*: No such file or directory\n",
    "sos_commands/ata/smartctl_--json_.dev.sdb": smartctl("S5FNNA0T402113", device={"name": "/dev/sdb", "type": "sat"}),
    "proc/mdstat": MDSTAT,
    "version.txt": b"sosreport: 4.2\n",
}
WITHOUT_SERIAL = COMMANDS | {"sos_commands/hardware/dmidecode": dmidecode("Not Specified") + MEMORY}
LINKS = {
    "date": "sos_commands/date/date",
    "dmidecode": "sos_commands/hardware/dmidecode",
    "hostname": "sos_commands/host/hostname",
    "etc/resolv.conf": "../run/systemd/resolve/stub-resolv.conf",
    "sys/bus/pci/devices/0000:00:00.0": "/sys/devices/pci0000:00/0000:00:00.0",
}


def sosreport(files: Mapping[str, bytes], links: Mapping[str, str] = LINKS) -> bytes:
    members = [(f"{FOLDER}/{name}", content) for name, content in files.items()]
    pointers = [archives.special(f"{FOLDER}/{name}", tarfile.SYMTYPE, target) for name, target in links.items()]
    return lzma.compress(archives.tar_of(members, pointers))


def read(content: bytes) -> tuple[Reading, list[SnapshotDraft]]:
    reading = read_bundle(io.BytesIO(content), "sosreport.tar.xz", Limits(), all_parsers())
    return reading, assemble(reading.sources)


def test_a_sosreport_is_one_snapshot_at_the_time_that_it_tells() -> None:
    _, (snapshot,) = read(sosreport(COMMANDS))

    assert (snapshot.asset.serial, snapshot.asset.hostname) == ("7XK2M93", "node-17")
    assert snapshot.collected_at == datetime(2026, 3, 3, 2, 14, 7, tzinfo=UTC)
    assert {(one.type, one.serial) for one in snapshot.components if one.serial} == {
        ("memory", "40A1B2C3"),
        ("disk", "S5FNNA0T402113"),
    }


def test_links_and_complaints_are_ignored_and_fail_nothing() -> None:
    reading, _ = read(sosreport(COMMANDS))

    assert reading.status == "parsed"
    assert {member.outcome for member in reading.members} == {"parsed", "ignored"}
    assert {member.name for member in reading.members} >= {f"{FOLDER}/date", f"{FOLDER}/sos_commands/date/hwclock"}


def test_failures_that_it_tells_find_their_parts_in_other_members() -> None:
    _, (snapshot,) = read(sosreport(COMMANDS))

    found = {(told.signal.mode, snapshot.components[told.component or 0].serial) for told in snapshot.signals}
    assert found == {("uncorrectable_ecc", "40A1B2C3"), ("drive_failed", "S5FNNA0T402113")}
    assert all(told.component is not None for told in snapshot.signals)


def test_a_faulty_member_of_which_no_tool_shows_the_drive_is_no_failure() -> None:
    without = {name: content for name, content in COMMANDS.items() if "smartctl" not in name}

    _, (snapshot,) = read(sosreport(without))

    assert [told.signal.mode for told in snapshot.signals] == ["uncorrectable_ecc"]


def test_a_machine_without_a_serial_is_one_snapshot_too() -> None:
    _, (snapshot,) = read(sosreport(WITHOUT_SERIAL))

    assert (snapshot.asset.serial, snapshot.asset.hostname) == ("", "node-17")
    assert snapshot.collected_at == datetime(2026, 3, 3, 2, 14, 7, tzinfo=UTC)
    assert {one.type for one in snapshot.components} == {"memory", "disk"}


def test_two_sosreports_in_one_bundle_are_two_machines() -> None:
    other = WITHOUT_SERIAL | {
        "sos_commands/date/date": b"Wed Mar  4 09:00:00 UTC 2026\n",
        "sos_commands/host/hostname": b"node-18\n",
    }

    _, snapshots = read(tar_of({"a.tar.xz": sosreport(WITHOUT_SERIAL), "b.tar.xz": sosreport(other)}, mode="w"))

    assert {(one.asset.hostname, one.collected_at and one.collected_at.day) for one in snapshots} == {
        ("node-17", 3),
        ("node-18", 4),
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("bundle_folder")
def test_a_sosreport_goes_all_the_way_in() -> None:
    bundle = deliver(sosreport(COMMANDS), "sosreport.tar.xz")

    assert bundle.status == "parsed"
    assert Snapshot.objects.get().collected_at == datetime(2026, 3, 3, 2, 14, 7, tzinfo=UTC)
    kept = FailureSignal.objects.values_list("mode", "kind", "observation__component__serial")
    assert set(kept) == {("uncorrectable_ecc", "entry", "40A1B2C3"), ("drive_failed", "state", "S5FNNA0T402113")}


@pytest.mark.skipif(not SAMPLE.is_dir(), reason=f"no sample of a real sosreport in {SAMPLE}")
def test_a_real_sosreport_is_one_snapshot_at_its_time() -> None:
    files = {path.relative_to(SAMPLE).as_posix(): path.read_bytes() for path in SAMPLE.rglob("*") if path.is_file()}

    reading, (snapshot,) = read(sosreport(files, {}))

    assert not [member for member in reading.members if member.outcome == "failed"]
    assert snapshot.collected_at == datetime(2022, 2, 11, 19, 23, 39, tzinfo=UTC)
    assert snapshot.asset.hostname.startswith("juju-110cc2-k8stest-4")
    assert snapshot.signals == ()
