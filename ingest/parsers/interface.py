"""What a parser is. Other packages add parsers through the entry-point group ``reanimator.parsers``."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from ingest.domain.report import Member, Report


@runtime_checkable
class Parser(Protocol):
    """Turns one member of a bundle into reports.

    `version` grows with every change that may alter what comes out, so that bundles can be parsed again.
    """

    name: str
    version: int

    def wants(self, name: str, head: bytes) -> bool:
        """Whether this parser reads the member of that path whose content starts with `head` (4 KiB at most)."""
        ...

    def parse(self, member: Member) -> list[Report]:
        """The reports in `member`; raises `MemberError` when it cannot be read at all."""
        ...


@runtime_checkable
class TreeParser(Protocol):
    """Turns many members together into reports: formats whose facts are spread over files that refer to each other."""

    name: str
    version: int

    def wants(self, name: str, head: bytes) -> bool:
        """As for `Parser`."""
        ...

    def read(self, member: Member) -> object:
        """A plain value kept until all members are read; raises `MemberError` when the member is broken."""
        ...

    def assemble(self, members: Sequence[tuple[str, object]], broken: Sequence[str]) -> list[tuple[str, Report]]:
        """(path of the folder or file it speaks of, report) from all that `read` gave.

        `broken` names the members that failed.
        """
        ...
