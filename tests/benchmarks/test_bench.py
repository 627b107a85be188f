"""The benchmarks measure what they say; how much that is, no test asks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.kinds import KINDS, Fleet
from benchmarks.machines import Json, build
from benchmarks.measuring import FLOOR, Cost
from benchmarks.processes import cpu_ms
from benchmarks.report import summarised, table

ROOT = Path(__file__).resolve().parents[2]
SPEND_A_WHILE = "import time\nwhile time.process_time() < 0.3: pass"


def parts(document: bytes) -> list[Json]:
    """Its components without what changes from hour to hour."""
    told: list[Json] = json.loads(document)["components"]
    return [{name: value for name, value in part.items() if name != "measurements"} for part in told]


def test_a_document_tells_50_components_in_about_15_kilobytes() -> None:
    document = build(1).document()

    assert len(parts(document)) == 50
    assert 14_000 < len(document) < 16_000


def test_no_two_machines_share_a_serial_number() -> None:
    serials = [part["serial"] for number in (1, 2, 3) for part in build(number).fitted if "serial" in part]

    assert len(serials) == len(set(serials)) == 3 * 49


def test_the_same_machine_later_has_the_same_parts_and_other_measurements() -> None:
    machine = build(1)

    first, later = machine.document(), machine.document()

    assert parts(first) == parts(later)
    assert json.loads(first)["components"] != json.loads(later)["components"]
    assert json.loads(first)["collected_at"] < json.loads(later)["collected_at"]


def test_two_changes_are_one_new_firmware_and_one_new_disk() -> None:
    machine = build(1)
    before = parts(machine.document())

    machine.change_two_parts()

    changed = [(old, new) for old, new in zip(before, parts(machine.document()), strict=True) if old != new]
    updated, replaced = sorted(changed, key=lambda pair: pair[0]["serial"] != pair[1]["serial"])
    assert [name for name in updated[0] if updated[0][name] != updated[1][name]] == ["firmware"]
    assert [name for name in replaced[0] if replaced[0][name] != replaced[1][name]] == ["serial", "identifiers"]


def test_a_duplicate_is_what_a_known_machine_sent_last() -> None:
    fleet = Fleet([build(1)])
    sent = KINDS["unchanged"].document(fleet)

    assert KINDS["duplicate"].document(fleet) == sent


def test_cpu_time_of_a_process_has_that_of_its_children_that_have_ended() -> None:
    before = cpu_ms(os.getpid())

    subprocess.run([sys.executable, "-c", SPEND_A_WHILE], check=True)

    assert cpu_ms(os.getpid()) - before >= 290


def test_cpu_time_of_a_process_has_that_of_its_children_that_run() -> None:
    command = [sys.executable, "-c", f"{SPEND_A_WHILE}\nprint(flush=True)\ntime.sleep(600)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()

        alone, with_parents = cpu_ms(child.pid), cpu_ms(os.getpid())

        child.kill()
    assert alone >= 290
    assert with_parents >= alone


def test_figures_are_medians_and_compare_within_a_round() -> None:
    slow = {FLOOR: Cost(8, 2, 4), "unchanged": Cost(16, 4, 20)}
    fast = {FLOOR: Cost(4, 1, 4), "unchanged": Cost(10, 5, 20)}

    figures = summarised([slow, fast, slow])

    assert figures["unchanged"].total_ms == 20
    assert figures["unchanged"].of_the_floor == 2
    assert figures["unchanged"].aim == 2


def test_the_table_has_a_line_for_the_floor_and_each_kind() -> None:
    costs = {name: Cost(1, 1, 1) for name in (FLOOR, *KINDS)}

    lines = table(summarised([costs])).splitlines()

    assert [line.split("|")[1].strip() for line in lines[2:]] == [FLOOR, *KINDS]


@pytest.mark.usefixtures("on_mariadb")
def test_a_small_run_measures_every_kind() -> None:
    printed = bench("--json", "--rounds=1", "--requests=2", "--servers=2")

    figures = json.loads(printed)
    assert list(figures) == [FLOOR, *KINDS]
    assert all(one["statements"] >= 1 for one in figures.values())


@pytest.mark.usefixtures("on_mariadb")
def test_a_profile_names_the_product_s_own_functions_and_statements() -> None:
    printed = bench("--profile=two changes", "--requests=2", "--servers=2")

    assert "derive_snapshot" in printed
    assert "INSERT INTO `ingest_observation`" in printed


def bench(*options: str) -> str:
    command = [sys.executable, "-m", "benchmarks", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.timeout(400)
def test_many_bundles_are_measured_beside_bare_inserts_of_their_observations(on_mariadb: None, tmp_path: Path) -> None:
    machine = build(1)
    for number in range(3):
        (tmp_path / f"{number}.json").write_bytes(machine.document())

    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bulk", str(tmp_path), "--processes=1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    assert told[0] == "3 files: 3 parsed"
    assert told[1].startswith("manage.py ingest: ")
    assert told[2] == "150 observations"
    assert [line.split(":")[0] for line in told[3:]] == ["bulk_create", "writing the file", "LOAD DATA LOCAL INFILE"]
