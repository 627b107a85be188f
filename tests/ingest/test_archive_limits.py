"""An archive of too much ends the walk through it, and costs no memory."""

import io
import tarfile

import pytest

from ingest.domain.archive import Limits, Refused
from ingest.domain.report import Member
from tests.ingest.archives import (
    KIB,
    MIB,
    NOISE,
    PACKERS,
    SMALL,
    measured,
    members,
    overlapping_zip_bomb,
    refusals,
    special,
    tar_of,
    walked,
    zip_of,
)


def test_a_sparse_tar_entry_is_charged_for_its_holes() -> None:
    entry = tarfile.TarInfo("hole")
    entry.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(200 * KIB), "GNU.sparse.name": "hole"}
    entry.size = 1
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for _ in range(10):
            tar.addfile(entry, io.BytesIO(b"x"))

    outcomes = walked(buffer.getvalue(), limits=Limits(total_bytes=MIB))

    assert members(outcomes) == [("hole", b"x" + bytes(200 * KIB - 1))] * 5
    ((_, reason),) = refusals(outcomes[-1:])
    assert "unpacks to more than" in reason


def test_too_many_members_end_the_walk() -> None:
    outcomes = walked(tar_of([(str(n), b"") for n in range(30)]), "many.tar")

    assert len(members(outcomes)) == 20
    assert refusals(outcomes) == [("many.tar", "stopped: holds more than 20 members, at 19")]


def test_members_of_nested_archives_count_together() -> None:
    inner = zip_of([(str(n), b"") for n in range(9)])

    outcomes = walked(zip_of([("a", inner), ("b", inner), ("c", inner)]))

    assert len(members(outcomes)) == 18
    assert "more than 20 members" in refusals(outcomes)[0][1]


def test_directories_and_links_count_as_members() -> None:
    outcomes = walked(tar_of([], [special(str(n), tarfile.DIRTYPE) for n in range(30)]), "dirs.tar")

    assert refusals(outcomes) == [("dirs.tar", "stopped: holds more than 20 members, at 19")]


def test_a_total_above_the_limit_ends_the_walk() -> None:
    data = zip_of([(str(n), NOISE[n:] + bytes(190 * KIB)) for n in range(19)])

    outcomes = walked(data, "big.zip", Limits(total_bytes=MIB))

    assert len(members(outcomes)) == 4
    assert refusals(outcomes) == [("big.zip", f"stopped: unpacks to more than {MIB} bytes, at 4")]


def test_a_total_within_the_limit_is_read_through_a_packed_tar() -> None:
    data = PACKERS["gz"](tar_of([(str(n), NOISE) for n in range(15)]))

    outcomes = walked(data, limits=Limits(total_bytes=MIB))

    assert len(members(outcomes)) == 15


@pytest.mark.parametrize("kind", PACKERS)
def test_packed_zeros_trip_the_ratio_without_using_memory(kind: str) -> None:
    data = PACKERS[kind](bytes(64 * MIB))

    outcomes, peak = measured(data, "zeros.gz", Limits(member_bytes=1 << 30, ratio_from=4 * MIB))

    assert [name for name, reason in refusals(outcomes) if "more than 200 times its size" in reason] == ["zeros.gz"]
    assert peak < 48 * MIB


def test_an_overlapping_zip_bomb_trips_a_limit_without_using_memory() -> None:
    data = overlapping_zip_bomb(entries=1000, unpacked=MIB)
    assert len(data) < 64 * KIB

    outcomes, peak = measured(data, "bomb.zip", Limits(ratio_from=4 * MIB))

    ((_, reason),) = refusals(outcomes[-1:])
    # Pythons that were given the mend see the overlap themselves and refuse the members for it.
    assert "more than 200 times its size" in reason or "zip bomb" in reason
    assert len(members(outcomes)) <= 12
    assert peak < 16 * MIB


def test_a_nested_zip_bomb_trips_a_limit_without_using_memory() -> None:
    data = zip_of([("zeros", bytes(2 * MIB))])
    for _ in range(2):
        data = zip_of([(f"{n}.zip", data) for n in range(16)])

    outcomes, peak = measured(data, "42.zip", Limits(ratio_from=4 * MIB))

    ((name, reason),) = refusals(outcomes[-1:])
    assert name == "42.zip"
    assert "more than 200 times" in reason
    assert peak < 16 * MIB


def test_an_archive_that_contains_itself_ends_at_the_depth() -> None:
    data = PACKERS["gz"](b"1")
    for _ in range(100):
        data = PACKERS["gz"](data)

    assert [reason for _, reason in refusals(walked(data))] == ["an archive more than 3 deep"]


def test_a_zip_directory_too_large_to_hold_ends_the_walk() -> None:
    data = overlapping_zip_bomb(entries=10_000, unpacked=1)

    outcomes = walked(data, "wide.zip")

    assert refusals(outcomes) == [("wide.zip", "stopped: has a zip directory of 470000 bytes")]


def test_a_tar_header_too_large_to_hold_is_refused() -> None:
    entry = tarfile.TarInfo("a")
    entry.pax_headers = {"comment": "x" * 8 * MIB}

    outcomes, peak = measured(PACKERS["gz"](tar_of([("first", b"1")], [entry])), "wide.tar.gz", Limits())

    assert outcomes == [Member("first", b"1"), Refused("wide.tar.gz", "broken gz: header too large, at first")]
    assert peak < 2 * MIB


def test_a_plain_file_costs_no_more_than_its_own_bytes() -> None:
    outcomes, peak = measured(bytes(32 * MIB), "zeros", Limits())

    assert len(members(outcomes)[0][1]) == 32 * MIB
    assert peak < 48 * MIB


def test_a_plain_file_above_the_single_limit_is_not_read() -> None:
    outcomes, peak = measured(bytes(32 * MIB), "zeros", SMALL)

    assert outcomes == [Refused("zeros", f"larger than {256 * KIB} bytes")]
    assert peak < MIB
