"""What becomes of each member of a bundle, and of the bundle."""

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from ingest.domain.report import AssetClaim, Member, MemberError, Report, SerialClaim, Sighting
from ingest.models import Bundle, Observation, Snapshot
from ingest.parsers import registry
from ingest.parsers.document import DocumentParser
from ingest.parsers.interface import Parser, TreeParser
from ingest.parsers.registry import ParserProblem, all_parsers
from reanimator import pipeline
from tests.ingest.deliveries import NOW, deliver, document, outcomes, smartctl, tar_of
from timeline.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]

GOOD = document("SRV-A", "DSK-1")
BROKEN = b'{"format": "reanimator/v1", "components": [{"type": "disk", "serial": "DSK-2"'
FOREIGN = b"Rack 7, visited on Monday\n"


# outcomes


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({"a.json": GOOD}, "parsed"),
        ({"a.json": GOOD, "notes.txt": FOREIGN}, "parsed"),
        ({"a.json": GOOD, "b.json": BROKEN}, "partial"),
        ({"b.json": BROKEN}, "failed"),
        ({"b.json": BROKEN, "notes.txt": FOREIGN}, "failed"),
        ({"notes.txt": FOREIGN}, "unrecognised"),
        ({}, "unrecognised"),
    ],
)
def test_a_bundles_status_says_how_much_of_it_was_read(files: dict[str, bytes], status: str) -> None:
    bundle = deliver(tar_of(files))

    assert (bundle.status, bundle.parsed_at is None, bundle.attempts) == (status, False, 0)


def test_every_member_has_an_outcome_of_its_own() -> None:
    bundle = deliver(tar_of({"a.json": GOOD, "b.json": BROKEN, "notes.txt": FOREIGN}))

    rows = bundle.files.order_by("id").values_list(
        "name", "size", "outcome", "parser", "parser_version", "observations"
    )
    assert list(rows) == [
        ("a.json", len(GOOD), "parsed", "document", DocumentParser.version, 1),
        ("b.json", len(BROKEN), "failed", "document", DocumentParser.version, 0),
        ("notes.txt", len(FOREIGN), "ignored", "", None, 0),
    ]


def test_what_failed_says_what_and_where() -> None:
    bundle = deliver(tar_of({"a.json": GOOD, "b.json": BROKEN}))

    (errors,) = bundle.files.filter(outcome="failed").values_list("errors", flat=True)
    assert errors == [f"not JSON: unexpected end of data at line 1 column {len(BROKEN) + 1} (byte {len(BROKEN)})"]


def test_a_file_alone_is_the_one_member_of_its_bundle() -> None:
    assert outcomes(deliver(GOOD, "db-17.json")) == {"db-17.json": "parsed"}


def test_a_bundle_without_a_name_has_a_member_named_by_its_digest() -> None:
    bundle = deliver(GOOD, "")

    assert outcomes(bundle) == {bundle.sha256: "parsed"}


def test_a_document_of_which_a_part_is_bad_gives_the_rest_and_its_bundle_is_partial() -> None:
    bundle = deliver(document("SRV-A", "DSK-1", coverage=["disk", "wheel"]))

    (member,) = bundle.files.all()
    assert (bundle.status, member.outcome, member.observations) == ("partial", "parsed", 1)
    assert member.errors == ["coverage[1]: unknown component type 'wheel'"]


def test_parsing_again_replaces_what_was_read_and_changes_no_event() -> None:
    bundle = deliver(tar_of({"a.json": GOOD, "sda.json": smartctl("DSK-9")}))
    before = list(Event.objects.order_by("position").values_list("key", flat=True))

    Bundle.objects.all().parse_again(now=NOW)
    pipeline.advance(bundle.id)

    bundle.refresh_from_db()
    assert (bundle.status, bundle.files.count()) == ("parsed", 2)
    assert (Observation.objects.count(), Snapshot.objects.count()) == (2, 1)
    assert list(Event.objects.order_by("position").values_list("key", flat=True)) == before


# parsers with faults


class Fake:
    """A parser of members called ``*.fake``."""

    name, version = "fake", 7

    def __init__(self, result: Any) -> None:
        self.result = result

    def wants(self, name: str, head: bytes) -> bool:
        return name.endswith(".fake")

    def parse(self, member: Member) -> list[Report]:
        if isinstance(self.result, Exception):
            raise self.result
        return list(self.result)


class FakeTree:
    """The same for members that are read together."""

    name, version, wants = Fake.name, Fake.version, Fake.wants

    def __init__(self, result: Any) -> None:
        self.result = result

    def read(self, member: Member) -> object:
        if isinstance(self.result, MemberError):
            raise self.result
        return member.content

    def assemble(self, members: Sequence[tuple[str, object]], broken: Sequence[str]) -> list[tuple[str, Report]]:
        return [("", report) for report in Fake(self.result).parse(Member("", b""))] if members else []


def use(monkeypatch: pytest.MonkeyPatch, parser: Parser | TreeParser) -> None:
    monkeypatch.setattr("ingest.services.parse.all_parsers", lambda: (parser, *all_parsers()))


def server(*sightings: Sighting, **fields: Any) -> Report:
    claim = AssetClaim(serials=(SerialClaim("SRV-FAKE"),))
    return Report(**{"asset": claim, "collected_at": NOW, "sightings": sightings, **fields})


