"""What golden inputs of drives' tools do not tell: that tools agree, which names they want, and values of any shape."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.domain.report import Member, MemberError, PartName, Report
from ingest.parsers.drive_health import Condition, is_suspect
from ingest.parsers.interface import Parser, TreeParser
from ingest.parsers.printed_time import ZONED, ZONELESS, printed_time
from ingest.parsers.soundness import refuse_unsound
from ingest.parsers.volumes import is_volume
from registry.domain.vocabulary import Health
from tests.ingest import golden
from tests.ingest.json_places import with_odd_values

DISK = PartName("disk", serial="ZL2PQ7R4")


def report_of(parser: str, case: str) -> Report:
    reader = golden.parsers()[parser]
    assert isinstance(reader, Parser)
    source = next((golden.DATA / parser / case).glob("input.*"))
    (report,) = reader.parse(Member(source.name, source.read_bytes()))
    return report


def assembled(parser: str, files: dict[str, bytes]) -> list[tuple[str, Report]]:
    tree = golden.parsers()[parser]
    assert isinstance(tree, TreeParser)
    return tree.assemble([(name, tree.read(Member(name, content))) for name, content in files.items()], [])


@pytest.mark.parametrize(
    ("as_json", "as_text"),
    [
        ("ata-failed", "ata-failed-brief-table"),
        ("nvme-spare-used-up", "nvme-spare-used-up"),
        ("sas-with-grown-defects", "sas-with-grown-defects"),
        ("sas-too-hot", "sas-too-hot"),
    ],
)
def test_smartctls_text_says_of_a_drive_what_its_json_says(as_json: str, as_text: str) -> None:
    theirs, ours = report_of("smartctl-json", as_json), report_of("smartctl-text", as_text)

    only_in_json = {"device", "device_type", "smartctl_exit_status"}
    (drive,), (same,) = theirs.sightings, ours.sightings
    assert ours.signals == theirs.signals
    assert ours.collected_at == theirs.collected_at
    assert {**drive.measurements, **same.measurements} == drive.measurements
    assert drive.measurements.keys() - same.measurements.keys() <= only_in_json
    assert same.health == drive.health
    for name in ("vendor", "model", "serial", "firmware", "manufactured_on", "identifiers"):
        assert getattr(same, name) == getattr(drive, name)


@pytest.mark.parametrize(
    ("condition", "health", "modes"),
    [
        (Condition(), Health.UNKNOWN, []),
        (Condition(passed=True), Health.OK, []),
        (Condition(passed=True, warning=0), Health.OK, []),
        (Condition(passed=True, suspect=True), Health.WARNING, []),
        (Condition(passed=False), Health.FAILED, ["smart_failed"]),
        (Condition(passed=False, warning=0), Health.FAILED, ["smart_failed"]),
        (Condition(passed=False, sense=0x5D), Health.FAILED, ["smart_failed"]),
        (Condition(passed=False, sense=0x0B), Health.WARNING, []),
        (Condition(passed=False, warning=0b10), Health.CRITICAL, []),
        (Condition(passed=False, warning=0b110), Health.FAILED, ["nvme_critical_warning"]),
        (Condition(passed=True, warning=0b10000), Health.CRITICAL, ["nvme_critical_warning"]),
        (Condition(passed=None, warning=0b1000000), Health.CRITICAL, ["nvme_critical_warning"]),
    ],
)
def test_a_drives_verdict_is_one_failure_at_most_and_a_temperature_none(
    condition: Condition, health: Health, modes: list[str]
) -> None:
    assert condition.health == health
    assert [signal.mode for signal in condition.signals(DISK)] == modes


@pytest.mark.parametrize(
    ("measurements", "expected"),
    [
        ({}, False),
        ({"reallocated_sectors": 304, "grown_defects": 260, "interface_crc_errors": 9}, False),
        ({"pending_sectors": 1}, True),
        ({"write_uncorrected_errors": 535}, True),
        ({"percentage_used": 99}, False),
        ({"percentage_used": 100}, True),
        ({"failing_attributes": "184"}, True),
        ({"media_errors": "7"}, False),  # not a number, so not counted
    ],
)
def test_counters_are_suspect_when_data_was_lost_or_endurance_used_up(
    measurements: dict[str, Any], expected: bool
) -> None:
    assert is_suspect(measurements) is expected


@pytest.mark.parametrize(
    ("printed", "moment", "rank"),
    [
        ("Fri Apr 18 15:13:13 2014 CEST", "2014-04-18T13:13:13+00:00", ZONED),
        ("Fri Apr 18 15:13:13 2014 EST", "2014-04-18T20:13:13+00:00", ZONED),
        ("Fri Apr 18 15:13:13 2014 -0330", "2014-04-18T18:43:13+00:00", ZONED),
        ("Fri Apr 18 15:13:13 2014 +07", "2014-04-18T08:13:13+00:00", ZONED),
        ("Fri Apr  8 15:13:13 2014 CST", "2014-04-08T15:13:13+00:00", ZONELESS),  # of America or of China
        ("Fri Apr 18 15:13:13 2014", "2014-04-18T15:13:13+00:00", ZONELESS),
        ("Fri Feb 13 23:31:30 2009 UTC", None, ZONED),  # 1234567890, written over the real date
        ("Thu Jan  1 00:00:07 1970 UTC", None, ZONED),
        ("Tue Nov ... 2019 CET", None, ZONELESS),
        ("Fri Apr 18 15:13:13 2014 +99", None, ZONELESS),
        ("", None, ZONELESS),
    ],
)
def test_a_printed_time_is_read_with_its_zone_or_told_to_have_none(printed: str, moment: str | None, rank: int) -> None:
    found, trust = printed_time(printed)

    assert (found.isoformat() if found else None) == moment
    assert trust == rank


@pytest.mark.parametrize(
    "model",
    ["PERC H730P Mini", "UCSC-MRAID12G", "LOGICAL VOLUME", "ServeRAID M5210", "MR9361-8i", "RS3DC080", "LUN C-Mode",
     "DELLBOSS VD", "Intel Raid 1 Volume", "QEMU HARDDISK", "VBOX HARDDISK", "VMware Virtual disk",
     "Amazon Elastic Block Store", "VIRTUAL-DISK"],
)  # fmt: skip
def test_what_a_controller_or_a_hypervisor_makes_up_is_a_volume(model: str) -> None:
    assert is_volume("", model)


@pytest.mark.parametrize(
    "model",
    ["ST12000NM0158", "Micron_5300_MTFDDAK960TDT", "SAMSUNG MZ7LH960HAJR-00005", "VK000480GWSRR", "MR000480GXBGH",
     "INTEL SSDPF2KX076T1O", "Dell DC NVMe ISE 7450 RI U.2 960GB", ""],
)  # fmt: skip
def test_a_drive_is_no_volume(model: str) -> None:
    assert not is_volume("", model)


@pytest.mark.parametrize(
    ("parser", "name", "head"),
    [
        ("smartctl-text", "sos_commands/ata/smartctl_-a_.dev.sda", b"smartctl 7.2 2020-12-30 r5155 [x86_64-linux]"),
        ("smartctl-text", "disk", b"\r\n=== START OF INFORMATION SECTION ===\r\nDevice Model: X\r\n"),
        ("smartctl-text", "old", b"smartctl version 5.38 [x86_64-redhat-linux-gnu] Copyright (C) 2002-8 Bruce Allen"),
        ("nvme-cli", "sos_commands/nvme/nvme_list_-o_json", b'{"Devices":[{"DevicePath":"/dev/nvme0n1"'),
        ("lsblk", "sos_commands/block/lsblk_-O_-P", b'NAME="sda" KNAME="sda" PATH="/dev/sda" MAJ:MIN="8:0"'),
        ("storcli", "sos_commands/megacli/x", b'{\n"Controllers":[\n{\n\t"Command Status" : {\n'),
    ],
)
def test_content_decides_who_reads_a_member_whatever_its_name(parser: str, name: str, head: bytes) -> None:
    wanting = [other for other, one in golden.parsers().items() if one.wants(name, head)]

    assert wanting == [parser]


@pytest.mark.parametrize(
    "head",
    [
        b"bash: smartctl: command not found\n",
        b"smartctl: error while loading shared libraries: libcap-ng.so.0\n",
        b"lsblk: /dev/sdz: not a block device\n",
        b'NAME="Ubuntu"\nVERSION="22.04 LTS"\nID=ubuntu\n',
        b'/dev/sda1: UUID="0618daba-8dc0-4a1c-926b-4a0f968da62e" TYPE="ext4"\n',
        b"NAME    MAJ:MIN RM   SIZE RO TYPE MOUNTPOINT\nsda       8:0    0 894.3G  0 disk\n",
        b'{"Devices": [{"@odata.id": "/redfish/v1/Chassis/1/Devices/1"}]}',
        b"sh: storcli64: not found\n",
    ],
)
def test_errors_and_other_tools_output_are_left_alone(head: bytes) -> None:
    mine = ("smartctl-text", "nvme-cli", "lsblk", "storcli")

    assert [name for name in mine if golden.parsers()[name].wants("sos_commands/block/x", head)] == []


def test_sosreports_name_of_a_file_tells_the_device_that_smartctl_does_not() -> None:
    content = b"smartctl 7.2 2020-12-30 r5155 [x]\n\nDevice Model:     ST4000NM0035\nSerial Number:    ZC1A2B3C\n"
    parser = golden.parsers()["smartctl-text"]
    assert isinstance(parser, Parser)

    (report,) = parser.parse(Member("host/sos_commands/ata/smartctl_-a_.dev.sdb", content))

    assert report.sightings[0].measurements["device"] == "/dev/sdb"


def test_all_reports_of_a_file_failing_fails_it_with_each_reason() -> None:
    banner = b"smartctl 7.2 2020-12-30 r5155 [x]\nCopyright (C) 2002-20\n\n"
    content = banner + b"Smartctl open device: /dev/sda failed: Permission denied\n" + banner
    parser = golden.parsers()["smartctl-text"]
    assert isinstance(parser, Parser)

    with pytest.raises(MemberError) as refusal:
        parser.parse(Member("all.txt", content))

    assert str(refusal.value) == (
        "report 1: no drive was read: Smartctl open device: /dev/sda failed: Permission denied; "
        "report 2: names no drive: no serial number, model or WWN"
    )


@pytest.mark.parametrize("parser", ["smartctl-text", "lsblk"])
@pytest.mark.parametrize(
    "line",
    [b"A" * 400_000, b" " * 400_000, b"1 " * 200_000, b'A="' * 150_000, b"/dev/a" * 70_000, b"smartctl 7.2 " * 30_000],
    ids=lambda line: repr(line[:8]),
)
@pytest.mark.timeout(10)
def test_a_line_without_end_costs_no_more_than_its_length(parser: str, line: bytes) -> None:
    reader = golden.parsers()[parser]
    assert isinstance(reader, Parser)
    start = b'NAME="sda" SERIAL="1" ' if parser == "lsblk" else b"smartctl 7.2\nSerial Number: ZC1A2B3C\nread: "

    reports = reader.parse(Member("x", start + line + b"\n" + line))

    assert sum(len(report.sightings) for report in reports) <= 1


TREES = [
    (case.parent.name, case)
    for case in golden.cases()
    if case.parent.name in {"nvme-cli", "storcli"} and not case.name.startswith(("broken", "refusals"))
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(TREES), st.data())
def test_values_of_the_wrong_kind_in_one_file_of_a_tree_are_read_or_refused(
    case: tuple[str, Path], data: st.DataObject
) -> None:
    name, folder = case
    tree = golden.parsers()[name]
    assert isinstance(tree, TreeParser)
    files = {str(path.relative_to(folder)): path.read_bytes() for path in sorted((folder / "input").rglob("*.json"))}
    victim = data.draw(st.sampled_from(sorted(files)))
    files[victim] = json.dumps(with_odd_values(json.loads(files[victim]), data, most=4)).encode()

    read, broken = [], []
    for path, content in files.items():
        try:
            read.append((path, tree.read(Member(path, content))))
        except MemberError:
            broken.append(path)
    reports = tree.assemble(read, broken)

    refuse_unsound([report for _, report in reports])
    assert {path for path, _ in reports} <= {path for path, _ in read}


def test_storcli_covers_nothing_where_a_member_beside_it_is_broken() -> None:
    folder = golden.DATA / "storcli" / "whole-server" / "input"
    tree = golden.parsers()["storcli"]
    assert isinstance(tree, TreeParser)
    read = [(path.name, tree.read(Member(path.name, path.read_bytes()))) for path in sorted(folder.iterdir())]

    whole, torn = tree.assemble(read, []), tree.assemble(read, ["c1-show-all.json"])

    assert {report.coverage for _, report in whole} == {frozenset({"disk", "hba"})}
    assert {report.coverage for _, report in torn} == {frozenset()}


@pytest.mark.parametrize("change", ["count", "serial", "overview"])
def test_storcli_covers_no_disks_unless_each_is_counted_and_described(change: str) -> None:
    folder = golden.DATA / "storcli" / "whole-server" / "input"
    files = {path.name: json.loads(path.read_bytes()) for path in sorted(folder.iterdir())}
    if change == "count":
        files["call-show-all.json"]["Controllers"][0]["Response Data"]["Physical Drives"] = 4
    elif change == "serial":
        details = files["call-eall-sall-show-all.json"]["Controllers"][0]["Response Data"]
        del details["Drive /c0/s4 - Detailed Information"]
    else:
        del files["show.json"]

    reports = assembled("storcli", {name: json.dumps(value).encode() for name, value in files.items()})

    assert not any("disk" in report.coverage for _, report in reports)


def test_a_list_with_a_controller_without_a_serial_covers_nothing() -> None:
    path = golden.DATA / "nvme-cli" / "controllers-of-newer-versions" / "input" / "nvme_list.json"
    document = json.loads(path.read_bytes())
    document["Devices"][0]["Subsystems"][1]["Controllers"][0]["SerialNumber"] = ""

    ((_, report),) = assembled("nvme-cli", {"nvme_list.json": json.dumps(document).encode()})

    assert report.coverage == frozenset()
    assert [drive.serial for drive in report.sightings] == ["S5FNNA0R500126"]
