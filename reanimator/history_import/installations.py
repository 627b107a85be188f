"""Takes in rows of installations: people's word that a component was put in, and taken out."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from reanimator.history_import.outcome import Rejected
from reanimator.history_import.parts import describe_assets, find_assets, find_components
from reanimator.history_import.rows import ToldStay
from reanimator.history_import.stays import Contradiction, News, Stay, add
from reanimator.history_import.table import Row
from registry.domain.vocabulary import RemovalReason
from registry.models.bulk import insert_rows, pieces
from registry.transactions import again_on_deadlock
from timeline.models import Assertion, RemovalWord
from timeline.services import Asserted, assert_many, note_changes

Told = tuple[Row, ToldStay]


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of rows: those that contradict what is known, and how many of the others came to what.

    Of these, `open_in`: the assets in which a component still is. `newest`: the newest of their times, if any.
    """

    rejected: Sequence[Rejected]
    counts: Counter[str]
    open_in: set[int]
    newest: datetime | None


def store_stays(told: Sequence[Told], *, now: datetime) -> Stored:
    """Takes in what the rows tell, all in one transaction."""
    if not told:
        return Stored((), Counter(), set(), None)
    batch = _store(told, now)
    counts = Counter({_WORDS[news]: count for news, count in batch.counts.items()})
    return Stored(batch.rejected, counts, batch.open_in, max(batch.times, default=None))


# Who says that a reason is not known says nothing: a failure shortly before, or a ticket, may tell it.
_TELLING = frozenset({RemovalReason.FAILED.value, RemovalReason.PLANNED.value})
_WORD = ("component", "asset", "at", "reason", "recorded_at")
_WORDS = {News.ALL: "added", News.END: "changed", News.NOTHING: "unchanged"}


class _Batch:
    """What becomes of the rows, while they are looked at one after the other."""

    def __init__(self, known: dict[int, list[Stay]]) -> None:
        self.known = known
        self.words: list[Asserted] = []
        self.reasons: list[tuple[int, int, datetime, str]] = []  # component, asset, when, why
        self.rejected: list[Rejected] = []
        self.counts: dict[News, int] = defaultdict(int)
        self.open_in: set[int] = set()
        self.times: set[datetime] = set()

    def take(self, row: Row, told: ToldStay, component: int, asset: int) -> None:
        """Adds a row to the history of its component, or rejects it."""
        stay = Stay(asset, told.asset, told.slot, told.start, told.end)
        try:
            news, self.known[component] = add(stay, self.known[component])
        except Contradiction as problem:
            self.rejected.append(row.rejected(str(problem)))
            return
        self.counts[news] += 1
        self.times |= {stay.start, stay.end or stay.start}
        if stay.end is None:
            self.open_in.add(asset)
        if news is News.ALL:
            self.words.append(Asserted(Assertion.Act.INSTALL, component, asset, stay.slot, stay.start))
        if news is not News.NOTHING and stay.end is not None:
            self.words.append(Asserted(Assertion.Act.REMOVE, component, asset, stay.slot, stay.end))
            if told.reason in _TELLING:
                self.reasons.append((component, asset, stay.end, told.reason))


@again_on_deadlock
def _store(told: Sequence[Told], now: datetime) -> _Batch:
    with transaction.atomic():
        stays = [stay for _, stay in told]
        components = find_components(stays)
        assets = find_assets(stays)
        batch = _Batch(_known_stays(components.ids.values()))
        for row, stay in told:
            if stay.part in components.problems:
                batch.rejected.append(row.rejected(components.problems[stay.part]))
                continue
            batch.take(row, stay, components.ids[stay.part], assets[stay.asset, stay.asset_vendor])
        describe_assets(stays, assets)
        if batch.words:
            assert_many(batch.words, now=now)
            insert_rows(RemovalWord, _WORD, [(*reason, now) for reason in batch.reasons])
            note_changes(components={reason[0] for reason in batch.reasons})
        return batch


def _known_stays(components: Collection[int]) -> dict[int, list[Stay]]:
    """What people said before of where those components sat."""
    stays: dict[int, list[Stay]] = defaultdict(list)
    for some in pieces(set(components)):
        words = Assertion.objects.filter(component__in=some).order_by("at", "-act", "id")
        for key, act, asset, name, slot, at in words.values_list(
            "component_id", "act", "asset_id", "asset__serial", "slot", "at"
        ):
            before = stays[key][-1] if stays[key] else None
            if before is not None and before.end is None and (act == Assertion.Act.INSTALL or asset == before.asset):
                stays[key][-1] = Stay(before.asset, before.name, before.slot, before.start, at)
            if act == Assertion.Act.INSTALL:
                stays[key].append(Stay(asset, name, slot, at, None))
    return stays
