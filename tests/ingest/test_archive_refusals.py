"""What an archive may not hold is refused by name and reason, and costs nothing else."""

import tarfile
import zipfile
from collections.abc import Callable

import pytest

from ingest.domain.archive import Refused
from ingest.domain.report import Member
from tests.ingest.archives import KIB, NOISE, PACKERS, members, refusals, special, tar_of, walked, zip_of


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
