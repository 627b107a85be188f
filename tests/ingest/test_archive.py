"""Bundles as archives: what is given out, what is only told of, and by which name."""

import io
import struct
import tarfile
import tracemalloc
import zipfile
from dataclasses import replace
from typing import Any

import pytest

from ingest.domain.archive import Link, Skipped, walk
from ingest.domain.report import Member
from tests.ingest.archives import (
    FILES,
    KIB,
    MIB,
    NOISE,
    PACKERS,
    SMALL,
    members,
    refusals,
    special,
    tar_of,
    walked,
    zip_of,
)


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
