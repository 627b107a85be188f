"""Output of real drives' tools against a plain search for keys: none is missed, none invented, and nothing raises."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ingest.domain.report import Member, MemberError, Report
from ingest.parsers.interface import TreeParser
from registry.domain.serials import clean_serial
from tests.ingest import golden

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no samples of real machines in {SAMPLES}")

# What is no drive of the machine: a RAID controller's volume, an array's logical unit, a virtual machine's disk.
VOLUMES = {"003B95E4040C2C551D4056B715E7A68D", "D1-6M]DXU3PB", "QM00001"}


@dataclass
class Told:
    outcomes: Counter[str] = field(default_factory=Counter)
    reports: list[Report] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def parts(self, kind: str) -> set[str]:
        found = (clean_serial(one.serial) for report in self.reports for one in report.sightings if one.type == kind)
        return set(found) - {""}


def told_by(name: str, folder: str) -> Told:
    """What the parser makes of each file of the folder by itself."""
    parser, told = golden.parsers()[name], Told()
    for path in sorted(SAMPLES.joinpath(folder).rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        if not content:
            continue
        told.texts.append(content.decode(errors="replace"))
        if not parser.wants(path.name, content[: golden.HEAD]):
            told.outcomes["ignored"] += 1
            continue
        try:
            member = Member(path.name, content)
            if isinstance(parser, TreeParser):
                told.reports.extend(report for _, report in parser.assemble([(path.name, parser.read(member))], []))
            else:
                told.reports.extend(parser.parse(member))
            told.outcomes["parsed"] += 1
        except MemberError:
            told.outcomes["failed"] += 1
    return told


def values_of(texts: list[str], *keys: str) -> set[str]:
    """The texts under `keys`, wherever they are in the JSON of `texts`."""
    return {clean_serial(value) for text in texts for value in _values(json.loads(text), keys)} - {""}


def _values(value: Any, keys: tuple[str, ...]) -> Iterator[str]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        if key in keys and isinstance(child, str):
            yield child
        yield from _values(child, keys)


def test_smartctls_text_gives_each_drive_that_a_plain_search_finds() -> None:
    told = told_by("smartctl-text", "smartctl-text")

    printed = {found for text in told.texts for found in re.findall(r"(?im)^serial number:\s*(\S.*?)\s*$", text)}
    assert told.outcomes == {"parsed": 34}
    assert told.parts("disk") == {clean_serial(serial) for serial in printed} - {""} - VOLUMES
    assert len(told.parts("disk")) == 7


def test_smartctls_text_tells_the_failing_drives_by_smarts_verdict_alone() -> None:
    told = told_by("smartctl-text", "smartctl-text")

    modes = Counter(signal.mode for report in told.reports for signal in report.signals)
    assert modes == {"smart_failed": 3, "nvme_critical_warning": 4}
    assert sum(modes.values()) == sum("test result: FAILED!" in text for text in told.texts)


def test_smartctls_json_gives_each_drive_that_a_plain_search_finds() -> None:
    told = told_by("smartctl-json", "smartctl-json")

    assert told.outcomes == {"parsed": 110, "ignored": 8, "failed": 4}
    assert told.parts("disk") == values_of(told.texts, "serial_number")
    assert len(told.parts("disk")) == 37


def test_smartctls_json_tells_the_failing_drives_by_smarts_verdict_alone() -> None:
    told = told_by("smartctl-json", "smartctl-json")

    told_of = Counter(signal.mode for report in told.reports for signal in report.signals)
    assert told_of == {"smart_failed": 1}
    assert sum(bool(re.search(r'"passed"\s*:\s*false', text)) for text in told.texts) == 1


def test_nvme_cli_gives_each_drive_that_a_plain_search_finds() -> None:
    told = told_by("nvme-cli", "nvme")

    assert told.outcomes == {"parsed": 4}
    assert told.parts("disk") == values_of(told.texts, "sn", "SerialNumber")
    assert len(told.parts("disk")) == 5


def test_lsblk_gives_each_drive_that_a_plain_search_finds() -> None:
    told = told_by("lsblk", "lsblk")

    assert told.outcomes == {"parsed": 5}
    assert told.parts("disk") == values_of([text for text in told.texts if text.startswith("{")], "serial")
    assert len(told.parts("disk")) == 12


def test_a_virtual_machines_sosreport_has_no_drives() -> None:
    told = told_by("lsblk", "sosreport/sosreport-kubernetes/sos_commands/block")

    assert told.outcomes["parsed"] == 1
    assert told.outcomes["failed"] == 0
    assert told.reports == []


def test_storcli_gives_each_drive_and_controller_that_a_plain_search_finds() -> None:
    told = told_by("storcli", "storcli")

    assert told.outcomes == {"parsed": 10}
    assert told.parts("disk") == values_of(told.texts, "SN")
    assert told.parts("hba") == values_of(told.texts, "Serial Number")
    assert (len(told.parts("disk")), len(told.parts("hba"))) == (6, 2)
    assert [signal for report in told.reports for signal in report.signals] == []  # no state in them is a failure


def test_no_other_format_is_taken_for_a_drives_tools_output() -> None:
    mine = {"smartctl-text", "nvme-cli", "lsblk", "storcli"}
    homes = {"smartctl-text", "nvme", "lsblk", "storcli", "sosreport"}
    wanted = {
        (name, path.relative_to(SAMPLES).as_posix())
        for path in SAMPLES.rglob("*")
        if path.is_file() and path.relative_to(SAMPLES).parts[0] not in homes | {"redfish"}
        for name in mine
        if golden.parsers()[name].wants(path.name, path.read_bytes()[: golden.HEAD])
    }

    assert wanted == set()
