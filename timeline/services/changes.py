"""Notes what others must follow up, in the transaction of the change itself."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from registry.models.bulk import insert_rows
from timeline.domain.facts import PLACEMENTS
from timeline.domain.fold import Outcome
from timeline.models import Change
from timeline.services.states import Known


def note_changes(*, components: Iterable[int] = (), assets: Iterable[int] = ()) -> bool:
    """Notes that the histories of these changed; gives whether there was anything to note."""
    return _note([(key, None, 0) for key in sorted(components)] + [(None, key, 0) for key in sorted(assets)])


def note_news(asset: int) -> bool:
    """Notes that a bundle told signals of an asset; gives that there is something to follow up."""
    return _note([(None, asset, 1)])


def _note(rows: Sequence[tuple[int | None, int | None, int]]) -> bool:
    insert_rows(Change, ("component_id", "asset_id", "news_only"), rows)
    return bool(rows)


def note_moves(
    outcomes: Mapping[int, Outcome],
    components: Mapping[int, Known],
    asset_ids: Mapping[str, int],
    watched: Collection[int],
) -> bool:
    """As `note_rederived`, for those components alone that came, moved or left."""
    moved = {
        key: outcome for key, outcome in outcomes.items() if any(fact.type in PLACEMENTS for fact in outcome.facts)
    }
    return note_rederived(moved, components, asset_ids, watched)


def note_rederived(
    outcomes: Mapping[int, Outcome],
    components: Mapping[int, Known],
    asset_ids: Mapping[str, int],
    watched: Collection[int],
) -> bool:
    """As `note_changes`, for the watched ones among components that were derived anew, and among their assets."""
    concerned = {asset_ids[name] for outcome in outcomes.values() for name in _assets(outcome)} if watched else set()
    return note_changes(
        components=[key for key in outcomes if components[key].watched], assets=concerned.intersection(watched)
    )


def _assets(outcome: Outcome) -> set[str]:
    spells = {spell.asset for spell in outcome.spells}
    facts = {name for fact in outcome.facts for name in (fact.asset, fact.from_asset)}
    return (spells | facts | {outcome.state.asset}) - {""}
