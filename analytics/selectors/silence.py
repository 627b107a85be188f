"""Sums over spells that take silent assets into account without asking each spell for its asset.

Nearly all assets are heard of. So sums run over all spells as if every asset were, and the few spells in assets that
fell silent are taken off again, and added as they served.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analytics.domain.spells import FOREVER, to_moment
from analytics.domain.windows import Window
from analytics.models import Cohort, Spell
from analytics.selectors.sums import evidence_ends, greatest, groups_table, in_this_order, table
from registry.models import Asset


@dataclass(frozen=True, slots=True)
class Spells:
    """Spells `s` to be summed up: what their sums count for (1 or -1), and SQL.

    `number`: of their group. `tables`, `where`: which they are. `ended`: when they ended. `group_of`: what `rows` is
    to be given.
    """

    sign: int
    number: str
    tables: str
    where: str
    ended: str
    group_of: Mapping[int, int] | None


def served(window: Window, group_of: Mapping[int, int]) -> Iterator[Spells]:
    """All spells of those cohorts within the window, as if nothing were silent; less those that are; and these anew."""
    within = f"s.started < {window.end} AND s.ended > {window.start}"
    last = max(group_of)
    if len(group_of) < Cohort.objects.filter(id__lte=last).count():
        tables = f"{groups_table()} JOIN {table(Spell)} s ON s.cohort_id = g.cohort"
        yield Spells(1, "g.number", tables, within, "s.ended", group_of)
    elif len(set(group_of.values())) == 1:
        number = str(group_of[last])
        yield Spells(1, number, f"{table(Spell)} s", f"{within} AND s.cohort_id <= {last}", "s.ended", None)
    else:
        # All are read, in the order in which they lie there; by their cohorts each would be looked for.
        tables = f"{table(Spell)} s {in_this_order()} {keyed_groups()} ON g.cohort = s.cohort_id"
        yield Spells(1, "g.number", tables, within, "s.ended", group_of)
    silent, within = silent_spells(window), f"s.started < {window.end}"
    yield Spells(-1, "g.number", silent, within, "s.ended", group_of)
    yield Spells(1, "g.number", silent, within, greatest("a.ends", "s.last_failure"), group_of)


def silent_spells(window: Window) -> str:
    """SQL: the open spells `s` in assets silent before the window's end, with `a.ends`, and their group `g`."""
    ends, before = evidence_ends("asset", window.silence), _moment(window.end - window.silence + 1)
    # What a silent asset surely is: cheap to ask, and it leaves few of which the rest is asked.
    perhaps = (
        f"(asset.last_seen_at < {before} OR asset.confirmed_at < {before} OR asset.retired_at < {_moment(window.end)})"
    )
    then = in_this_order()
    return (
        f"(SELECT asset.id, {ends} AS ends FROM {table(Asset)} asset WHERE {perhaps} AND {ends} < {window.end}) a "
        f"{then} {table(Spell)} s ON s.asset_id = a.id AND s.ended = {FOREVER} "
        f"{then} {keyed_groups()} ON g.cohort = s.cohort_id"
    )


def _moment(seconds: int) -> str:
    return f"'{to_moment(max(seconds, 0)):%Y-%m-%d %H:%M:%S}'"


def service_ends(window: Window) -> str:
    """SQL: when spell `s` ended; where it is open, so that its asset `a` is joined, until when evidence reaches."""
    reaches = greatest(evidence_ends("a", window.silence), "s.last_failure")
    return f"CASE WHEN a.id IS NULL THEN s.ended ELSE {reaches} END"


def keyed_groups(alias: str = "g") -> str:
    """As `groups_table`, for looking up one cohort: grouped, it is a table of its own, which the engine gives a key."""
    return f"(SELECT g.cohort, MIN(g.number) AS number FROM {groups_table()} GROUP BY g.cohort) {alias}"
