"""What `ingest` knows of a bundle, an observation and a component, on their pages."""

from typing import Any

from django.db.models import Case, Count, IntegerField, Value, When
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ingest.admin.bundles import (
    MOST_FILES,
    MOST_SNAPSHOTS,
    OUTCOME_COLOURS,
    OUTCOME_ORDER,
    bundle_page,
    held_label,
)
from ingest.admin.observations import observation_page
from ingest.models import Bundle, BundleFile, FailureSignal, Observation, Snapshot
from registry.admin.cells import (
    LINE_BREAK,
    NOTHING,
    SEVERITY_COLOURS,
    anchor,
    health_label,
    link,
    list_address,
    moment,
    word_label,
)
from registry.admin.components import component_page
from registry.admin.panels import Notice, Panel
from registry.domain.identity import identifier_of, serial_of
from registry.models import Component

MOST_OBSERVATIONS = 20
MOST_MEASUREMENTS = 12
MOST_SIGNALS = 100
MOST_ERRORS = 10


@bundle_page.panel(rank=0, permission="ingest.view_bundle")
def held_notice(bundle: Bundle) -> Notice | None:
    """What an operator must tell."""
    counts = dict(bundle.snapshots.order_by().values_list("held").annotate(Count("pk")))
    others = counts.pop(Snapshot.Held.NO, 0)
    if not counts:
        return None
    held = sum(counts.values())
    return Notice(
        format_html(
            '{} ({}): nothing is derived from {} until an operator <a href="{}" class="underline">sets that</a>.',
            f"{held} of {held + others} snapshots held back" if held + others > 1 else "Held back",
            " and ".join(sorted(Snapshot.Held(reason).label for reason in counts)),
            "it" if held == 1 else "them",
            reverse("admin:ingest_bundle_amend", args=[bundle.pk]),
        )
    )


@bundle_page.panel(rank=5, permission="ingest.view_bundle")
def given_up(bundle: Bundle) -> Notice | None:
    """Why nobody takes up the bundle's next step by himself."""
    return Notice(f"Given up: {bundle.fault}") if bundle.is_given_up else None


@bundle_page.panel(rank=10, permission="ingest.view_bundle")
def bundle_errors(bundle: Bundle) -> Notice | None:
    """What was wrong with the bundle as a whole."""
    if not bundle.errors:
        return None
    left = len(bundle.errors) - MOST_ERRORS
    return Notice(_errors([*bundle.errors[:MOST_ERRORS], *([f"and {left} more"] if left > 0 else [])]))


@bundle_page.panel(rank=20, permission="ingest.view_snapshot")
def snapshots(bundle: Bundle) -> Panel:
    """Which assets the bundle speaks of, and when."""
    rows = list(bundle.snapshots.select_related("asset").order_by("id")[:MOST_SNAPSHOTS])
    return Panel(
        title="Snapshots",
        headers=("Asset", "As printed", "Collected", "Time from", "Held", "Snapshot"),
        rows=[
            (
                link(one.asset),
                " ".join(filter(None, (one.asset_vendor, one.asset_model, one.asset_serial, one.hostname)))
                or one.path
                or "–",
                moment(one.collected_at),
                one.time_source,
                held_label(one.held),
                link(one, "open"),
            )
            for one in rows
        ],
        empty="The bundle speaks of no asset.",
        more=(list_address(Snapshot, bundle__id__exact=bundle.pk), "All snapshots"),
    )


@bundle_page.panel(rank=25, permission="ingest.view_failuresignal")
def failure_signals(bundle: Bundle) -> Panel | None:
    """The failures that the bundle tells, where it tells any."""
    told = FailureSignal.objects.filter(snapshot__bundle=bundle)
    rows = list(told.select_related("snapshot__asset", "observation__component").order_by("id")[: MOST_SIGNALS + 1])
    if not rows:
        return None
    return Panel(
        title="Failure signals",
        note=f"the first {MOST_SIGNALS}" if len(rows) > MOST_SIGNALS else str(len(rows)),
        headers=("Time", "Severity", "Mode", "Part", "Asset", "Told by", "Message"),
        rows=[
            (
                moment(one.occurred_at) if one.occurred_at else _time_of(one),
                word_label(one.severity, SEVERITY_COLOURS),
                one.mode,
                _part(one),
                link(one.snapshot.asset),
                one.parser,
                ": ".join(filter(None, (one.code, one.message))) or "–",
            )
            for one in rows[:MOST_SIGNALS]
        ],
    )


