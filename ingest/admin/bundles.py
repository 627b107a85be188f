"""Bundles: what came of each, its bytes, and what operators must tell of it."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm, modelform_factory
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RangeDateFilter
from unfold.decorators import action

from ingest import services
from ingest.admin.reparsing import OutdatedFilter, Reparsing
from ingest.models import Bundle, BundleFile, Snapshot
from ingest.services import Refused
from ingest.storage import CheckedBytes, DamagedBundle
from registry.admin import searching
from registry.admin.asking import asking
from registry.admin.cells import NOTHING, label, link, plain_moment, word_label
from registry.admin.panels import Notice, Page
from registry.admin.records import LargeTable, ReadOnlyAdmin, RecordAdmin
from registry.models import Asset

MOST_FILES = 200
MOST_SNAPSHOTS = 100
MOST_HELD = 10
FORM_FIELDS = {"asset": "asset_hint", "collected_at": "collected_hint"}

BUNDLE_COLOURS: dict[str, str] = {
    Bundle.Status.RECEIVED: "info",
    Bundle.Status.PARSED: "success",
    Bundle.Status.PARTIAL: "warning",
    Bundle.Status.FAILED: "danger",
}
OUTCOME_COLOURS: dict[str, str] = {BundleFile.Outcome.PARSED: "success", BundleFile.Outcome.FAILED: "danger"}
# Failed members matter most, ignored ones least.
OUTCOME_ORDER = ("failed", "parsed", "ignored")

bundle_page = Page()


class AttentionFilter(DropdownFilter):
    """Bundles that wait for an operator."""

    title = "needs attention"
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """What may be lacking."""
        return [
            ("any", "Anything"),
            ("asset", "Asset unknown"),
            ("clock", "Time in the future"),
            ("failed", "Failed or partial"),
            ("given_up", "Given up"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Bundle]) -> QuerySet[Bundle]:
        """The bundles that lack it."""
        failed = Q(status__in=(Bundle.Status.FAILED, Bundle.Status.PARTIAL))
        asset = Q(pk__in=Snapshot.objects.filter(held=Snapshot.Held.ASSET).values("bundle_id"))
        clock = Q(pk__in=Snapshot.objects.filter(held=Snapshot.Held.CLOCK).values("bundle_id"))
        given_up = Q(pk__in=Bundle.objects.given_up().order_by().values("pk"))
        named = {"asset": asset, "clock": clock, "failed": failed, "given_up": given_up}
        wanted = {"any": failed | asset | clock | given_up, **named}
        return queryset.filter(wanted.get(self.value() or "", Q()))


def held_label(held: str | None) -> SafeString:
    """Why a snapshot is held back, as a label."""
    return label(Snapshot.Held(held).label, "warning") if held else NOTHING


def _of_bundle(term: str) -> Q:
    return Q(sha256__istartswith=term.lower()) if len(term) >= 6 else Q(pk__in=[])


def _of_asset(term: str) -> Q:
    snapshots = Snapshot.objects.filter(asset__in=searching.named_assets(term)).order_by("-collected_at", "-id")
    return Q(pk__in=list(snapshots.values_list("bundle_id", flat=True)[: searching.MOST_NAMED]))


@admin.register(Bundle)
class BundleAdmin(Reparsing, LargeTable, ReadOnlyAdmin):
    """Bundles: kept as they were sent. What an operator adds is which asset one is of, or when it was collected."""

    list_display = ("name", "status_label", "attention", "asset_cell", "size_cell", "received_at", "digest")
    list_filter = (AttentionFilter, OutdatedFilter, ("status", ChoicesDropdownFilter), ("received_at", RangeDateFilter))
    name_steps = (_of_bundle, _of_asset)
    search_fields = ("filename",)
    search_help_text = "Beginning of a SHA-256, of an asset's serial or host name, or part of the file name"
    page = bundle_page
    actions = ("try_again_selected", "reparse_selected")
    actions_detail = ("try_again", "download", "amend", "reparse")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("filename", "status", "size_cell", "received_at", "parsed_at"),
                    ("sha256", "content_type", "uploaded_by"),
                    ("work", "fault"),
                    ("asset_hint", "asset_serial_hint", "collected_hint", "project_hint"),
                )
            },
        ),
    )
    readonly_fields = ("size_cell", "work")
    autocomplete_fields = ("asset_hint",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bundle]:
        """Bundles with the first asset that they speak of and the number of their assets."""
        of_bundle = Snapshot.objects.filter(bundle=OuterRef("pk")).order_by("id")
        held = of_bundle.exclude(held=Snapshot.Held.NO)
        of_asset = of_bundle.filter(asset__isnull=False)
        counted = of_asset.order_by().values("bundle").annotate(number=Count("asset", distinct=True)).values("number")
        rows: QuerySet[Bundle] = super().get_queryset(request)
        return rows.annotate(
            asset_id=Subquery(of_asset.values("asset_id")[:1]),
            asset_serial=Subquery(of_asset.values("asset__serial")[:1]),
            asset_hostname=Subquery(of_asset.values("asset__hostname")[:1]),
            held=Subquery(held.values("held")[:1]),
            asset_count=Coalesce(Subquery(counted), 0),
        )

    def search_text(self, request: HttpRequest, queryset: QuerySet, term: str) -> tuple[QuerySet, bool]:
        """Bundles whose file name has the words: a bundle's row is small, and there are few beside observations."""
        return RecordAdmin.search_text(self, request, queryset, term)

    @admin.display(description="file name")
    def name(self, bundle: Bundle) -> str:
        """The file name, or the beginning of the digest."""
        return str(bundle)

    @admin.display(description="SHA-256")
    def digest(self, bundle: Bundle) -> SafeString:
        """The digest: its beginning, and all of it under the pointer."""
        return format_html('<span title="{}">{}…</span>', bundle.sha256, bundle.sha256[:12])

    @admin.display(description="size")
    def size_cell(self, bundle: Bundle) -> str:
        """The size in a unit that fits."""
        return filesizeformat(bundle.size)

    @admin.display(description="status")
    def status_label(self, bundle: Bundle) -> SafeString:
        """The status as a label."""
        return word_label(bundle.status, BUNDLE_COLOURS)

    @admin.display(description="attention")
    def attention(self, bundle: Bundle) -> SafeString | str:
        """What an operator must tell."""
        if bundle.is_given_up:
            return label("given up", "danger")
        return held_label(bundle.held)  # type: ignore[attr-defined]  # the list's query adds it

    @admin.display(description="work left")
    def work(self, bundle: Bundle) -> str:
        """The step that is next, and when it can be taken up."""
        if not bundle.step:
            return "none"
        return (
            f"{bundle.step}, given up"
            if bundle.due_at is None
            else f"{bundle.step}, from {plain_moment(bundle.due_at)}"
        )

    @admin.display(description="asset")
    def asset_cell(self, bundle: Bundle) -> SafeString | str:
        """A link to the first asset it speaks of, and how many more there are."""
        found: dict[str, Any] = vars(bundle)
        if found["asset_id"] is None:
            return "–"
        first = link(Asset(pk=found["asset_id"], serial=found["asset_serial"], hostname=found["asset_hostname"]))
        more = found["asset_count"] - 1
        return format_html("{} and {} more", first, more) if more > 0 else first

    @action(description="Download", icon="download", permissions=["view"])
    def download(self, request: HttpRequest, object_id: str) -> FileResponse:
        """The bytes, as they were sent."""
        bundle = get_object_or_404(Bundle, pk=object_id)
        try:
            content = CheckedBytes(bundle.sha256)
        except FileNotFoundError as missing:
            raise Http404("The bytes of this bundle are not in the storage.") from missing
        except DamagedBundle as damaged:
            raise Http404("The stored bytes of this bundle are damaged. Sending it again restores them.") from damaged
        # Never with the sender's content type: the browser would show a hostile page under our address.
        name = bundle.filename or bundle.sha256
        return FileResponse(content, as_attachment=True, filename=name, content_type="application/octet-stream")

    def has_try_again_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Those who may change bundles, where one was given up."""
        if not request.user.has_perm("ingest.change_bundle"):
            return False
        return object_id is None or Bundle.objects.given_up().filter(pk=object_id).exists()

    @admin.action(description="Try again those that were given up", permissions=["try_again"])
    def try_again_selected(self, request: HttpRequest, queryset: QuerySet[Bundle]) -> None:
        """Takes up those of the selected bundles that were given up."""
        keys = list(queryset.values_list("pk", flat=True))
        begun = services.try_again(keys, user=request.user, now=timezone.now())
        self.message_user(
            request, f"Tried again: {begun} of {len(keys)}.", messages.SUCCESS if begun else messages.WARNING
        )

    @action(description="Try again", icon="replay", permissions=["try_again"])
    def try_again(self, request: HttpRequest, object_id: str) -> HttpResponseRedirect:
        """Takes up a bundle that was given up."""
        services.try_again([int(object_id)], user=request.user, now=timezone.now())
        self.message_user(request, "The bundle is tried again.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:ingest_bundle_change", args=[object_id]))

    def has_amend_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Those who may change bundles, where one waits for an operator's word."""
        if not request.user.has_perm("ingest.change_bundle"):
            return False
        return object_id is None or _held(object_id).exists()

    @action(description="Set asset or time", icon="edit", permissions=["amend"])
    def amend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A form for what the bundle does not say itself."""
        bundle = get_object_or_404(Bundle, pk=object_id)
        page = reverse("admin:ingest_bundle_change", args=[bundle.pk])
        form = self._amendment(request)(request.POST or None, instance=bundle)
        if request.method == "POST" and form.is_valid():
            asset, time = form.cleaned_data["asset_hint"], form.cleaned_data["collected_hint"]
            try:
                services.amend(
                    bundle.pk, asset_id=asset and asset.pk, collected_at=time, user=request.user, now=timezone.now()
                )
            except Refused as problem:
                form.add_error(FORM_FIELDS.get(problem.field), str(problem))
            else:
                self.message_user(request, "Noted. The bundle is read again with it.", messages.SUCCESS)
                return HttpResponseRedirect(page)
        reasons = [
            Notice(
                f"{one.asset_serial or one.hostname or one.path or bundle} at {plain_moment(one.collected_at)}: "
                f"{one.get_held_display()}"
            )
            for one in _held(object_id)[:MOST_HELD]
        ]
        title = f"What {bundle} does not say"
        return asking(self, request, form, title=title, original=bundle, page=page, notices=reasons)

    def _amendment(self, request: HttpRequest) -> type[ModelForm]:
        return modelform_factory(
            Bundle,
            fields=("asset_hint", "collected_hint"),
            labels={"asset_hint": "Asset", "collected_hint": "Collected at (UTC)"},
            help_texts={
                "asset_hint": "For snapshots that do not name an asset.",
                "collected_hint": "For snapshots whose time cannot be true.",
            },
            formfield_callback=partial(self.formfield_for_dbfield, request=request),
        )


def _held(bundle_id: str) -> QuerySet[Snapshot]:
    return Snapshot.objects.filter(bundle_id=bundle_id).exclude(held=Snapshot.Held.NO).order_by("id")
