"""The jobs by hand: `manage.py ingest`, `derive` and `process_pending`."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from errno import ENOSPC
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ingest.models import Bundle, Observation, Snapshot
from reanimator import bulk, pipeline
from reanimator.bulk import BulkRun
from registry.models import Asset, Component, Installation
from tests.builders import make_project
from tests.ingest.deliveries import deliver, document, send, smartctl, tar_of
from timeline.models import Event, FirmwarePeriod

REPOSITORY = Path(__file__).parents[2]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A document, an archive in a folder below, a broken document, and a text that nobody wants."""
    place = tmp_path / "delivered"
    (place / "rack 1").mkdir(parents=True)
    (place / "a.json").write_bytes(document("SRV-A", "DSK-1"))
    (place / "rack 1" / "b.tar.gz").write_bytes(tar_of({"b.json": document("SRV-B", "DSK-2")}))
    (place / "broken.json").write_bytes(document("SRV-C", "DSK-3")[:-20])
    (place / "readme").write_text("nothing to see\n")
    return place


def run(command: str, *arguments: Any) -> tuple[str, str]:
    """What the command prints, and what it complains of."""
    out, err = io.StringIO(), io.StringIO()
    call_command(command, *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def rows(printed: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What `--json` printed: a row a file, and the summary."""
    *files, summary = map(json.loads, printed.splitlines())
    return files, summary


# ingest


def test_a_folder_is_taken_in_with_all_that_is_below_it(folder: Path) -> None:
    out, err = run("ingest", folder)

    assert out == "4 files: 1 failed, 2 parsed, 1 unrecognised\n"
    assert err.startswith(f"{folder}/broken.json: failed: broken.json: not JSON")
    assert set(Component.objects.values_list("serial", "asset__serial")) == {("DSK-1", "SRV-A"), ("DSK-2", "SRV-B")}


def test_a_file_keeps_its_name(folder: Path) -> None:
    run("ingest", folder / "a.json")

    assert Bundle.objects.get().filename == "a.json"


def test_several_paths_are_taken_together_and_each_file_once(folder: Path) -> None:
    out, _ = run("ingest", folder / "a.json", folder / "rack 1", folder / "a.json")

    assert out == "2 files: 2 parsed\n"


def test_json_is_a_row_for_each_file_and_a_summary(folder: Path) -> None:
    files, summary = rows(run("ingest", folder, "--json")[0])

    assert {Path(row["path"]).name: row["status"] for row in files} == {
        "a.json": "parsed",
        "b.tar.gz": "parsed",
        "broken.json": "failed",
        "readme": "unrecognised",
    }
    assert {row["id"] for row in files} == set(Bundle.objects.values_list("id", flat=True))
    assert summary == {"files": 4, "parsed": 2, "failed": 1, "unrecognised": 1}


def test_a_second_run_finds_only_duplicates(folder: Path) -> None:
    run("ingest", folder)
    before = list(Event.objects.order_by("id").values_list("key", flat=True))

    out, _ = run("ingest", folder)

    assert out == "4 files: 4 duplicate\n"
    assert list(Event.objects.order_by("id").values_list("key", flat=True)) == before


def test_a_second_run_ends_what_the_first_left_between_two_steps(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(BulkRun, "_derive", lambda _: None)
        broken.setattr(pipeline, "nudge", lambda: None)
        run("ingest", folder)
    send((folder / "a.json").read_bytes())
    assert Event.objects.count() == 0

    run("ingest", folder)

    assert Event.objects.filter(type="INSTALLED").count() == 2


def _leave_underived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "derive_bundle", _crash)


def _crash(*_: Any, **__: Any) -> None:
    raise OSError(ENOSPC, os.strerror(ENOSPC))


def test_what_was_received_and_not_parsed_is_no_duplicate_yet(folder: Path) -> None:
    send((folder / "a.json").read_bytes())

    files, summary = rows(run("ingest", folder / "a.json", "--json")[0])

    assert (files[0]["status"], summary) == ("parsed", {"files": 1, "parsed": 1})


def test_what_cannot_be_processed_now_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "read_content", _crash)
    monkeypatch.setattr(pipeline, "parse_bundle", _crash)

    out, err = run("ingest", folder / "a.json")

    assert out == "1 files: 1 received\n"
    assert "parse: OSError: No space left on device" in err


def test_a_path_that_is_not_there_is_an_error_before_anything_is_taken(folder: Path) -> None:
    with pytest.raises(CommandError, match=r"no such file or folder: .*nowhere"):
        run("ingest", folder, folder / "nowhere")

    assert Bundle.objects.count() == 0


def test_an_empty_file_is_refused_and_the_others_go_in(folder: Path) -> None:
    (folder / "0.json").touch()

    out, err = run("ingest", folder)

    assert out == "5 files: 1 failed, 2 parsed, 1 refused, 1 unrecognised\n"
    assert f"{folder}/0.json: refused: The bundle is empty" in err


def test_links_out_of_a_folder_are_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_bytes(document("SRV-S", "DSK-S"))
    (folder / "link.json").symlink_to(tmp_path / "secret.json")

    out, _ = run("ingest", folder)

    assert out.startswith("4 files")


def test_an_empty_folder_is_nothing_to_do(tmp_path: Path) -> None:
    assert run("ingest", tmp_path)[0] == "0 files: nothing to do\n"


def test_a_given_asset_serial_names_the_asset_of_what_does_not(folder: Path) -> None:
    (folder / "sda.json").write_bytes(smartctl("DSK-9"))

    run("ingest", folder / "sda.json", folder / "a.json", "--asset-serial", "srv-x")

    assert set(Component.objects.values_list("serial", "asset__serial")) == {("DSK-9", "SRV-X"), ("DSK-1", "SRV-A")}


def test_a_given_project_is_the_assets(folder: Path) -> None:
    project = make_project(code="ACME-EU")

    run("ingest", folder / "a.json", "--project", "ACME-EU")

    assert Asset.objects.get().project == project


def manage(database_url: str, store: Path, *arguments: str) -> "subprocess.Popen[str]":
    """`manage.py` as a process of its own on the test's database."""
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "BUNDLE_STORAGE_URL": f"file:{store}",
        "PYTHONUNBUFFERED": "1",
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_interrupted_can_be_run_again(database_url: str, bundle_folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "many"
    place.mkdir()
    for number in range(160):
        (place / f"{number:03}.json").write_bytes(document(f"SRV-{number}", *(f"D-{number}-{d}" for d in range(4))))

    with manage(database_url, bundle_folder, "ingest", str(place), "--json") as first:
        assert first.stdout
        seen = [first.stdout.readline() for _ in range(5)]
        first.send_signal(signal.SIGINT)
        out, err = first.communicate(timeout=60)
    with manage(database_url, bundle_folder, "ingest", str(place), "--json") as second:
        again, complaints = second.communicate(timeout=60)

    assert second.returncode == 0, complaints
    told, _ = rows("".join(seen) + out)
    _, summary = rows(again)
    assert (first.returncode, err.strip()) == (
        1,
        "CommandError: Interrupted. Run the same command again to go on; nothing is done twice.",
    )
    assert 5 <= len(told) < 160
    assert summary["files"] == 160
    assert len(told) <= summary["duplicate"] < 160
    assert (Bundle.objects.count(), Asset.objects.count(), Observation.objects.count()) == (160, 160, 640)
    assert Event.objects.count() == 800
    assert not Snapshot.objects.waiting().exists()


# derive


HISTORY: Sequence[bytes] = (
    document("SRV-A", "DSK-1", "DSK-2", collected_at="2026-02-01T10:00:00Z"),
    document("SRV-B", "DSK-1", collected_at="2026-02-02T10:00:00Z"),
    document("SRV-A", "DSK-2", "DSK-3", collected_at="2026-02-03T10:00:00Z"),
    document("SRV-A", collected_at="2026-02-04T10:00:00Z", coverage=["disk"]),
    document("SRV-B", "DSK-2", collected_at="2026-02-02T09:00:00Z"),  # late
)


def state() -> list[Any]:
    """All that is derived, without row ids."""
    return [
        list(Event.objects.order_by("position").values_list("key", "type", "component__serial", "asset__serial")),
        list(Installation.objects.order_by("component__serial", "installed_at").values_list("slot", "removed_at")),
        list(FirmwarePeriod.objects.order_by("component__serial", "started_at").values_list("firmware", "ended_at")),
        list(
            Component.objects.order_by("serial").values_list(
                "serial", "status", "asset__serial", "slot", "last_seen_at"
            )
        ),
    ]


def test_deriving_everything_anew_changes_nothing() -> None:
    for content in HISTORY:
        deliver(content)
    before = state()

    out, _ = run("derive", "--all")

    assert state() == before
    assert out == "3 derived\n"


def test_derive_brings_in_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        _leave_underived(broken)
        for content in HISTORY:
            deliver(content)
    assert Event.objects.count() == 0

    out, _ = run("derive")

    assert out == "5 derived\n"
    derived = state()
    run("derive", "--all")
    assert state() == derived


def test_derive_has_nothing_to_do_when_nothing_waits() -> None:
    deliver(HISTORY[0])

    assert run("derive")[0] == "0 derived\n"


# process_pending


def test_process_pending_takes_up_what_was_received_only() -> None:
    for content in HISTORY:
        send(content)

    out, _ = run("process_pending")

    # The bundles derive as they are parsed; nothing is left for the sweep after them.
    assert out == "5 bundles processed, 0 pieces derived\n"
    assert Event.objects.filter(type="LOG_COLLECTED").count() == 5


def test_process_pending_does_nothing_twice() -> None:
    send(HISTORY[0])
    run("process_pending")
    before = state()

    assert run("process_pending")[0] == "0 bundles processed, 0 pieces derived\n"
    assert state() == before


def test_process_pending_tries_again_what_was_given_up_when_told_so() -> None:
    bundle = send(HISTORY[0]).bundle
    Bundle.objects.filter(id=bundle.id).update(due_at=None, status="failed", fault="parse: ValueError")
    assert run("process_pending")[0] == "0 bundles processed, 0 pieces derived\n"

    out, _ = run("process_pending", "--given-up")

    assert out == "1 bundles tried again\n0 bundles processed, 0 pieces derived\n"
    assert Bundle.objects.get(id=bundle.id).status == "parsed"
