"""Reading bundles that may be hostile: every member as bounded bytes, nothing unpacked to paths.

Formats are told by content. Archives within archives are read up to a depth, their members' names joined by
``/``. What is not given out is told by name and reason; nothing is passed over in silence but directories.
"""

import re
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import IO, Any, BinaryIO, Self

from ingest.domain.report import Member
from ingest.domain.streams import CHUNK, LimitError, Source, archive_kind, decompress

MIB = 1 << 20
HEAD = 4096  # how much of a member is shown to tell whether anybody wants it
_NAME_LENGTH = 1000
_PLACE_LENGTH = 200
_TAR_HEADER = 64 * 1024  # long names and extended attributes of one entry; tarfile holds them in memory
_ZIP_DIRECTORY_ENTRY = 300  # bytes of the directory that one entry may take, on average
_ZIP_DIRECTORY_LEAST = 64 * 1024
_SPOOL = 8 * MIB
_ENCRYPTED = 0x1
_SUFFIX = re.compile(r"(?<=[^/])\.(gz|xz|zst|bz2|tgz|txz|tzst|tbz2)$", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one bundle may unpack to.

    `members`: entries of all kinds in all archives. `total_bytes`: all that comes out of archives and decompressors,
    within one another too. `ratio`: unpacked by packed, once more than `ratio_from` is unpacked.
    `depth`: 1 is an archive, 2 an archive in an archive; a compressed tar counts once.
    """

    members: int = 20_000
    total_bytes: int = 2048 * MIB
    member_bytes: int = 256 * MIB
    ratio: int = 200
    ratio_from: int = 10 * MIB
    depth: int = 3


@dataclass(frozen=True, slots=True)
class Refused:
    """A member, or what is left of an archive, that is not read, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A member that nobody wants. `size`: as the archive tells it; 0 where that takes unpacking."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Link:
    """A name for another member, or for what is no part of the archive; what it leads to is never looked at."""

    name: str
    target: str


Entry = Member | Skipped | Link | Refused
Wants = Callable[[str, bytes], bool]


def walk(stream: BinaryIO, name: str, limits: Limits, wants: Wants = lambda *_: True) -> Iterator[Entry]:
    """The members of the bundle `stream` (seekable) called `name`; what is no archive is its own one member.

    `wants` is asked once for every file, with its name and its beginning, right before the file is given out: only
    what is wanted is held in memory.
    Never raises on account of what the bytes are. Members' names are relative to the outermost archive;
    one name may come twice. A limit on the whole bundle ends the walk with a `Refused` that bears `name`.
    """
    name = _printable(name)
    size = stream.seek(0, 2)
    stream.seek(0)
    budget = _Budget(limits, size)
    try:
        yield from _Walk(limits, budget, stream, wants).contents(Source(stream, size=size), name, 1)
    except LimitError as stop:
        yield Refused(name, f"stopped: {stop}")


class _Budget:
    """What the whole bundle has used of its limits."""

    def __init__(self, limits: Limits, packed: int) -> None:
        self._limits = limits
        self._packed = packed
        self._unpacked = 0
        self._entries = 0
        self.place = ""

    def spend(self, size: int) -> None:
        self._unpacked += size
        if self._unpacked > self._limits.total_bytes:
            raise LimitError(f"unpacks to more than {self._limits.total_bytes} bytes{self.where}")
        if self._unpacked > max(self._limits.ratio_from, self._limits.ratio * self._packed):
            raise LimitError(f"unpacks to more than {self._limits.ratio} times its size{self.where}")

    def enter(self, place: str) -> None:
        self._entries += 1
        if self._entries > self._limits.members:
            raise LimitError(f"holds more than {self._limits.members} members{self.where}")
        self.place = place

    @property
    def where(self) -> str:
        return f", at {self.place[-_PLACE_LENGTH:]}" if self.place else ""


class _Walk:
    def __init__(self, limits: Limits, budget: _Budget, outermost: BinaryIO, wants: Wants) -> None:
        self._limits = limits
        self._budget = budget
        self._outermost = outermost
        self._wants = wants

    def contents(self, source: Source, name: str, level: int) -> Iterator[Entry]:
        """What `source` holds: itself, or the members of the archive that it is."""
        kind = archive_kind(source.head)
        if kind is None:
            yield self._plain(source, name, level)
            return
        if level > self._limits.depth:
            yield Refused(name, f"an archive more than {self._limits.depth} deep")
            return
        prefix = "" if level == 1 else f"{name}/"
        try:
            if kind == "zip":
                yield from self._zip(source, prefix, level)
            elif kind == "tar":
                yield from self._tar(source, prefix, level)
            else:
                yield from self._compressed(kind, source, name, level)
        except LimitError:
            raise
        except Exception as error:  # noqa: BLE001  # on broken input the libraries raise nearly everything
            yield Refused(name, f"broken {kind}: {_reason(error)}{self._budget.where}")

    def _plain(self, source: Source, name: str, level: int) -> Entry:
        if not self._wants(name, source.peek(HEAD)):
            # A packed bundle is read to its end all the same: it may be an archive too broken to be known as one.
            size = source.drain() if source.size is None and level == 2 else source.size
            return Skipped(name, size or 0)
        content = source.read_all(self._limits.member_bytes)
        if content is None:
            return Refused(name, f"larger than {self._limits.member_bytes} bytes")
        return Member(name, content)

    def _compressed(self, kind: str, packed: Source, name: str, level: int) -> Iterator[Entry]:
        source = Source(decompress(kind, packed), self._budget.spend)
        if archive_kind(source.head) == "tar":
            yield from self._tar(source, "" if level == 1 else f"{name}/", level)
        else:
            yield from self.contents(source, _SUFFIX.sub("", name), level + 1)

    # tar

    def _tar(self, source: Source, prefix: str, level: int) -> Iterator[Entry]:
        source.allow(_TAR_HEADER + CHUNK)
        file: Any = source  # only read() is asked of it
        with tarfile.open(
            fileobj=file, mode="r|", bufsize=CHUNK, tarinfo=_TarEntry, encoding="utf-8", errors="replace"
        ) as tar:
            while (entry := _next_entry(tar, source)) is not None:
                self._budget.enter(prefix + _printable(entry.name))
                yield from self._tar_entry(tar, entry, prefix, level)
        source.drain()

    def _tar_entry(self, tar: tarfile.TarFile, entry: tarfile.TarInfo, prefix: str, level: int) -> Iterator[Entry]:
        path, fault = _member_path(prefix, entry.name)
        if entry.isdir():
            return
        if entry.issym() or entry.islnk():  # even under a bad name: nothing is opened by it
            yield Link(path, _printable(entry.linkname)[:_NAME_LENGTH])
        elif fault:
            yield Refused(path, fault)
        elif not entry.isreg() or (file := tar.extractfile(entry)) is None:
            yield Refused(path, "device, pipe or entry of unknown type")
        else:
            charge = self._budget.spend if entry.issparse() else None  # all else was charged on its way into the tar
            yield from self.contents(Source(file, charge, entry.size), path, level + 1)

    # zip

    def _zip(self, source: Source, prefix: str, level: int) -> Iterator[Entry]:
        with self._seekable(source, level) as file:
            guard: Any = _DirectoryGuard(file, max(_ZIP_DIRECTORY_LEAST, self._limits.members * _ZIP_DIRECTORY_ENTRY))
            with zipfile.ZipFile(guard) as archive:
                guard.bound = None
                for entry in archive.infolist():
                    self._budget.enter(prefix + _printable(entry.filename))
                    yield from self._zip_entry(archive, entry, prefix, level)

    def _zip_entry(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, prefix: str, level: int) -> Iterator[Entry]:
        name = entry.orig_filename.replace("\\", "/")  # `filename` is cut at NUL
        path, fault = _member_path(prefix, name)
        if name.endswith("/"):
            return
        link = _is_link(entry)
        if fault := ("" if link else fault) or _zip_fault(entry):
            yield Refused(path, fault)
            return
        try:
            with archive.open(entry) as file:
                if link:
                    yield Link(path, _printable(file.read(_NAME_LENGTH).decode("utf-8", "replace")))
                    return
                yield from self.contents(Source(file, self._budget.spend, entry.file_size), path, level + 1)
        except LimitError:
            raise
        except Exception as error:  # noqa: BLE001  # they raise nearly everything; costs just this member
            yield Refused(path, f"unreadable: {_reason(error)}")

    def _seekable(self, source: Source, level: int) -> AbstractContextManager[IO[bytes]]:
        if level == 1:
            return nullcontext(self._outermost)
        spool = tempfile.SpooledTemporaryFile(_SPOOL)  # noqa: SIM115  # closed by the caller
        while data := source.read(CHUNK):
            spool.write(data)
        return spool


class _TarEntry(tarfile.TarInfo):
    """A header that tells a broken archive from a finished one: tarfile takes both for the end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]  # not in its stubs; zeros, the proper end
            raise
        except tarfile.HeaderError as error:
            text = "ends without its end mark" if not buf else str(error)
            raise tarfile.SubsequentHeaderError(text) from error  # type: ignore[attr-defined]  # not in its stubs


def _next_entry(tar: tarfile.TarFile, source: Source) -> tarfile.TarInfo | None:
    unread = max(0, tar.offset - tar.fileobj.tell())
    source.allow(unread + _TAR_HEADER + CHUNK)
    entry = tar.next()
    source.allow(None)
    tar.members = []  # type: ignore[attr-defined]  # else every header stays in memory
    tar.pax_headers.clear()  # type: ignore[attr-defined]  # global ones pile up, and name nothing that is read here
    return entry


class _DirectoryGuard:
    """A zip file whose directory, which zipfile reads at once, is bounded."""

    def __init__(self, file: IO[bytes], bound: int) -> None:
        self._file = file
        self.bound: int | None = bound
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, size: int = -1) -> bytes:
        if self.bound is not None and size > self.bound:
            raise LimitError(f"has a zip directory of {size} bytes")
        return self._file.read(size)


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(entry.external_attr >> 16)


def _zip_fault(entry: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFLNK):
        return "device, pipe or entry of unknown type"
    if entry.flag_bits & _ENCRYPTED:
        return "encrypted"
    # The module's readers for bzip2 and LZMA hold unbounded memory.
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        names: dict[int, str] = zipfile.compressor_names  # type: ignore[attr-defined]  # unknown to the stubs
        return f"unsupported zip compression {names.get(entry.compress_type, entry.compress_type)}"
    return ""


def _member_path(prefix: str, name: str) -> tuple[str, str]:
    """(name as it is shown, why it is refused or ``""``)."""
    path = "/".join(part for part in _printable(name).split("/") if part not in ("", "."))
    shown = (prefix + path)[:_NAME_LENGTH]
    if "\0" in name:
        return shown, "name with NUL"
    if name.startswith("/"):
        return shown, "absolute path"
    if _DRIVE.match(path):
        return shown, "path with a drive"
    if ".." in path.split("/"):
        return shown, "path leads out of the archive"
    if len(prefix + path) > _NAME_LENGTH:
        return shown, f"name longer than {_NAME_LENGTH} characters"
    return shown, "" if path else "no name"


def _printable(name: str) -> str:
    """`name` as text that every database takes: no NUL, no half of a surrogate pair."""
    return name.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _reason(error: Exception) -> str:
    return _printable(str(error) or type(error).__name__)[:300]
