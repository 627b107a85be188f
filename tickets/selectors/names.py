"""Finds what tickets and failures name: a fixed number of queries, however many names there are."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min, QuerySet

from ingest.models import Snapshot
from registry.domain.identity import serial_lookup, vendor_key
from registry.domain.vocabulary import ComponentType
from registry.models import Asset, Component, Project
from registry.selectors import bound_names, vendor_aliases
from tickets.domain.naming import Candidate, Name, choose
from tickets.domain.vocabulary import NameKind
from tickets.models import TicketLink

Found = tuple[str, str, str, Candidate]  # name, vendor, component type, candidate

_MOST_AT_ONCE = 10_000


class Directory:
    """The known things that bear the names it was made for."""

    def __init__(self, names: Iterable[Name]) -> None:
        wanted = set(names)
        self._candidates: dict[Name, list[Candidate]] = {}
        for kind, find in _FINDERS.items():
            of_kind = [name for name in wanted if name.by == kind]
            if of_kind:
                self._candidates.update(_matched(of_kind, find))

    def candidates(self, name: Name | None) -> Sequence[Candidate]:
        """The things that bear the name, lowest id first; none without a name."""
        return self._candidates.get(name, ()) if name else ()

    def find(self, name: Name | None, moment: datetime) -> int | None:
        """The id of the one meant at `moment`, or None where there is none or that cannot be told."""
        found = choose(self.candidates(name), moment)
        return found.id if found else None


def _matched(
    names: Sequence[Name], find: Callable[[Collection[str]], Iterator[Found]]
) -> Iterator[tuple[Name, list[Candidate]]]:
    by_text: dict[str, list[tuple[str, str, Candidate]]] = defaultdict(list)
    for text, vendor, component_type, candidate in _in_parts(find, {name.name for name in names}):
        by_text[text].append((vendor, component_type, candidate))
    told = {vendor_key(name.vendor) for name in names if name.vendor}
    known = {vendor_key(vendor) for rows in by_text.values() for vendor, _, _ in rows} if told else set()
    aliases = vendor_aliases(told | known)

    def folded(vendor: str) -> str:
        key = vendor_key(vendor)
        return vendor_key(aliases.get(key, key))

    for name in names:
        rows = [row for row in by_text.get(name.name, ()) if name.component_type in ("", row[1])]
        if name.vendor:
            own = [row for row in rows if folded(row[0]) == folded(name.vendor)]
            rows = own or [row for row in rows if not row[0]]
        yield name, sorted((candidate for _, _, candidate in rows), key=lambda one: one.id)


def _in_parts(find: Callable[[Collection[str]], Iterator[Found]], texts: Collection[str]) -> Iterator[Found]:
    ordered = sorted(texts)
    for start in range(0, len(ordered), _MOST_AT_ONCE):
        yield from find(ordered[start : start + _MOST_AT_ONCE])


def _projects(codes: Collection[str]) -> Iterator[Found]:
    for key, code in Project.objects.filter(code__in=codes).values_list("id", "code"):
        yield code, "", "", Candidate(key)


def _assets_by_serial(serials: Collection[str]) -> Iterator[Found]:
    yield from _assets(Asset.objects.filter(serial__in=serials), "serial")
    asked = {f"asset:{serial}": serial for serial in serials}
    bound = bound_names(asked)
    others = {lookup.removeprefix("asset:") for names in bound.values() for lookup in names}
    for serial, _, _, candidate in _assets(Asset.objects.filter(serial__in=others), "serial"):
        # Whichever vendor: an operator said that they are one.
        yield from ((asked[name], "", "", candidate) for name, names in bound.items() if f"asset:{serial}" in names)


def _assets_by_tag(tags: Collection[str]) -> Iterator[Found]:
    return _assets(Asset.objects.filter(tag__in=tags), "tag")


def _assets(rows: "QuerySet[Asset]", column: str) -> Iterator[Found]:
    known = rows.filter(merged_into__isnull=True).order_by()
    for text, key, vendor, first, last in known.values_list(column, "id", "vendor", "first_seen_at", "last_seen_at"):
        yield text, vendor, "", Candidate(key, first, last)


def _assets_by_hostname(hostnames: Collection[str]) -> Iterator[Found]:
    """Assets that bear the host names, or once did."""
    asked: dict[str, set[str]] = defaultdict(set)
    for name in hostnames:
        asked[name.lower()].add(name)
    seen: dict[tuple[int, str], tuple[str, Candidate]] = {}
    for key, hostname, vendor, candidate in _bearers(hostnames):
        known = seen.get((key, hostname.lower()))
        seen[key, hostname.lower()] = (vendor, _joined(known[1], candidate) if known else candidate)
    for (_, name), (vendor, candidate) in seen.items():
        yield from ((one, vendor, "", candidate) for one in asked[name])


def spellings_of(hostname: str) -> set[str]:
    """The likely spellings of a host name.

    Case does not matter in one. MariaDB's index knows that, SQLite's does not: there we ask for these, and take no
    others anywhere, so that both give the same.
    """
    return {hostname, hostname.lower(), hostname.upper(), hostname.capitalize()}


def _bearers(hostnames: Collection[str]) -> Iterator[tuple[int, str, str, Candidate]]:
    """Asset, host name as it is kept, vendor and candidate: from the assets as they are, and from what was seen."""
    spellings = {spelling for name in hostnames for spelling in spellings_of(name)}
    now = Asset.objects.filter(hostname__in=spellings, merged_into__isnull=True).order_by()
    for key, hostname, vendor in now.values_list("id", "hostname", "vendor"):
        if hostname in spellings:
            yield key, hostname, vendor, Candidate(key)
    told = Snapshot.objects.evidence().filter(hostname__in=spellings, asset__merged_into__isnull=True).order_by()
    periods = told.values_list("asset_id", "hostname", "asset__vendor", "asset__hostname")
    for key, hostname, vendor, current, first, last in periods.annotate(Min("collected_at"), Max("collected_at")):
        if hostname in spellings:
            gone = current.lower() not in ("", hostname.lower())
            yield key, hostname, vendor, Candidate(key, first, last, gone)


def _joined(one: Candidate, other: Candidate) -> Candidate:
    """What two spellings of a name tell of one asset."""
    firsts = [first for first in (one.first, other.first) if first]
    lasts = [last for last in (one.last, other.last) if last]
    return Candidate(one.id, min(firsts, default=None), max(lasts, default=None), gone=one.gone and other.gone)


def _components_by_serial(serials: Collection[str]) -> Iterator[Found]:
    yield from _components(Component.objects.filter(serial__in=serials), "serial")
    yield from _merged({serial_lookup(kind, serial): serial for serial in serials for kind in ComponentType})


def _components_by_lookup(lookups: Collection[str]) -> Iterator[Found]:
    yield from _components(Component.objects.filter(lookup__in=lookups), "lookup")
    yield from _merged({lookup: lookup for lookup in lookups})


def _merged(asked: Mapping[str, str]) -> Iterator[Found]:
    """The components that an operator said bear another name too. `asked`: what was asked for, by lookup."""
    bound = bound_names(asked.keys())
    others = {lookup for names in bound.values() for lookup in names}
    for lookup, _, kind, candidate in _components(Component.objects.filter(lookup__in=others), "lookup"):
        yield from ((asked[name], "", kind, candidate) for name, names in bound.items() if lookup in names)


def _components(rows: "QuerySet[Component]", column: str) -> Iterator[Found]:
    known = rows.filter(merged_into__isnull=True).order_by()
    columns = ("id", "vendor", "type", "first_seen_at", "last_seen_at")
    for text, key, vendor, kind, first, last in known.values_list(column, *columns):
        yield text, vendor, kind, Candidate(key, first, last)


_FINDERS: dict[str, Callable[[Collection[str]], Iterator[Found]]] = {
    NameKind.PROJECT: _projects,
    NameKind.ASSET_SERIAL: _assets_by_serial,
    NameKind.ASSET_TAG: _assets_by_tag,
    NameKind.ASSET_HOSTNAME: _assets_by_hostname,
    NameKind.COMPONENT_SERIAL: _components_by_serial,
    NameKind.COMPONENT_LOOKUP: _components_by_lookup,
}


@dataclass(frozen=True, slots=True)
class Meant:
    """A thing that a link may mean, and when it was seen to bear the name."""

    thing: Project | Asset | Component
    candidate: Candidate


_MODELS: dict[str, type[Project] | type[Asset] | type[Component]] = {
    "project": Project,
    "asset": Asset,
    "component": Component,
}


def meant_by(links: Collection[TicketLink]) -> dict[int, list[Meant]]:
    """For each link the known things that bear the name it gives."""
    names = {link.pk: Name(link.by, link.name, link.component_type, link.vendor) for link in links}
    directory = Directory(names.values())
    wanted: dict[str, set[int]] = defaultdict(set)
    for name in names.values():
        wanted[name.target].update(one.id for one in directory.candidates(name))
    things = {
        (kind, key): thing
        for kind, keys in wanted.items()
        for key, thing in _MODELS[kind].objects.in_bulk(keys).items()
    }
    return {
        key: [Meant(things[name.target, one.id], one) for one in directory.candidates(name)]
        for key, name in names.items()
    }
