"""Forward-only streams that cost a bounded amount of memory, whatever bytes they are made of."""

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable
from typing import Any, Protocol

import zstandard

CHUNK = 64 * 1024
_HEAD = 512  # enough to tell every format: a tar header is one such block
_XZ_MEMORY = 128 << 20  # `xz -9` needs 65 MiB
_ZST_WINDOW = 128 << 20  # as the command line tool without --long
_ZST_INPUT = 512  # see _Zst


class LimitError(Exception):
    """A limit that ends the reading of the whole bundle; the message names it."""


class Readable(Protocol):
    """What can be read from front to back."""

    def read(self, size: int, /) -> bytes:
        """At most about `size` bytes, none at the end."""
        ...


class Source:
    """A stream whose first bytes can be looked at (`head`) before it is read.

    `charge` is told of every byte that came out of `raw`. `size`: how long the stream says it is, if it does.
    """

    def __init__(self, raw: Readable, charge: Callable[[int], None] | None = None, size: int | None = None) -> None:
        self._raw = raw
        self._charge = charge
        self._allowance: int | None = None
        self.size = size
        self.head = self._fill(_HEAD)
        self._pending = self.head

    def read(self, size: int) -> bytes:
        """At most about `size` bytes, none at the end."""
        if self._pending:
            data, self._pending = self._pending[:size], self._pending[size:]
            return data
        return self._pull(size)

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, fewer only at the end; they are still there to be read."""
        if len(self._pending) < size:
            self._pending += self._fill(size - len(self._pending))
        return self._pending[:size]

    def allow(self, size: int | None) -> None:
        """Let no more than `size` further bytes be read before the next call; None lifts that."""
        self._allowance = size

    def read_all(self, limit: int) -> bytes | None:
        """Everything, or None when it is longer than `limit`."""
        if self.size is not None and self.size > limit:
            return None
        content = io.BytesIO()  # getvalue() does not copy
        while data := self.read(CHUNK):
            content.write(data)
            if content.tell() > limit:
                return None
        return content.getvalue()

    def drain(self) -> int:
        """Read to the end, so that a checksum there is checked; gives how much there was."""
        size = 0
        while data := self.read(CHUNK):
            size += len(data)
        return size

    def _pull(self, size: int) -> bytes:
        data = self._raw.read(size)
        if self._charge:
            self._charge(len(data))
        if self._allowance is not None:
            self._allowance -= len(data)
            if self._allowance < 0:
                raise tarfile.ReadError("header too large")
        return data

    def _fill(self, size: int) -> bytes:
        head = b""
        while len(head) < size and (data := self._pull(size - len(head))):
            head += data
        return head


def archive_kind(head: bytes) -> str | None:
    """``zip``, ``tar``, ``gz``, ``xz``, ``zst`` or ``bz2`` for content that starts with `head`; None for all else."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\x1f\x8b\x08"):
        return "gz"
    if head.startswith(b"\xfd7zXZ\x00"):
        return "xz"
    if head.startswith(b"\x28\xb5\x2f\xfd") or (head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50):
        return "zst"
    if head.startswith(b"BZh") and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90"):
        return "bz2"
    return "tar" if _starts_tar(head) else None


def _starts_tar(head: bytes) -> bool:
    if head[257:262] == b"ustar":
        return True
    try:  # tar of old has no magic, but a checksum
        tarfile.TarInfo.frombuf(head, "utf-8", "replace")
    except (tarfile.TarError, ValueError):
        return False
    return True


def decompress(kind: str, packed: Readable) -> Readable:
    """What `packed`, a stream compressed by `kind`, unpacks to. Reading raises many kinds of exception."""
    file: Any = packed  # the library's types ask for a whole file, its code for read()
    if kind == "gz":
        return _Prompt(gzip.GzipFile(fileobj=file, mode="rb"))
    if kind == "bz2":
        return _Prompt(bz2.BZ2File(file, mode="rb"))
    return _Xz(packed) if kind == "xz" else _Zst(packed)


class _Prompt:
    """Gives what a decompressor has before it meets what is broken; its own read() would give nothing at all."""

    def __init__(self, file: gzip.GzipFile | bz2.BZ2File) -> None:
        self._file = file

    def read(self, size: int, /) -> bytes:
        return self._file.read1(size)


class _Xz:
    """Unpacks .xz, also of several streams. `lzma.LZMAFile` would not bound the memory that a header asks for."""

    def __init__(self, packed: Readable) -> None:
        self._packed = packed
        self._pending = b""
        self._decoder = self._fresh()

    @staticmethod
    def _fresh() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)

    def read(self, size: int, /) -> bytes:
        while True:
            if self._decoder.eof and not self._next_stream():
                return b""
            packed = b""
            if self._decoder.needs_input:
                packed, self._pending = self._pending or self._packed.read(CHUNK), b""
                if not packed:
                    raise EOFError("compressed data ends too early")
            if data := self._decoder.decompress(packed, size):
                return data

    def _next_stream(self) -> bool:
        rest = self._decoder.unused_data
        while not (rest := rest.lstrip(b"\0")):  # padding between streams
            rest = self._packed.read(CHUNK)
            if not rest:
                return False
        self._decoder, self._pending = self._fresh(), rest
        return True


class _Zst:
    """Unpacks .zst, also of several frames.

    zstandard's own stream_reader takes truncated data for complete. Its decompressobj does not, but has no
    bound on what one call gives back: a block of 4 bytes unpacks to at most 128 KiB, so small bites are the bound.
    """

    def __init__(self, packed: Readable) -> None:
        self._packed = packed
        self._rest = b""
        self._decoder = self._fresh()
        self._inside = False

    @staticmethod
    def _fresh() -> Any:  # zstandard keeps the class to itself
        return zstandard.ZstdDecompressor(max_window_size=_ZST_WINDOW).decompressobj()

    def read(self, size: int, /) -> bytes:
        while True:
            bite = self._bite()
            if not bite:
                if self._inside:
                    raise EOFError("compressed data ends too early")
                return b""
            self._inside = True
            data: bytes = self._decoder.decompress(bite)
            if self._decoder.eof:
                self._rest = self._decoder.unused_data + self._rest
                self._decoder, self._inside = self._fresh(), False
            if data:
                return data

    def _bite(self) -> bytes:
        self._rest = self._rest or self._packed.read(_ZST_INPUT)
        bite, self._rest = self._rest[:_ZST_INPUT], self._rest[_ZST_INPUT:]
        return bite
