"""Broken archives: what came before the break is given out, and no bytes raise."""

import lzma
import random
import tarfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.domain.archive import Refused
from ingest.domain.report import Member
from tests.ingest.archives import FILES, KIB, PACKERS, members, refusals, special, tar_of, walked, zip_of

# what is broken


@pytest.mark.parametrize("kind", ["tar", *PACKERS])
def test_a_truncated_archive_gives_what_came_before_and_says_where_it_broke(kind: str) -> None:
    tar = tar_of([("first", b"1"), *((str(n), random.Random(n).randbytes(64 * KIB)) for n in range(6))])
    data = PACKERS[kind](tar) if kind in PACKERS else tar

    outcomes = walked(data[: len(data) * 3 // 4], "cut.tar")

    assert members(outcomes)[:1] == ([] if kind == "bz2" else [("first", b"1")])  # bz2 is all one block here
    assert [name for name, _ in refusals(outcomes)] == ["cut.tar"]
    assert refusals(outcomes)[0][1].startswith(f"broken {kind}: ")


def test_a_tar_without_its_end_mark_is_said_to_be_cut() -> None:
    data = tar_of([("a", b"1")])[:1024]

    assert walked(data) == [Member("a", b"1"), Refused("bundle", "broken tar: ends without its end mark, at a")]


def test_a_broken_header_within_a_tar_is_not_taken_for_its_end() -> None:
    data = bytearray(tar_of([("a", b"1"), ("b", b"2")]))
    data[1024] ^= 0xFF

    assert walked(bytes(data)) == [Member("a", b"1"), Refused("bundle", "broken tar: bad checksum, at a")]


def test_a_bad_checksum_at_the_end_of_a_packed_tar_is_found() -> None:
    data = bytearray(PACKERS["gz"](tar_of(FILES)))
    data[-8] ^= 0xFF

    outcomes = walked(bytes(data))

    assert members(outcomes) == FILES
    assert "CRC" in refusals(outcomes)[0][1]


def test_a_zip_without_its_directory_is_refused() -> None:
    assert walked(zip_of(FILES)[:-10], "cut.zip") == [Refused("cut.zip", "broken zip: File is not a zip file")]


def test_a_broken_archive_within_another_costs_just_itself() -> None:
    data = tar_of([("in.zip", b"PK\x03\x04 broken"), ("a.json.gz", b"\x1f\x8b\x08 broken"), ("good", b"1")])

    outcomes = walked(data)

    assert [name for name, _ in refusals(outcomes)] == ["in.zip", "a.json.gz"]
    assert members(outcomes) == [("good", b"1")]


def test_an_xz_that_asks_for_much_memory_is_refused() -> None:
    wide = bytearray(lzma.compress(b"1"))
    wide[16] = 38  # the dictionary's size in the block's header: 2 GiB
    wide[20:24] = zlib.crc32(wide[12:20]).to_bytes(4, "little")

    assert walked(bytes(wide)) == [Refused("bundle", "broken xz: Memory usage limit exceeded")]


def test_a_zst_that_asks_for_much_memory_is_refused() -> None:
    frame = b"\x28\xb5\x2f\xfd" + bytes([0x00, (28 - 10) << 3]) + b"\x01\x00\x00"

    assert [name for name, _ in refusals(walked(frame))] == ["bundle"]


# whatever the bytes

SEEDS = [
    tar_of([*FILES, ("n" * 150, b"1")], [special("l", tarfile.SYMTYPE, "a")]),
    zip_of(FILES),
    zip_of([("in.tar.gz", PACKERS["gz"](tar_of(FILES)))]),
    *(pack(tar_of(FILES)) for pack in PACKERS.values()),
    *(pack(b"hello" * 50) for pack in PACKERS.values()),
]
MAGICS = [b"", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"BZh91AY&SY"]


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(MAGICS), st.binary(max_size=1500))
def test_no_bytes_raise(magic: bytes, data: bytes) -> None:
    assert walked(magic + data)


@settings(deadline=None, max_examples=300)
@given(st.data(), st.sampled_from(SEEDS))
def test_no_damaged_archive_raises(draw: st.DataObject, seed: bytes) -> None:
    damaged = bytearray(seed)
    for _ in range(draw.draw(st.integers(1, 4))):
        damaged[draw.draw(st.integers(0, len(seed) - 1))] = draw.draw(st.integers(0, 255))
    end = draw.draw(st.integers(0, len(seed)) | st.just(len(seed)))

    outcomes = walked(bytes(damaged[:end]))

    assert all(isinstance(outcome.name, str) for outcome in outcomes)


@settings(deadline=None, max_examples=100)
@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_no_name_raises(name: str) -> None:
    entry = special("a", tarfile.SYMTYPE, name)

    for outcome in (*walked(tar_of([(name, b"")], [entry]), name), *walked(b"", name)):
        assert outcome.name == outcome.name.encode("utf-8", "replace").decode().replace("\0", "")
