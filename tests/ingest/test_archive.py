"""Bundles as archives: what is given out, what is refused and why, and that nothing breaks the walk."""

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.domain.archive import Entry, Limits, Link, Refused, Skipped, walk
from ingest.domain.report import Member

KIB, MIB = 1 << 10, 1 << 20
SMALL = Limits(members=20, total_bytes=4 * MIB, member_bytes=256 * KIB, ratio=50, ratio_from=MIB, depth=3)
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "xz": lzma.compress,
    "bz2": bz2.compress,
    "zst": zstandard.ZstdCompressor().compress,
}
NOISE = b"".join(
    zlib.crc32(bytes([n % 256, n // 256])).to_bytes(4, "big") for n in range(16 * KIB)
)  # does not compress


def tar_of(files: Iterable[tuple[str, bytes]], extra: Iterable[tarfile.TarInfo] = ()) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        for entry in extra:
            tar.addfile(entry)
    return buffer.getvalue()


def zip_of(files: Iterable[tuple[str | zipfile.ZipInfo, bytes]], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


def walked(data: bytes, name: str = "bundle", limits: Limits = SMALL) -> list[Entry]:
    return list(walk(io.BytesIO(data), name, limits))


def members(outcomes: list[Entry]) -> list[tuple[str, bytes]]:
    return [(outcome.name, outcome.content) for outcome in outcomes if isinstance(outcome, Member)]


def refusals(outcomes: list[Entry]) -> list[tuple[str, str]]:
    return [(outcome.name, outcome.reason) for outcome in outcomes if isinstance(outcome, Refused)]


FILES = [("etc/hostname", b"db-17\n"), ("sys/dmidecode", b"# dmidecode 3.3\n" * 100), ("empty", b"")]


# what is given out


@pytest.mark.parametrize("content", [b"", b"{}", b"\0" * 2000, b"BZh9 is no bzip2", b"PK", b"\x1f\x8b"])
def test_what_is_no_archive_is_its_own_one_member(content: bytes) -> None:
    outcomes = walked(content, "report.json")

    assert outcomes == [Member("report.json", content)]


@pytest.mark.parametrize(
    "data",
    [
        tar_of(FILES),
        zip_of(FILES),
        zip_of(FILES, zipfile.ZIP_STORED),
        *(pack(tar_of(FILES)) for pack in PACKERS.values()),
    ],
    ids=["tar", "zip", "zip stored", *(f"tar.{kind}" for kind in PACKERS)],
)
def test_members_of_an_archive_bear_their_own_names(data: bytes) -> None:
    outcomes = walked(data, "no-suffix-that-tells")

    assert members(outcomes) == FILES
    assert not refusals(outcomes)


@pytest.mark.parametrize("file_format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_dialect_of_tar_is_read(file_format: int) -> None:
    name = "/".join(["d" * 40] * 3)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=file_format) as tar:
        tar.addfile(tarfile.TarInfo(name))

    outcomes = walked(buffer.getvalue())

    assert outcomes == [Member(name, b"")]


def test_a_tar_without_magic_is_told_by_its_checksum() -> None:
    data = bytearray(tar_of([("a", b"1")]))
    data[257:265] = bytes(8)
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])

    assert walked(bytes(data)) == [Member("a", b"1")]


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize(("packed_name", "name"), [("x.json.{}", "x.json"), ("x.json", "x.json"), (".{}", ".{}")])
def test_a_packed_file_loses_its_suffix(kind: str, packed_name: str, name: str) -> None:
    outcomes = walked(PACKERS[kind](b"{}"), packed_name.format(kind))

    assert outcomes == [Member(name.format(kind), b"{}")]


@pytest.mark.parametrize("kind", PACKERS)
def test_streams_one_after_another_are_one_file(kind: str) -> None:
    outcomes = walked(PACKERS[kind](b"one ") + PACKERS[kind](b"two"))

    assert outcomes == [Member("bundle", b"one two")]


def test_skippable_frames_of_zst_are_skipped() -> None:
    frame = struct.pack("<II", 0x184D2A50, 4) + b"pzst"

    assert walked(frame + PACKERS["zst"](b"one")) == [Member("bundle", b"one")]


def test_members_of_nested_archives_bear_the_path_to_them() -> None:
    inner = PACKERS["gz"](tar_of([("var/log/messages.gz", PACKERS["gz"](b"hello"))]))
    data = zip_of([("logs/sos.tar.gz", inner), ("disks.zip", zip_of([("sda.json", b"{}")])), ("readme", b"hi")])

    outcomes = walked(data, "outer.zip")

    assert outcomes == [
        Member("logs/sos.tar.gz/var/log/messages", b"hello"),
        Member("disks.zip/sda.json", b"{}"),
        Member("readme", b"hi"),
    ]


def test_a_name_that_comes_twice_is_given_twice() -> None:
    outcomes = walked(tar_of([("a", b"1"), ("a", b"2")]))

    assert outcomes == [Member("a", b"1"), Member("a", b"2")]


@pytest.mark.parametrize(("name", "shown"), [("./a", "a"), ("a//b/./c", "a/b/c"), ("a\\b", "a/b")])
def test_names_are_made_plain(name: str, shown: str) -> None:
    outcomes = walked(zip_of([(name, b"")]))

    assert outcomes == [Member(shown, b"")]


def test_a_name_in_no_known_encoding_is_still_text() -> None:
    entry = tarfile.TarInfo("Ger\udce4t")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT, errors="surrogateescape") as tar:
        tar.addfile(entry)

    assert walked(buffer.getvalue()) == [Member("Ger\ufffdt", b"")]


def test_directories_are_passed_over() -> None:
    assert walked(tar_of([("a", b"")], [special("d", tarfile.DIRTYPE)])) == [Member("a", b"")]
    assert walked(zip_of([("d/", b""), ("e\\", b"")])) == []


# what is refused by itself


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../etc/passwd", "path leads out of the archive"),
        ("a/../b", "path leads out of the archive"),
        ("a/..", "path leads out of the archive"),
        ("..\\x", "path leads out of the archive"),
        ("/etc/passwd", "absolute path"),
        ("\\\\host\\share", "absolute path"),
        ("C:\\Windows\\x", "path with a drive"),
        ("./c:x", "path with a drive"),
        ("x" * 1001, "name longer than 1000 characters"),
        (".", "no name"),
    ],
)
def test_a_path_trick_is_refused_and_costs_no_other(name: str, reason: str) -> None:
    outcomes = walked(zip_of([(name, b"bad"), ("good", b"good")]))

    assert [reason for _, reason in refusals(outcomes)] == [reason]
    assert members(outcomes) == [("good", b"good")]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "C:/x"])
