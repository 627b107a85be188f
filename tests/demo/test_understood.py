"""The parsers read from every bundle of the demo just what the story put into it."""

from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO

import pytest

from demo.bundles import Bundle, bundles
from demo.fleet import Snapshot
from demo.story import tell
from ingest.domain.archive import Limits, Refused, walk
from ingest.domain.report import MemberError, Report
from ingest.parsers.dmidecode import Dmidecode
from ingest.parsers.document import CanonicalDocument
from ingest.parsers.interface import Parser
from ingest.parsers.lshw_json import LshwJson
from ingest.parsers.redfish.parser import RedfishParser
from ingest.parsers.smartctl_json import SmartctlJson
from registry.domain.serials import clean_serial, module_serial

PARSERS: tuple[Parser, ...] = (CanonicalDocument(), Dmidecode(), LshwJson(), SmartctlJson())
# What each style of bundle names by serial number: lshw and dmidecode see no serial number of a network card.
NAMED = {
    "tools": {"disk", "memory", "psu"},
    "redfish-tar": {"disk", "memory", "psu", "gpu", "nic"},
    "redfish-zip": {"disk", "memory", "psu", "gpu", "nic"},
    "document": {"disk", "memory", "psu", "gpu", "nic"},
    "ndjson": {"disk", "memory", "psu", "gpu", "nic"},
}
COUNT = 8


@pytest.fixture(scope="module")
def delivered() -> list[Bundle]:
    return [one for one in bundles(tell(seed=7, count=COUNT, end=date(2026, 11, 1))) if one.oddity in ("", "late")]


def reports_in(bundle: Bundle) -> Iterator[Report]:
    """All that the parsers say of a bundle; nothing in it may be refused or broken."""
    redfish = RedfishParser()
    tree = []
    for member in walk(BytesIO(bundle.content), bundle.name, Limits()):
        assert not isinstance(member, Refused), member
        for parser in PARSERS:
            if parser.wants(member.name, member.content[:4096]):
                yield from parser.parse(member)
        if redfish.wants(member.name, member.content[:4096]):
            tree.append((member.name, redfish.read(member)))
    yield from (report for _, report in redfish.assemble(tree, ()))


def found(reports: list[Report]) -> set[tuple[str, str]]:
    """Type and serial number of what reports name."""
    names = set()
    for sighting in (one for report in reports for one in report.sightings):
        serial = module_serial(sighting.serial) if sighting.type == "memory" else clean_serial(sighting.serial)
        names.add((str(sighting.type), serial))
    return {(kind, serial) for kind, serial in names if serial and kind != "motherboard"}


def told(snapshots: tuple[Snapshot, ...]) -> set[tuple[str, str]]:
    """Type and serial number of what the story put into the servers."""
    return {
        (one.place.type, one.part.serial)
        for snapshot in snapshots
        for one in snapshot.fitted
        if one.place.type in NAMED[snapshot.server.platform.style]
    }


def test_every_part_is_found_by_its_serial_number_and_nothing_else(delivered):
    differences = {one.name: found(list(reports_in(one))) ^ told(one.snapshots) for one in delivered}

    assert {name: difference for name, difference in differences.items() if difference} == {}


def test_every_bundle_names_its_servers(delivered):
    for bundle in delivered:
        claims = [report.asset for report in reports_in(bundle) if report.asset]

        named = {next(filter(None, (clean_serial(one.value) for one in claim.serials))) for claim in claims}
        assert named == {snapshot.server.serial for snapshot in bundle.snapshots}, bundle.name


def test_every_bundle_tells_when_it_was_collected(delivered):
    for bundle in delivered:
        times: set[datetime] = {report.collected_at for report in reports_in(bundle) if report.collected_at}

        assert times == {snapshot.collected_at for snapshot in bundle.snapshots}, bundle.name


def test_no_part_of_any_report_is_unreadable(delivered):
    problems = {bundle.name: [p for report in reports_in(bundle) for p in report.problems] for bundle in delivered}

    assert {name: found for name, found in problems.items() if found} == {}


@pytest.mark.parametrize("style", sorted(NAMED))
def test_each_style_of_bundle_says_that_its_list_of_disks_is_whole(delivered, style):
    bundle = next(one for one in delivered if one.snapshots[0].server.platform.style == style)

    assert any("disk" in report.coverage for report in reports_in(bundle))


def test_the_broken_member_costs_no_other_member_its_data():
    packed = bundles(tell(seed=7, count=COUNT, end=date(2026, 11, 1)))
    bundle = next(one for one in packed if one.oddity == "broken-member")
    failed = 0

    for member in walk(BytesIO(bundle.content), bundle.name, Limits()):
        assert not isinstance(member, Refused)
        try:
            _ = [parser.parse(member) for parser in PARSERS if parser.wants(member.name, member.content[:4096])]
        except MemberError:
            failed += 1

    assert failed == 1
