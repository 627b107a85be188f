"""Real Redfish trees: each is one asset with its parts, and tells its failures once."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.domain.report import Member, Report
from ingest.parsers.redfish import RedfishParser
from registry.domain.serials import clean_serial
from tests.ingest.redfish_trees import assembled

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
TREES = SAMPLES / "redfish"

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no samples of real machines in {SAMPLES}")


@pytest.mark.parametrize("folder", sorted(TREES.glob("*")), ids=lambda path: path.name)
def test_a_real_tree_is_one_asset_with_every_serial_number_of_its_parts(folder: Path) -> None:
    files = {str(path.relative_to(TREES)): json.loads(path.read_bytes()) for path in folder.rglob("*.json")}
    printed = {
        clean_serial(value["SerialNumber"])
        for value in files.values()
        if str(value.get("@odata.type")).startswith(("#Memory.", "#Drive.", "#Processor.", "#NetworkAdapter."))
        and isinstance(value.get("SerialNumber"), str)
    }

    ((_, report),) = assembled(files)

    assert report.asset is not None
    assert printed - {""} <= {clean_serial(sighting.serial) for sighting in report.sightings}


def _reports_of(folder: Path) -> Iterator[Report]:
    parser = RedfishParser()
    files = ((path.relative_to(folder.parent).as_posix(), path.read_bytes()) for path in sorted(folder.rglob("*.json")))
    members = [(name, parser.read(Member(name, data))) for name, data in files if parser.wants(name, data[:4096])]
    return (report for _, report in parser.assemble(members, []))


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ("hpe-dl385-gen10plusv2-critical", {("predicted_failure", "S6C1NA0TA04209"): 1}),
        ("dell-poweredge-r750", {}),
        ("dmtf-public-rackmount1", {}),
        ("nvidia-bluefield3-dpu", {}),
        ("supermicro-sys-821ge-tnhr", {}),  # ten entries of supplies whose power was cut
        ("supermicro-x10sdv", {}),  # 128 corrected errors
        (
            "nvidia-dgx-h100",
            {
                ("xid_62", "SXM1"): 2,
                ("xid_62", "SXM2"): 1,
                ("xid_62", "SXM4"): 3,
                ("xid_62", "SXM5"): 2,
                ("xid_62", "SXM6"): 2,
                ("xid_62", "SXM8"): 3,
            },
        ),
    ],
)
def test_real_trees_tell_their_failures_each_once(machine: str, expected: dict[tuple[str, str], int]) -> None:
    reports = list(_reports_of(TREES / machine))

    signals = [one for report in reports for one in report.signals]

    found: dict[tuple[str, str], int] = {}
    for one in signals:
        key = (one.mode, one.part.serial or one.part.slot)
        found[key] = found.get(key, 0) + 1
    assert reports
    assert found == expected
    assert all(one.occurred_at and one.occurred_at.year >= 2023 for one in signals if one.kind == "entry")


@pytest.mark.parametrize("path", sorted((SAMPLES / "redfish-fragments").glob("*.json")), ids=lambda path: path.stem)
def test_a_real_resource_by_itself_names_an_asset_only_where_it_is_the_system(path: Path) -> None:
    parser = RedfishParser()
    content = path.read_bytes()

    assert parser.wants(path.name, content[:4096])
    reports = [report for _, report in parser.assemble([(path.name, parser.read(Member(path.name, content)))], [])]

    named = [report for report in reports if report.asset is not None]
    assert not named or b"#ComputerSystem." in content
    assert not any(report.coverage - {"bios", "motherboard"} or report.signals for report in reports)