def test_a_path_trick_in_a_tar_is_refused_too(name: str) -> None:
    outcomes = walked(tar_of([(name, b"bad"), ("good", b"good")]))

    assert len(refusals(outcomes)) == 1
    assert members(outcomes) == [("good", b"good")]


def test_a_name_with_nul_is_refused() -> None:
    data = zip_of([("a.json#.exe", b"1"), ("b", b"")]).replace(b"a.json#.exe", b"a.json\0.exe")

    outcomes = walked(data)

    assert outcomes == [Refused("a.json\ufffd.exe", "name with NUL"), Member("b", b"")]


TARGETS = ["a", "sos_commands/hardware/dmidecode", "/etc/shadow", "../../../etc/shadow", ""]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_link_in_a_tar_is_told_and_not_followed(kind: bytes, target: str) -> None:
    outcomes = walked(tar_of([("a", b"1")], [special("link", kind, target)]))

    assert outcomes == [Member("a", b"1"), Link("link", target)]


@pytest.mark.parametrize("name", ["/etc/motd", "../../root/.bashrc", "C:/windows"])
def test_a_link_under_a_bad_name_is_but_a_link(name: str) -> None:
    outcomes = walked(tar_of([], [special(name, tarfile.SYMTYPE, "a")]))

    assert outcomes == [Link(name.lstrip("/"), "a")]


