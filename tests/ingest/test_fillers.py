"""Serials that a whole bundle has on parts which cannot be one."""

from typing import Any

import pytest

from ingest.domain.assemble import Source, assemble
from ingest.domain.fillers import filler_serials
from ingest.domain.report import AssetClaim, Report, SerialClaim, Sighting

WWNS = [f"5000c500a1b2c3d{digit}" for digit in range(4)]


def shows(*sightings: Sighting, asset: str = "") -> Report:
    return Report(asset=AssetClaim(serials=(SerialClaim(asset),)) if asset else None, sightings=sightings)


def one(kind: str = "disk", serial: str = "S9", **fields: Any) -> Sighting:
    return Sighting(kind, serial=serial, **fields)


def test_a_serial_in_every_slot_of_a_file_is_none() -> None:
    report = shows(*(one("memory", slot=f"DIMM A{number}", slot_kind="dmi") for number in range(3)))

    assert filler_serials([("dmidecode", report)]) == {"S9"}


def test_a_serial_on_the_server_and_parts_of_several_types_is_none() -> None:
    report = shows(one("psu"), one("memory"), asset="s9")

    assert filler_serials([("dmidecode", report)]) == {"S9"}


def test_a_serial_in_many_files_on_drives_of_other_names_is_none() -> None:
    reports = [("smartctl-json", shows(one(identifiers=(("wwn", wwn),)))) for wwn in WWNS]

    assert filler_serials(reports) == {"S9"}


def test_a_serial_in_many_files_on_drives_of_other_models_is_none() -> None:
    reports = [("smartctl-json", shows(one(model=model))) for model in ("ST8000NM0055", "HUH721008", "MG08")]

    assert filler_serials(reports) == {"S9"}


def test_upper_and_lower_case_are_one_serial() -> None:
    assert filler_serials([("dmidecode", shows(one("psu"), one("memory"), asset="S9"))]) == {"S9"}


def test_parts_that_share_a_serial_are_each_known_by_their_place() -> None:
    report = shows(*(one("memory", slot=f"DIMM A{number}", slot_kind="dmi") for number in range(3)), asset="SRV-A")

    [draft] = assemble([Source("dmi.txt", "dmidecode", report)])

    assert [(part.serial, part.lookup, part.slots) for part in draft.components] == [
        ("", "", (("dmi", f"DIMM A{number}"),)) for number in range(3)
    ]
    assert draft.conflicts == ()


def test_a_server_that_shares_its_serial_with_parts_is_known_by_its_next_name() -> None:
    claim = AssetClaim(serials=(SerialClaim("S9"), SerialClaim("BOARD-1", "board")))
    report = Report(asset=claim, sightings=(one("psu", slot="PS1"), one("memory", slot="A1")))

    [draft] = assemble([Source("dmi.txt", "dmidecode", report)])

    assert (draft.asset.serial, draft.asset.serial_source) == ("BOARD-1", "board")


@pytest.mark.parametrize(
    "reports",
    [
        [("redfish", shows(one())), ("lshw-json", shows(one())), ("smartctl-json", shows(one()))],
        [("redfish", shows(one("bmc"), one("motherboard"), one("bios"), one("other"), asset="S9"))],
        [("redfish", shows(one(slot="Bay 1"), one(slot="Bay 2")))],
        [("drive-stats", shows(one(model="ST8000"))), ("drive-stats", shows(one(model="ST8000")))] * 3,
        [("redfish", shows(one(slot=f"Bay {number}"))) for number in range(4)],
        [("redfish", shows(one("hba"), one("disk")))],
    ],
    ids=[
        "one part by three tools",
        "the server's own",
        "two parts: a conflict to look at",
        "one drive day by day",
        "one drive that moves",
        "a drive that is its own controller",
    ],
)
def test_a_name_is_no_filler(reports: list[tuple[str, Report]]) -> None:
    assert filler_serials(reports) == frozenset()
