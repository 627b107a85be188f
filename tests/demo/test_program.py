"""The demo as a program: run again, on another clock, with other arguments."""

import io
import socket
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from demo.__main__ import kept
from demo.product import fill, free_port, main

SEED = 7
COUNT = 4
END = date(2026, 11, 1)
NOW = datetime(2026, 11, 2, tzinfo=UTC)


def test_a_second_run_takes_in_this_machine_alone(db):
    filled = fill(SEED, COUNT, END, NOW, io.StringIO())

    again = fill(SEED, COUNT, END, NOW.replace(hour=1), io.StringIO())

    assert again.taken_in == 1
    assert again.components == filled.components
    assert again.installations == filled.installations


def test_a_story_that_ends_after_today_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["--until", "2999-01-01"], END)

    assert "before today" in capsys.readouterr().err


def test_a_fleet_too_small_for_a_story_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["--servers", "3"], END)

    assert "fewer than 4" in capsys.readouterr().err


def test_the_bundles_can_be_had_as_files(tmp_path, capsys):
    assert main(["--servers", "4", "--write", str(tmp_path)], END) == 0

    assert f"Wrote {len(list(tmp_path.iterdir()))} bundles" in capsys.readouterr().out


def test_a_port_in_use_is_passed_over():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert free_port(port) > port


def test_what_is_kept_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path):
    path = tmp_path / "demo" / "secret-key"

    first = kept(path, "made first")

    assert kept(path, "made second") == first == "made first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
