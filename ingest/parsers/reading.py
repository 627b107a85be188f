"""Reads a whole bundle: each member by the parser that wants it, each with its own outcome."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO, TypeVar

import structlog

from ingest.domain.archive import Limits, Link, Refused, Skipped, walk
from ingest.domain.assemble import Source
from ingest.domain.report import Member, MemberError, Report
from ingest.parsers.interface import Parser, TreeParser
from ingest.parsers.soundness import refuse_unsound

_MOST_PROBLEMS = 50

Result = TypeVar("Result")

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class MemberOutcome:
    """What became of one member. `outcome`: ``parsed``, ``failed`` or ``ignored``; `errors`: what and where.

    `note`: what an operator may ask about a member that is no failure.
    """

    name: str
    size: int
    outcome: str
    parser: str = ""
    parser_version: int | None = None
    observations: int = 0
    errors: list[str] = field(default_factory=list)
    note: str = ""


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
    choice = _Choice(parsers)
    for item in walk(stream, name, limits, choice.wants):
        match item:
            case Member():
                reading.members.append(_read_member(item, choice, trees, reading.sources))
            case Skipped():
                choice.outcome.size = item.size
                reading.members.append(choice.outcome)
            case Link():
                reading.members.append(MemberOutcome(item.name, 0, "ignored", note=f"link to {item.target}"))
            case Refused():
                reading.members.append(MemberOutcome(item.name or name, 0, "failed", errors=[item.reason]))
    for tree in trees.values():
        tree.assemble(reading.sources)
    return reading


class _Choice:
    """Which parser reads the file that the walk has come to; asked before the walk gives the file out."""

    def __init__(self, parsers: Sequence[Parser | TreeParser]) -> None:
        self._parsers = parsers
        self.parser: Parser | TreeParser | None = None
        self.outcome = MemberOutcome("", 0, "ignored")

    def wants(self, name: str, head: bytes) -> bool:
        """Whether any parser wants it."""
        self.outcome = MemberOutcome(name, 0, "ignored")
        asked = (one for one in self._parsers if _attempt(self.outcome, partial(one.wants, name, head)))
        self.parser = next(asked, None)
        return self.parser is not None


def _read_member(member: Member, choice: _Choice, trees: dict[str, "_Tree"], sources: list[Source]) -> MemberOutcome:
    outcome, parser = choice.outcome, choice.parser
    assert parser is not None  # nobody else's files are given out
    outcome.size, outcome.outcome = len(member.content), "parsed"
    outcome.parser, outcome.parser_version = parser.name, parser.version
    if isinstance(parser, TreeParser):
        trees.setdefault(parser.name, _Tree(parser)).read(member, outcome)
        return outcome
    for report in _attempt(outcome, partial(_parse, parser, member)) or ():
        _keep(sources, outcome, parser.name, member.name, report)
    return outcome


def _parse(parser: Parser, member: Member) -> list[Report]:
    reports = parser.parse(member)
    refuse_unsound(reports)
    return reports


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
    except Exception as error:  # of any parser, others' too: it costs this member and no other
        log.exception("parser_fault", parser=outcome.parser, member=outcome.name)
        outcome.errors.append(f"the parser has a fault: {type(error).__name__}: {error}"[:500])
    outcome.outcome = "failed"
    return None