@pytest.mark.parametrize("target", TARGETS)
def test_a_link_in_a_zip_is_told_and_not_followed(target: str) -> None:
    entry = zipfile.ZipInfo("link")
    entry.external_attr = 0o120777 << 16

    assert walked(zip_of([(entry, target.encode()), ("a", b"1")])) == [Link("link", target), Member("a", b"1")]


@pytest.mark.parametrize("data", [tar_of(FILES), zip_of(FILES), PACKERS["xz"](tar_of(FILES))], ids=["tar", "zip", "xz"])
def test_what_nobody_wants_is_told_by_name_and_size(data: bytes) -> None:
    outcomes = list(walk(io.BytesIO(data), "bundle", SMALL, lambda name, _: name == "empty"))

    assert outcomes == [Skipped("etc/hostname", 6), Skipped("sys/dmidecode", 1600), Member("empty", b"")]


def test_a_packed_member_that_nobody_wants_is_not_unpacked() -> None:
    data = tar_of([("messages.gz", PACKERS["gz"](NOISE)), ("broken.gz", PACKERS["gz"](NOISE)[:-9])])

    outcomes = list(walk(io.BytesIO(data), "bundle", SMALL, lambda *_: False))

    assert outcomes == [Skipped("messages", 0), Skipped("broken", 0)]


@pytest.mark.parametrize("kind", PACKERS)
def test_a_packed_bundle_that_nobody_wants_is_read_to_its_end(kind: str) -> None:
    packed = PACKERS[kind](NOISE)

    whole = list(walk(io.BytesIO(packed), "messages", SMALL, lambda *_: False))
    cut = list(walk(io.BytesIO(packed[:-9]), "messages", SMALL, lambda *_: False))

    assert whole == [Skipped("messages", len(NOISE))]
    assert "broken" in refusals(cut)[0][1]


@pytest.mark.parametrize("size", [0, 100, 512, 4095, 4096, 4097, 60 * KIB])
def test_the_beginning_is_shown_to_who_may_want_it_and_given_out_with_the_rest(size: int) -> None:
    shown: list[bytes] = []

    def look(_: str, head: bytes) -> bool:
        shown.append(head)
        return True

    outcomes = list(walk(io.BytesIO(tar_of([("a", NOISE[:size])])), "", SMALL, look))

    assert shown == [NOISE[:size][:4096]]
    assert outcomes == [Member("a", NOISE[:size])]


@pytest.mark.parametrize("make", [tar_of, zip_of], ids=["tar", "zip"])
def test_a_member_above_every_limit_that_nobody_wants_costs_no_memory_and_is_no_failure(make: Any) -> None:
    data = make([("var/log/messages", NOISE * 4 * 16), ("b", b"2")])
    tracemalloc.start()

    outcomes = list(walk(io.BytesIO(data), "sos", replace(SMALL, total_bytes=64 * MIB), lambda name, _: name == "b"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert outcomes == [Skipped("var/log/messages", 4 * MIB), Member("b", b"2")]
    assert peak < MIB


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"Z"])
def test_devices_pipes_and_unknown_types_are_refused(kind: bytes) -> None:
    outcomes = walked(tar_of([], [special("dev/sda", kind)]))

    assert outcomes == [Refused("dev/sda", "device, pipe or entry of unknown type")]


def test_a_device_in_a_zip_is_refused() -> None:
    entry = zipfile.ZipInfo("sda")
    entry.external_attr = 0o020666 << 16

    assert walked(zip_of([(entry, b"")])) == [Refused("sda", "device, pipe or entry of unknown type")]


def test_an_encrypted_zip_member_is_refused() -> None:
    data = bytearray(zip_of([("secret", b"1"), ("open", b"2")]))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    data[data.index(b"PK\x03\x04") + 6] |= 1

    assert walked(bytes(data)) == [Refused("secret", "encrypted"), Member("open", b"2")]


@pytest.mark.parametrize(("method", "name"), [(zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "lzma")])
def test_an_unsupported_zip_compression_is_refused(method: int, name: str) -> None:
    assert walked(zip_of([("a", b"1")], method)) == [Refused("a", f"unsupported zip compression {name}")]


