"""The demo as a program: run again, on another clock, with other arguments."""

import io
import socket
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demo.__main__ import kept_secret
from demo.product import fill, free_port, main
from timeline.models import Event

SEED = 7
COUNT = 4
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def test_a_second_run_takes_in_this_machine_alone(db):
    filled = fill(SEED, COUNT, NOW, io.StringIO())

    again = fill(SEED, COUNT, NOW.replace(hour=1), io.StringIO())

    assert again.taken_in == 1
    assert again.components == filled.components
    assert again.installations == filled.installations


def test_a_clock_that_is_behind_gets_a_story_that_ends_before_it(db):
    early = datetime(2025, 6, 1, tzinfo=UTC)

    fill(SEED, COUNT, early, io.StringIO())

    latest = Event.objects.filter(type="LOG_COLLECTED").order_by("-occurred_at").values_list("occurred_at", flat=True)
    assert latest[0] <= early


def test_a_fleet_too_small_for_a_story_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["--servers", "3"])

    assert "fewer than 4" in capsys.readouterr().err


def test_the_bundles_can_be_had_as_files(tmp_path, capsys):
    assert main(["--servers", "4", "--write", str(tmp_path)]) == 0

    assert f"Wrote {len(list(tmp_path.iterdir()))} bundles" in capsys.readouterr().out


def test_a_port_in_use_is_passed_over():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert free_port(port) > port


def test_the_secret_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path):
    path = tmp_path / "demo" / "secret-key"

    first = kept_secret(path)

    assert kept_secret(path) == first
    assert len(first) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
