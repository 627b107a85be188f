"""Where bundle bytes live: what every kind of storage offers, and the folder; the bucket is in `ingest.bucket`."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol, cast

import structlog
from django.core.files.storage import FileSystemStorage, storages

PIECE = 1 << 20
INCOMING = "incoming"
READINESS = "readiness"

log = structlog.get_logger(__name__)


class DamagedBundle(Exception):
    """The bytes in the storage are not those that came: trying again does not help, sending the bundle again does."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"the stored bytes of {sha256} are damaged")
        self.sha256 = sha256


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the storage and when it was written."""

    name: str
    modified_at: datetime


class BundleStore(Protocol):
    """What a storage for bundle bytes offers. Names are those of `storage_name`."""

    def arrival(self) -> AbstractContextManager[IO[bytes]]:
        """A file for bytes that are on their way in; it is gone afterwards, unless it was kept."""
        ...

    def keep(self, file: IO[bytes], name: str) -> None:
        """Makes the bytes of an arrival durable under `name`, all at once; what was there gives way to them.

        May be called again, should they have been removed since.
        """
        ...

    def holds(self, name: str, size: int) -> bool:
        """Whether so many bytes are kept under `name`."""
        ...

    def stream(self, name: str) -> IO[bytes]:
        """The bytes from front to back, unchecked; raises `FileNotFoundError`."""
        ...

    def seekable(self, name: str) -> IO[bytes]:
        """The bytes as a local file, unchecked; raises `FileNotFoundError`."""
        ...

    def kept(self, folder: str = "") -> Iterator[Kept]:
        """All files there are, or are in that folder, also such as are no bundles."""
        ...

    def remove(self, name: str, before: datetime) -> bool:
        """Removes the file, unless it was written at `before` or later; tells whether it did."""
        ...

    def tidy(self, before: datetime, *, dry_run: bool) -> int:
        """Removes what broke off on its way in and was not touched since `before`; gives how many that are."""
        ...


class BundleFolder(FileSystemStorage):
    """A local folder whose files are written once, completely, or not at all."""

    @contextmanager
    def arrival(self) -> Iterator[IO[bytes]]:
        """A file on the same file system, so that it can be moved to its name."""
        folder = Path(self.base_location) / INCOMING
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            try:
                yield file
            finally:
                Path(file.name).unlink(missing_ok=True)

    def keep(self, file: IO[bytes], name: str) -> None:
        """Moves the arrived file to `name` and makes it durable."""
        _make_durable(file)
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            Path(file.name).replace(target)
        except FileNotFoundError:  # kept before, and removed since; what is still open still has its bytes
            with self.arrival() as copy:
                file.seek(0)
                shutil.copyfileobj(file, copy, PIECE)
                _make_durable(copy)
                Path(copy.name).replace(target)
        _sync_folder(target.parent)

    def holds(self, name: str, size: int) -> bool:
        """Whether so many bytes are kept under `name`."""
        try:
            return Path(self.path(name)).stat().st_size == size
        except FileNotFoundError:
            return False

    def stream(self, name: str) -> IO[bytes]:
        """The file itself."""
        return Path(self.path(name)).open("rb")

    seekable = stream

    def kept(self, folder: str = "") -> Iterator[Kept]:
        """All files, or those in that folder, but for those on their way in."""
        for path in _files(Path(self.base_location) / folder):
            name = path.relative_to(self.base_location).as_posix()
            if not name.startswith(f"{INCOMING}/") and (modified_at := _modified_at(path)):
                yield Kept(name, modified_at)

    def remove(self, name: str, before: datetime) -> bool:
        """Removes the file, unless it was written at `before` or later; tells whether it did."""
        path = Path(self.path(name))
        modified_at = _modified_at(path)
        if modified_at is None or modified_at >= before:
            return False
        path.unlink(missing_ok=True)
        return True

    def tidy(self, before: datetime, *, dry_run: bool) -> int:
        """Removes arrivals whose process died: nobody has written to them since `before`."""
        found = 0
        for path in _files(Path(self.base_location) / INCOMING):
            modified_at = _modified_at(path)
            if modified_at is not None and modified_at < before:
                found += 1
                if not dry_run:
                    path.unlink(missing_ok=True)
        return found


def _make_durable(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _files(folder: Path) -> Iterator[Path]:
    for inside, _, names in os.walk(folder):
        yield from (Path(inside) / name for name in names)


def _modified_at(path: Path) -> datetime | None:
    """None when it has gone meanwhile."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def bundle_storage() -> BundleStore:
    """The configured storage for bundle bytes."""
    return cast(BundleStore, storages["bundles"])


def storage_name(sha256: str) -> str:
    """The name under which the bytes with that digest are kept, spread over 65,536 folders."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def open_bytes(sha256: str) -> BinaryIO:
    """The bytes of the bundle with that digest, as they came; raises `DamagedBundle` or `FileNotFoundError`."""
    file: Any = bundle_storage().seekable(storage_name(sha256))
    try:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise _damage(sha256)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return cast(BinaryIO, file)


def is_sound(sha256: str) -> bool:
    """Whether the bytes of the bundle are there as they came; reads them all."""
    try:
        with closing(CheckedBytes(sha256)) as content:
            while content.read():
                pass
    except (DamagedBundle, FileNotFoundError):
        return False
    return True


class CheckedBytes:
    """The bytes of a bundle piece by piece, the last piece only when all of them were right.

    What fits into one piece is checked before anything is given out. Of a larger bundle a damaged one breaks off with
    `DamagedBundle` before its end: who was told the length knows that it did not get all.
    """

    def __init__(self, sha256: str) -> None:
        self._sha256 = sha256
        self._digest = hashlib.sha256()
        self._raw = bundle_storage().stream(storage_name(sha256))
        self.close = self._raw.close
        try:
            self._next = self._pull()
        except BaseException:
            self.close()
            raise

    def read(self, _size: int = PIECE) -> bytes:
        """The next piece, of whatever size; nothing at the end."""
        piece = self._next
        if piece:
            self._next = self._pull()
        return piece

    def _pull(self) -> bytes:
        piece = b""
        while len(piece) < PIECE and (more := self._raw.read(PIECE - len(piece))):
            piece += more
        self._digest.update(piece)
        if len(piece) < PIECE and self._digest.hexdigest() != self._sha256:
            raise _damage(self._sha256)
        return piece


def _damage(sha256: str) -> DamagedBundle:
    log.error("bundle_damaged", sha256=sha256)
    return DamagedBundle(sha256)