def test_a_bad_checksum_in_a_zip_costs_just_that_member() -> None:
    data = zip_of([("bad", b"content-1"), ("good", b"content-2")], zipfile.ZIP_STORED).replace(
        b"content-1", b"CONTENT-1"
    )

    outcomes = walked(data)

    assert members(outcomes) == [("good", b"content-2")]
    assert [(name, "CRC-32" in reason) for name, reason in refusals(outcomes)] == [("bad", True)]


@pytest.mark.parametrize("archive", [tar_of, zip_of])
def test_a_member_above_the_single_limit_costs_just_itself(archive: Callable[..., bytes]) -> None:
    big = NOISE * 8

    outcomes = walked(archive([("a", b"1"), ("big", big), ("b", b"2")]))

    assert outcomes == [Member("a", b"1"), Refused("big", f"larger than {256 * KIB} bytes"), Member("b", b"2")]


def test_a_packed_file_above_the_single_limit_is_refused() -> None:
    assert walked(PACKERS["gz"](NOISE * 8), "big.gz") == [Refused("big", f"larger than {256 * KIB} bytes")]


def test_an_archive_below_the_depth_is_refused_and_costs_no_other() -> None:
    data = zip_of([("x", b"1")])
    for _ in range(3):
        data = zip_of([("in.zip", data), ("beside", b"2")])

    outcomes = walked(data)

    assert refusals(outcomes) == [("in.zip/in.zip/in.zip", "an archive more than 3 deep")]
    assert len(members(outcomes)) == 3


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
    assert "unpacks to more than" in outcomes[-1].reason  # type: ignore[union-attr]


# what ends the walk


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


def overlapping_zip_bomb(entries: int, unpacked: int) -> bytes:
    """Many directory entries that name one and the same packed run of zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(unpacked)) + packer.flush()
    crc = zlib.crc32(bytes(unpacked))
    sizes = struct.pack("<HHIIIHH", 0, 0, crc, len(packed), unpacked, 1, 0)
    local = b"PK\x03\x04" + struct.pack("<HHH", 20, 0, 8) + sizes + b"0" + packed
    entry = b"PK\x01\x02" + struct.pack("<HHHH", 20, 20, 0, 8) + sizes + struct.pack("<HHHII", 0, 0, 0, 0, 0) + b"0"
    directory = entry * entries
    return (
        local
        + directory
        + b"PK\x05\x06"
        + struct.pack("<HHHHIIH", 0, 0, entries, entries, len(directory), len(local), 0)
    )


def test_an_overlapping_zip_bomb_trips_a_limit_without_using_memory() -> None:
    data = overlapping_zip_bomb(entries=1000, unpacked=MIB)
    assert len(data) < 64 * KIB

    outcomes, peak = measured(data, "bomb.zip", Limits(ratio_from=4 * MIB))

    last = outcomes[-1]
    assert isinstance(last, Refused)
    # Pythons that were given the mend see the overlap themselves and refuse the members for it.
    assert "more than 200 times its size" in last.reason or "zip bomb" in last.reason
    assert len(members(outcomes)) <= 12
    assert peak < 16 * MIB


def test_a_nested_zip_bomb_trips_a_limit_without_using_memory() -> None:
    data = zip_of([("zeros", bytes(2 * MIB))])
    for _ in range(2):
        data = zip_of([(f"{n}.zip", data) for n in range(16)])

    outcomes, peak = measured(data, "42.zip", Limits(ratio_from=4 * MIB))

    assert outcomes[-1].name == "42.zip"
    assert "more than 200 times" in outcomes[-1].reason  # type: ignore[union-attr]
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


def measured(data: bytes, name: str, limits: Limits) -> tuple[list[Entry], int]:
    """(outcomes, most bytes held beyond `data` at any moment)."""
    stream = io.BytesIO(data)
    tracemalloc.start()
    try:
        outcomes = list(walk(stream, name, limits))
        return outcomes, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


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
