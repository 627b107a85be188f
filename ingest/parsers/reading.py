"""Reads a whole bundle: each member by the parser that wants it, each with its own outcome."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, TypeVar

import structlog

from ingest.domain.archive import Limits, walk
from ingest.domain.assemble import Source
from ingest.domain.report import Member, MemberError, Report
from ingest.parsers.interface import Parser, TreeParser
from ingest.parsers.soundness import refuse_unsound

_HEAD = 4096
_MOST_PROBLEMS = 50

Result = TypeVar("Result")

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class MemberOutcome:
    """What became of one member. `outcome`: ``parsed``, ``failed`` or ``ignored``; `errors`: what and where."""

    name: str
    size: int
    outcome: str
    parser: str = ""
    parser_version: int | None = None
    observations: int = 0
    errors: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Reading:
    """All that was read from a bundle."""

    members: list[MemberOutcome] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The bundle's status: ``parsed``, ``partial``, ``failed`` or ``unrecognised``."""
        outcomes = {member.outcome for member in self.members}
        if "parsed" in outcomes:
            clean = "failed" not in outcomes and not any(member.errors for member in self.members)
            return "parsed" if clean else "partial"
        return "failed" if "failed" in outcomes else "unrecognised"


def read_bundle(stream: BinaryIO, name: str, limits: Limits, parsers: Sequence[Parser | TreeParser]) -> Reading:
    """Everything that `parsers` make of the bundle. Whatever the bytes are, this gives an answer and never raises."""
    reading = Reading()
    trees: dict[str, _Tree] = {}
    for item in walk(stream, name, limits):
        if isinstance(item, Member):
            reading.members.append(_read_member(item, parsers, trees, reading.sources))
        else:
            reading.members.append(MemberOutcome(item.name or name, 0, "failed", errors=[item.reason]))
    for tree in trees.values():
        tree.assemble(reading.sources)
    return reading


def _read_member(
    member: Member, parsers: Sequence[Parser | TreeParser], trees: dict[str, "_Tree"], sources: list[Source]
) -> MemberOutcome:
    outcome = MemberOutcome(member.name, len(member.content), "ignored")
    parser = _who_wants(member, parsers, outcome)
    if parser is None:
        return outcome
    outcome.parser, outcome.parser_version, outcome.outcome = parser.name, parser.version, "parsed"
    if isinstance(parser, TreeParser):
        trees.setdefault(parser.name, _Tree(parser)).read(member, outcome)
        return outcome
    for report in _attempt(outcome, lambda: _parse(parser, member)) or ():
        _keep(sources, outcome, parser.name, member.name, report)
    return outcome


def _parse(parser: Parser, member: Member) -> list[Report]:
    reports = parser.parse(member)
    refuse_unsound(reports)
    return reports


def _who_wants(
    member: Member, parsers: Sequence[Parser | TreeParser], outcome: MemberOutcome
) -> Parser | TreeParser | None:
    head = member.content[:_HEAD]
    for parser in parsers:
        if _attempt(outcome, lambda parser=parser: parser.wants(member.name, head)):  # type: ignore[misc]
            return parser
    return None


class _Tree:
    """What a tree parser read of a bundle so far."""

    def __init__(self, parser: TreeParser) -> None:
        self.parser = parser
        self.outcomes: dict[str, MemberOutcome] = {}
        self.fragments: list[tuple[str, object]] = []

    def read(self, member: Member, outcome: MemberOutcome) -> None:
        self.outcomes[member.name] = outcome
        fragment = _attempt(outcome, lambda: self.parser.read(member))
        if outcome.outcome == "parsed":
            self.fragments.append((member.name, fragment))

    def assemble(self, sources: list[Source]) -> None:
        """Adds the tree's reports; what they cannot tell counts against the first member they speak of."""
        broken = [name for name, outcome in self.outcomes.items() if outcome.outcome == "failed"]
        first = next(iter(self.outcomes.values()))
        for path, report in _attempt(first, lambda: self._reports(broken)) or ():
            _keep(sources, self._outcome_at(path), self.parser.name, path, report)

    def _reports(self, broken: Sequence[str]) -> list[tuple[str, Report]]:
        found = self.parser.assemble(self.fragments, broken)
        refuse_unsound([report for _, report in found])
        return found

    def _outcome_at(self, path: str) -> MemberOutcome:
        inside = (name for name in self.outcomes if name == path or name.startswith(f"{path}/") or not path)
        return self.outcomes[next(inside, next(iter(self.outcomes)))]


def _keep(sources: list[Source], outcome: MemberOutcome, parser: str, path: str, report: Report) -> None:
    sources.append(Source(path, parser, report))
    outcome.observations += len(report.sightings)
    outcome.errors.extend(report.problems[: max(0, _MOST_PROBLEMS - len(outcome.errors))])


def _attempt(outcome: MemberOutcome, act: Callable[[], Result]) -> Result | None:
    """What `act` gives; None, and a failed outcome, when it cannot."""
    try:
        return act()
    except MemberError as error:
        outcome.errors.append(str(error))
    except Exception as error:
        log.exception("parser_fault", parser=outcome.parser, member=outcome.name)
        outcome.errors.append(f"the parser has a fault: {type(error).__name__}: {error}"[:500])
    outcome.outcome = "failed"
    return None
