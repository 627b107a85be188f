"""What bundles say, as evidence: snapshots, members and observations, each only to be looked at."""

from itertools import groupby
from operator import itemgetter

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from ingest.admin.bundles import OUTCOME_COLOURS, held_label
from ingest.models import BundleFile, Observation, Snapshot
from registry.admin import searching
from registry.admin.cells import health_label, link, word_label
from registry.admin.panels import Page
from registry.admin.records import LargeTable, ReadOnlyAdmin

observation_page = Page()


@admin.register(BundleFile)
class BundleFileAdmin(LargeTable, ReadOnlyAdmin):
    """Members of bundles and what became of them."""

    list_display = ("name", "outcome_label", "parser", "observations", "size", "bundle_link")
    list_filter = (("outcome", ChoicesDropdownFilter), ("bundle", AutocompleteSelectFilter))
    list_prefetch_related = ("bundle",)
    narrowed_by = ("bundle__id__exact",)
    narrowed_ordering = ("id",)
    search_fields = ("name", "parser")
    search_help_text = "Name or parser, among the members of one bundle"
    fields = (
        ("name", "bundle_link", "size"),
        ("outcome", "parser", "parser_version", "observations"),
        "errors",
        "note",
    )
    readonly_fields = ("bundle_link",)

    @admin.display(description="outcome")
    def outcome_label(self, member: BundleFile) -> SafeString:
        """The outcome as a label."""
        return word_label(member.outcome, OUTCOME_COLOURS)

    @admin.display(description="bundle")
    def bundle_link(self, member: BundleFile) -> SafeString:
        """A link to the bundle."""
        return link(member.bundle)


@admin.register(Snapshot)
class SnapshotAdmin(LargeTable, ReadOnlyAdmin):
    """Snapshots of assets."""

    list_display = ("collected_at", "asset_link", "as_printed", "time_source", "held_cell", "bundle_link", "derived_at")
    list_filter = (
        ("held", ChoicesDropdownFilter),
        ("asset", AutocompleteSelectFilter),
        ("bundle", AutocompleteSelectFilter),
    )
    list_prefetch_related = ("asset", "bundle")
    narrowed_by = ("asset__id__exact", "bundle__id__exact")
    narrowed_ordering = ("-collected_at", "-id")
    name_steps = (searching.of_asset,)
    search_fields = ("asset_serial", "hostname")
    search_help_text = "Beginning of an asset's serial or host name"
    fields = (
        ("asset_link", "bundle_link", "collected_at", "time_source"),
        ("asset_vendor", "asset_model", "asset_serial", "asset_serial_source", "hostname", "project"),
        ("held_cell", "derived_at", "path"),
        ("covered", "doubted"),
    )
    readonly_fields = ("asset_link", "bundle_link", "held_cell", "covered", "doubted")

    @admin.display(description="asset")
    def asset_link(self, snapshot: Snapshot) -> SafeString:
        """A link to the asset."""
        return link(snapshot.asset)

    @admin.display(description="bundle")
    def bundle_link(self, snapshot: Snapshot) -> SafeString:
        """A link to the bundle."""
        return link(snapshot.bundle)

    @admin.display(description="as printed")
    def as_printed(self, snapshot: Snapshot) -> str:
        """What the bundle itself says of the asset."""
        return snapshot.asset_serial or snapshot.hostname or "–"

    @admin.display(description="enumerated completely")
    def covered(self, snapshot: Snapshot) -> str:
        """The types that each parser enumerates completely."""
        pairs = groupby(snapshot.coverage, key=itemgetter(0))
        return "; ".join(f"{parser}: {', '.join(kind for _, kind in group)}" for parser, group in pairs) or "nothing"

    @admin.display(description="names at two slots")
    def doubted(self, snapshot: Snapshot) -> str:
        """Names that it shows at two slots."""
        return ", ".join(str(name) for name in snapshot.conflicts) or "none"

    @admin.display(description="held")
    def held_cell(self, snapshot: Snapshot) -> SafeString | str:
        """Why it is held back, as a label."""
        return held_label(snapshot.held)


@admin.register(Observation)
class ObservationAdmin(LargeTable, ReadOnlyAdmin):
    """What each bundle says of each component."""

    list_display = (
        "observed_at",
        "component_link",
        "asset_link",
        "slot",
        "firmware",
        "health_cell",
        "bundle_link",
    )
    list_filter = (
        ("type", ChoicesDropdownFilter),
        ("component", AutocompleteSelectFilter),
        ("asset", AutocompleteSelectFilter),
    )
    list_prefetch_related = ("component", "asset", "snapshot__bundle")
    narrowed_by = ("component__id__exact", "asset__id__exact")
    narrowed_ordering = ("-observed_at", "-id")
    name_steps = (searching.of_component, searching.of_asset)
    search_fields = ("slot", "firmware")
    search_help_text = "Beginning of a component's serial, or of an asset's serial or host name"
    page = observation_page
    fields = (
        ("component_link", "asset_link", "bundle_link", "observed_at"),
        ("type", "vendor", "slot", "firmware", "health"),
        "lookup",
        ("sources", "claims"),
    )
    readonly_fields = ("component_link", "asset_link", "bundle_link")

    @admin.display(description="component")
    def component_link(self, observation: Observation) -> SafeString:
        """A link to the component."""
        return link(observation.component)

    @admin.display(description="asset")
    def asset_link(self, observation: Observation) -> SafeString:
        """A link to the asset."""
        return link(observation.asset)

    @admin.display(description="bundle")
    def bundle_link(self, observation: Observation) -> SafeString:
        """A link to the bundle."""
        return link(observation.snapshot.bundle)

    @admin.display(description="health")
    def health_cell(self, observation: Observation) -> SafeString:
        """The health as a label."""
        return health_label(observation.health)
