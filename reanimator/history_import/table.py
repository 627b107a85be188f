"""Reads tables of comma-separated values, also compressed by gzip, as streams: the header says what is what."""

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from reanimator.history_import.outcome import Rejected

_GZIP = b"\x1f\x8b"
_SEPARATORS = ",;\t"
_DAMAGED = "\N{REPLACEMENT CHARACTER}"


class UnreadableTable(Exception):
    """The table as a whole cannot be taken: what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row by the names of its columns, trimmed; columns that the table does not have are ``""``."""

    file: str
    line: int
    values: dict[str, str]

    def rejected(self, reason: str) -> Rejected:
        """The row as one that is not taken."""
        return Rejected(self.file, self.line, reason, tuple(self.values.values()))


class Table:
    """A table that is being read: iterate for its rows, and for what is wrong with those that cannot be read."""

    def __init__(self, path: Path, source: BinaryIO, columns: Sequence[str], required: Sequence[str]) -> None:
        self.name = path.name
        self._source = source
        self._columns = columns
        start = source.read(2)
        source.seek(0)
        plain: BinaryIO = gzip.GzipFile(fileobj=source) if start == _GZIP else source  # type: ignore[assignment]  # it reads as one
        self._text = io.TextIOWrapper(plain, encoding="utf-8-sig", errors="replace", newline="")
        self._header = self._read_header(required)

    def _read_header(self, required: Sequence[str]) -> list[str]:
        line = self._text.readline()
        separator = max(_SEPARATORS, key=line.count)
        self._rows = csv.reader(self._text, delimiter=separator)
        header = [name.strip().lower() for name in next(csv.reader([line], delimiter=separator), [])]
        problems = [
            *(f"column {name} is missing" for name in required if name not in header),
            *(f"column {name!r} is not known" for name in header if name not in self._columns),
            *(f"column {name} stands there twice" for name in sorted(set(header)) if header.count(name) > 1),
        ]
        if problems:
            raise UnreadableTable(f"{self.name}: {'; '.join(problems)}. Known columns: {', '.join(self._columns)}.")
        return header

    @property
    def bytes_read(self) -> int:
        """How much of the file was read so far."""
        return self._source.tell()

    def __iter__(self) -> Iterator[Row | Rejected]:
        line = 2
        while True:
            try:
                cells = next(self._rows)
            except StopIteration:
                return
            except csv.Error as problem:
                yield Rejected(self.name, line, f"It cannot be read: {problem}.")
            except (EOFError, OSError) as problem:
                raise UnreadableTable(f"{self.name} breaks off after line {line - 1}: {problem}") from problem
            else:
                if cells:
                    yield self._row(line, cells)
            line = 2 + self._rows.line_num

    def _row(self, line: int, cells: list[str]) -> Row | Rejected:
        if len(cells) != len(self._header):
            reason = f"It has {len(cells)} cells where the header has {len(self._header)}."
            return Rejected(self.name, line, reason, tuple(cells))
        row = Row(self.name, line, dict.fromkeys(self._columns, ""))
        row.values.update(zip(self._header, map(str.strip, cells), strict=True))
        if any(_DAMAGED in cell for cell in cells):
            return row.rejected("It is not UTF-8 text.")
        return row


@contextmanager
def open_table(path: Path, columns: Sequence[str], required: Sequence[str]) -> Iterator[Table]:
    """The table in the file; raises `UnreadableTable` where there is none, or it lacks what is required."""
    try:
        source = path.open("rb")
    except OSError as problem:
        raise UnreadableTable(f"{path}: {problem.strerror}") from problem
    with source:
        yield Table(path, source, columns, required)