FAULTS = {
    "an error of its own making": (TypeError("'NoneType' object is not subscriptable"), "TypeError"),
    "no end of itself": (RecursionError("maximum recursion depth exceeded"), "RecursionError"),
    "something else than reports": ([None], "AttributeError"),
    "a type that there is not": ([server(Sighting("wheel", serial="W1"))], "unknown component types: wheel"),
    "coverage of such a type": ([server(coverage=frozenset({"wheel"}))], "unknown component types: wheel"),
    "a health that there is not": ([server(Sighting("disk", health="fine"))], "unknown health: fine"),
    "a serial that is a number": ([server(Sighting("disk", serial=4711))], "TypeError"),  # type: ignore[arg-type]
    "a time without a zone": ([server(collected_at=datetime(2026, 3, 1))], "time without a zone"),  # noqa: DTZ001
    "a number that no database holds": ([server(Sighting("disk", measurements={"n": 1 << 80}))], "TypeError"),
}


@pytest.mark.parametrize("kind", [Fake, FakeTree])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_parser_with_a_fault_costs_its_own_member_alone(
    monkeypatch: pytest.MonkeyPatch, kind: type[Fake | FakeTree], fault: str
) -> None:
    result, told = FAULTS[fault]
    use(monkeypatch, kind(result))

    bundle = deliver(tar_of({"a.json": GOOD, "x.fake": b"x", "sda.json": smartctl("DSK-2")}))

    member = bundle.files.get(name="x.fake")
    assert outcomes(bundle) == {"a.json": "parsed", "x.fake": "failed", "sda.json": "parsed"}
    assert (bundle.status, member.parser, member.parser_version) == ("partial", "fake", 7)
    assert member.errors[0].startswith("the parser has a fault: ")
    assert told in member.errors[0]
    assert Observation.objects.count() == 2


def test_a_member_of_a_tree_that_cannot_be_read_costs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeTree(MemberError("cut off")))

    bundle = deliver(tar_of({"a.json": GOOD, "x.fake": b"x"}))

    assert bundle.files.get(name="x.fake").errors == ["cut off"]
    assert Observation.objects.count() == 1


def test_a_parser_that_breaks_on_a_look_leaves_the_member_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    class Blind(Fake):
        def wants(self, name: str, head: bytes) -> bool:
            raise KeyError(name)

    use(monkeypatch, Blind([]))

    bundle = deliver(GOOD, "a.json")

    assert (bundle.status, outcomes(bundle)) == ("partial", {"a.json": "parsed"})
    assert Observation.objects.count() == 1


# parsers of other packages


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package beside ours that offers parsers, as an installer would have put it there."""
    (tmp_path / "acme_parsers.py").write_text(
        "from ingest.domain.report import AssetClaim, Report, SerialClaim, Sighting\n"
        "class AcmeParser:\n"
        "    name, version = 'acme', 3\n"
        "    def wants(self, name, head):\n"
        "        return head.startswith(b'ACME')\n"
        "    def parse(self, member):\n"
        "        claim = AssetClaim(serials=(SerialClaim('SRV-ACME'),))\n"
        "        return [Report(claim, sightings=(Sighting('fan', serial=member.text[5:].strip()),))]\n"
        "class NoParser:\n"
        "    pass\n"
    )
    metadata = tmp_path / "acme_parsers-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-parsers\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[reanimator.parsers]\nacme = acme_parsers:AcmeParser\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    all_parsers.cache_clear()
    yield metadata
    all_parsers.cache_clear()
    sys.modules.pop("acme_parsers", None)


def test_parsers_of_other_packages_are_found_and_asked_after_our_own(package: Path) -> None:
    *own, other = all_parsers()

    assert {type(parser).__module__.split(".")[0] for parser in own} == {"ingest"}
    assert (own[0].name, other.name) == ("document", "acme")


def test_what_another_packages_parser_reads_is_kept_like_all_else(package: Path) -> None:
    bundle = deliver(tar_of({"fans.acme": b"ACME FAN-0042\n"}))

    member, observation = bundle.files.get(), Observation.objects.get()
    assert (member.parser, member.parser_version, member.outcome) == ("acme", 3, "parsed")
    assert (observation.lookup, observation.asset and observation.asset.serial) == ("fan:FAN-0042", "SRV-ACME")


def test_an_entry_point_that_gives_no_parser_is_refused_by_name(package: Path) -> None:
    (package / "entry_points.txt").write_text("[reanimator.parsers]\nacme = acme_parsers:NoParser\n")

    with pytest.raises(ParserProblem, match=r"'acme' \(acme_parsers:NoParser\)"):
        all_parsers()


def test_entry_points_are_asked_by_name_whatever_their_order(monkeypatch: pytest.MonkeyPatch, package: Path) -> None:
    entries = [EntryPoint(name, "acme_parsers:AcmeParser", registry.GROUP) for name in ("b", "a")]
    monkeypatch.setattr(registry, "entry_points", lambda **_: entries)
    loaded: list[str] = []

    def load(entry: EntryPoint) -> Callable[[], Fake]:
        loaded.append(entry.name)
        return lambda: Fake([])

    monkeypatch.setattr(EntryPoint, "load", load)

    all_parsers()

    assert loaded == ["a", "b"]
