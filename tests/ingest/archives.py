"""Archives of every kind, and what a walk through one gives."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterable

import zstandard

from ingest.domain.archive import Entry, Limits, Refused, walk
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
FILES = [("etc/hostname", b"db-17\n"), ("sys/dmidecode", b"# dmidecode 3.3\n" * 100), ("empty", b"")]


def tar_of(files: Iterable[tuple[str, bytes]], extra: Iterable[tarfile.TarInfo] = ()) -> bytes:
    """A plain tar of `files`, and of the entries in `extra` that have no content."""
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
    """A zip of `files`; a name may be an entry with more to say."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    """An entry of a tar that is no plain file."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


def walked(data: bytes, name: str = "bundle", limits: Limits = SMALL) -> list[Entry]:
    """All that a walk through `data` gives."""
    return list(walk(io.BytesIO(data), name, limits))


def members(outcomes: list[Entry]) -> list[tuple[str, bytes]]:
    """Name and content of what was given out."""
    return [(outcome.name, outcome.content) for outcome in outcomes if isinstance(outcome, Member)]


def refusals(outcomes: list[Entry]) -> list[tuple[str, str]]:
    """Name and reason of what was refused."""
    return [(outcome.name, outcome.reason) for outcome in outcomes if isinstance(outcome, Refused)]


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


def measured(data: bytes, name: str, limits: Limits) -> tuple[list[Entry], int]:
    """(outcomes, most bytes held beyond `data` at any moment)."""
    stream = io.BytesIO(data)
    tracemalloc.start()
    try:
        outcomes = list(walk(stream, name, limits))
        return outcomes, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
