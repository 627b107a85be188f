"""The parsers read from every bundle of the demo just what the story put into it."""

from datetime import date, datetime
from io import BytesIO

import pytest

from demo.bundles import Bundle, bundles
from demo.fleet import Snapshot
from demo.story import tell
from ingest.domain.archive import Limits
from ingest.domain.report import Report
from ingest.parsers.reading import Reading, read_bundle
from ingest.parsers.registry import all_parsers
from registry.domain.serials import clean_serial, module_serial

# What each style of bundle names by serial number: lshw and dmidecode see no serial number of a network card.
NAMED = {
    "tools": {"disk", "memory", "psu"},
    "raid": {"disk", "memory", "psu", "hba"},
    "sosreport": {"disk", "memory", "psu", "gpu"},
    "redfish-tar": {"disk", "memory", "psu", "gpu", "nic"},
    "redfish-zip": {"disk", "memory", "psu", "gpu", "nic"},
    "document": {"disk", "memory", "psu", "gpu", "nic"},
    "ndjson": {"disk", "memory", "psu", "gpu", "nic"},
}
COUNT = 8


@pytest.fixture(scope="module")
def delivered() -> list[Bundle]:
    return list(bundles(tell(seed=7, count=COUNT, end=date(2026, 11, 1))))


@pytest.fixture(scope="module")
def whole(delivered: list[Bundle]) -> list[tuple[Bundle, Reading]]:
    """What the parsers read from each bundle but those that were damaged on their way."""
    return [(one, read(one)) for one in delivered if one.oddity in ("", "late")]


def read(bundle: Bundle) -> Reading:
    return read_bundle(BytesIO(bundle.content), bundle.name, Limits(), all_parsers())


def reports_in(reading: Reading) -> list[Report]:
    return [source.report for source in reading.sources]


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


def test_every_part_is_found_by_its_serial_number_and_nothing_else(whole):
    differences = {bundle.name: found(reports_in(reading)) ^ told(bundle.snapshots) for bundle, reading in whole}

    assert {name: difference for name, difference in differences.items() if difference} == {}


def test_every_bundle_names_its_servers(whole):
    for bundle, reading in whole:
        claims = [report.asset for report in reports_in(reading) if report.asset]

        named = {clean_serial(claim.serials[0].value) for claim in claims if claim.serials}
        assert named == {snapshot.server.serial for snapshot in bundle.snapshots}, bundle.name


def test_every_bundle_tells_when_it_was_collected(whole):
    for bundle, reading in whole:
        times: set[datetime] = {one.collected_at for one in reports_in(reading) if one.collected_at}

        assert times == {snapshot.collected_at for snapshot in bundle.snapshots}, bundle.name


def test_every_whole_bundle_is_read_without_a_complaint(whole):
    complaints = {
        bundle.name: [(member.name, member.errors) for member in reading.members if member.errors]
        for bundle, reading in whole
        if reading.status != "parsed"
    }

    assert complaints == {}


@pytest.mark.parametrize("style", sorted(NAMED))
def test_each_style_of_bundle_says_that_its_list_of_disks_is_whole(whole, style):
    reading = next(reading for bundle, reading in whole if bundle.snapshots[0].server.platform.style == style)

    assert any("disk" in report.coverage for report in reports_in(reading))


@pytest.mark.parametrize("oddity", ["truncated", "broken-member"])
def test_a_damaged_bundle_loses_only_what_was_damaged(delivered, oddity):
    (bundle,) = [one for one in delivered if one.oddity == oddity]

    reading = read(bundle)

    assert reading.status == "partial"
    assert [member.outcome for member in reading.members].count("failed") == 1
