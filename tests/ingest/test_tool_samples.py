"""Output of real tools against a plain search for keys: no serial number is missed, and none is invented."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import jc
import pytest

from ingest.domain.identifiers import gpu_uuid
from ingest.domain.report import Member, MemberError, Report
from ingest.parsers.interface import Parser
from ingest.parsers.lspci_records import read_devices
from registry.domain.serials import clean_serial
from tests.ingest import golden

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no samples of real machines in {SAMPLES}")

_MAC_OR_FILE_SYSTEM = re.compile(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# The server's own number upon two of its boards, as its publisher changed it; both are known by their own.
_SERVERS_NUMBER = {"9936XF707F", "9936XA707F"}


def reports_of(name: str, folder: str) -> Iterator[tuple[Path, list[Report]]]:
    parser = golden.parsers()[name]
    assert isinstance(parser, Parser)
    for path in sorted((SAMPLES / folder).iterdir()):
        content = path.read_bytes()
        if parser.wants(path.name, content[: golden.HEAD]):
            yield path, parser.parse(Member(path.name, content))


def serials_told(reports: list[Report]) -> set[str]:
    parts = {sighting.serial for report in reports for sighting in report.sightings}
    assets = {claim.value for report in reports if report.asset for claim in report.asset.serials}
    return {clean_serial(text) for text in parts | assets} - {""}


def found_by(pattern: str) -> Callable[[str], set[str]]:
    def search(text: str) -> set[str]:
        found = {match.strip() for match in re.findall(pattern, text)}
        return {clean_serial(serial) for serial in found if not _MAC_OR_FILE_SYSTEM.fullmatch(serial)} - {""}

    return search


@pytest.mark.parametrize(
    ("name", "folder", "search", "count"),
    [
        ("lshw-xml", "lshw-xml", found_by(r"<serial>([^<]*)</serial>"), 4),
        ("ipmi-fru", "ipmitool-fru", found_by(r"(?:Product|Board|Chassis) Serial +: (.*)"), 21),
        ("rocm-smi", "amd-rocm-smi-json", found_by(r'"Serial Number": "([^"]*)"'), 1),
        ("nvidia-smi-xml", "nvidia-smi-xml", found_by(r"<serial>([^<]*)</serial>"), 2),
    ],
)
def test_the_serial_numbers_are_those_that_a_plain_search_finds(
    name: str, folder: str, search: Callable[[str], set[str]], count: int
) -> None:
    missed: set[str] = set()
    invented: set[str] = set()
    told: set[str] = set()
    for path, reports in reports_of(name, folder):
        printed, serials = search(path.read_text()), serials_told(reports)
        told |= serials
        missed |= printed - serials
        invented |= serials - printed

    assert (missed - _SERVERS_NUMBER, invented, len(told)) == (set(), set(), count)


def test_the_gpus_of_a_list_are_those_that_a_plain_search_finds() -> None:
    for path, reports in reports_of("nvidia-smi-text", "nvidia-smi-text"):
        uuids = [value for report in reports for gpu in report.sightings for _, value in gpu.identifiers]

        assert uuids == [gpu_uuid(found) for found in re.findall(r"GPU-[0-9a-f-]{36}", path.read_text())]


def test_the_one_loss_of_data_in_a_log_of_1462_lines_is_told_and_nothing_else() -> None:
    told = [signal for _, reports in reports_of("ipmi-sel", "ipmitool-sel") for r in reports for signal in r.signals]

    assert [(signal.mode, f"{signal.occurred_at:%Y-%m-%d %H:%M}") for signal in told] == [
        ("uncorrectable_ecc", "2015-07-13 12:00")
    ]


@pytest.mark.parametrize("path", ["jc-ubuntu20-lspci-mmv.txt", "jc-ubuntu20-lspci-nmmv.txt"])
def test_the_devices_of_lspci_are_those_that_another_reader_finds(path: str) -> None:
    text = (SAMPLES / "lspci" / path).read_text()

    other = jc.parse("lspci", text, raw=True)

    assert isinstance(other, list)
    assert [(device.slot, device.category) for device in read_devices(text)] == [
        (f"0000:{row['slot']}", row.get("class") or row["class_id"]) for row in other
    ]


def test_no_sample_of_these_tools_is_left_unread() -> None:
    outcomes: dict[str, str] = {}
    for folder in ("lshw-xml", "ipmitool-fru", "ipmitool-sel", "nvidia-smi-text", "amd-rocm-smi-json", "lspci"):
        for path in sorted((SAMPLES / folder).iterdir()):
            outcomes[path.name] = _outcome(path)

    assert {name: told for name, told in outcomes.items() if told != "parsed"} == {"rackhd-sel-info.txt": "ignored"}


def _outcome(path: Path) -> str:
    content = path.read_bytes()
    for parser in golden.parsers().values():
        if isinstance(parser, Parser) and parser.wants(path.name, content[: golden.HEAD]):
            try:
                parser.parse(Member(path.name, content))
            except MemberError as error:
                return str(error)
            return "parsed"
    return "ignored"