@bundle_page.panel(rank=30, permission="ingest.view_bundlefile")
def members(bundle: Bundle) -> Panel:
    """The bundle's members and what became of each, failed ones first."""
    ranks = [When(outcome=outcome, then=Value(rank)) for rank, outcome in enumerate(OUTCOME_ORDER)]
    rank = Case(*ranks, default=Value(len(OUTCOME_ORDER)), output_field=IntegerField())
    rows = list(bundle.files.order_by(rank, "id")[:MOST_FILES])
    return Panel(
        title="Members",
        headers=("Name", "Outcome", "Parser", "Observations", "Errors and notes"),
        rows=[
            (
                format_html('<span class="break-all">{}</span>', one.name),
                word_label(one.outcome, OUTCOME_COLOURS),
                f"{one.parser} {one.parser_version}" if one.parser else "–",
                str(one.observations),
                _errors([*one.errors, *filter(None, [one.note])]),
            )
            for one in rows
        ],
        empty="Not read yet.",
        more=(list_address(BundleFile, bundle__id__exact=bundle.pk), "All members"),
    )


@component_page.panel(rank=50, permission="ingest.view_observation")
def latest_observations(component: Component) -> Panel:
    """What the latest bundles say of the component."""
    rows = (
        Observation.objects.filter(component=component)
        .select_related("asset", "snapshot__bundle")
        .order_by("-observed_at", "-id")[:MOST_OBSERVATIONS]
    )
    return Panel(
        title="Latest observations",
        headers=("Time", "Asset", "Slot", "Firmware", "Health", "Measurements", "Bundle"),
        rows=[
            (
                anchor(reverse("admin:ingest_observation_change", args=[one.pk]), f"{one.observed_at:%Y-%m-%d %H:%M}"),
                link(one.asset),
                one.slot or "–",
                one.firmware or "–",
                health_label(one.health),
                _measurements(one.measurements),
                link(one.snapshot.bundle),
            )
            for one in rows
        ],
        empty="No bundle shows it.",
        more=(list_address(Observation, component__id__exact=component.pk), "All observations"),
    )


@observation_page.panel(rank=10, permission="ingest.view_observation")
def measurements(observation: Observation) -> Panel:
    """All that was measured."""
    return Panel(
        title="Measurements",
        headers=("Name", "Value"),
        rows=[(name, _value(value)) for name, value in sorted(observation.measurements.items())],
        empty="Nothing was measured.",
    )


def _time_of(signal: FailureSignal) -> str:
    return "when collected" if signal.kind == FailureSignal.Kind.STATE else "no time told"


def _part(signal: FailureSignal) -> SafeString | str:
    """A link to the part that failed; where the bundle does not show it, its type and what names it."""
    if signal.observation and signal.observation.component:
        return link(signal.observation.component)
    identifier = identifier_of(signal.lookup)
    named = serial_of(signal.lookup) or (" ".join(identifier[1:]) if identifier else "") or signal.slot
    return f"{signal.type} {named}, not in this bundle"


def _measurements(values: dict[str, Any]) -> SafeString:
    shown = sorted(values.items())[:MOST_MEASUREMENTS]
    cells = format_html_join(
        ", ", '<span class="whitespace-nowrap">{} {}</span>', ((name, _value(value)) for name, value in shown)
    )
    left = len(values) - len(shown)
    return format_html("{}, {} more", cells, left) if left else cells or NOTHING


def _value(value: Any) -> str:
    return "yes" if value is True else "no" if value is False else str(value)


def _errors(errors: list[Any]) -> SafeString:
    return format_html_join(LINE_BREAK, "{}", ((_error(error),) for error in errors)) or NOTHING


def _error(error: Any) -> str:
    return ": ".join(str(part) for part in error.values()) if isinstance(error, dict) else str(error)
