"""Bundles as JSON: plain dictionaries, since the upload's answer is built on the hot path."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, Func, OuterRef, Subquery
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from ingest.models import Bundle, BundleFile, Observation, Snapshot
from registry.api.references import AssetReferenceSerializer
from registry.compiled import CompiledQuery

EXAMPLE = {
    "id": 55,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size": 15312,
    "filename": "db-17.tar.gz",
    "status": "parsed",
    "received_at": "2026-03-01T10:00:07Z",
    "collected_at": "2026-03-01T10:00:00Z",
    "held": [],
    "assets": [{"id": 4, "serial": "7XK2M93", "hostname": "db-17"}],
    "observations": 50,
    "files": 3,
    "signals": 0,
    "given_up": False,
    "errors": [],
}


_COLUMNS = ("collected_at", "held", "signal_count", "asset_id", "asset__serial", "asset__hostname")

_snapshots_of = CompiledQuery(
    lambda bundle: (
        Snapshot.objects.filter(bundle_id=bundle)
        .order_by("id")
        .values_list(
            *_COLUMNS,
            Subquery(_counted(Observation.objects.filter(snapshot=OuterRef("pk")))),
            Subquery(_counted(BundleFile.objects.filter(bundle=OuterRef("bundle")))),
        )
    ),
    placeholder=-1,
)


def _counted(rows: Any) -> Any:
    """How many `rows` there are, for use within another query."""
    return rows.order_by().annotate(number=Func(F("pk"), function="COUNT")).values("number")


def bundle_shape(bundle: Bundle) -> dict[str, Any]:
    """`bundle` as a JSON object, with a single query: every upload is answered with it."""
    rows = _snapshots_of.rows(bundle.pk)
    files = rows[0][-1] if rows else BundleFile.objects.filter(bundle_id=bundle.pk).count()
    return _shape(bundle, [row[:-2] for row in rows], files, sum(row[-2] for row in rows))


def bundle_shapes(bundles: Sequence[Bundle]) -> list[dict[str, Any]]:
    """`bundles` as JSON objects, with three queries however many there are."""
    ids = [bundle.pk for bundle in bundles]
    snapshots: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    told = Snapshot.objects.filter(bundle_id__in=ids).order_by("id")
    for bundle_id, *snapshot in told.values_list("bundle_id", *_COLUMNS):
        snapshots[bundle_id].append(tuple(snapshot))
    files = _counts(BundleFile, "bundle", ids)
    observations = _counts(Observation, "snapshot__bundle", ids)
    return [
        _shape(bundle, snapshots[bundle.pk], files.get(bundle.pk, 0), observations.get(bundle.pk, 0))
        for bundle in bundles
    ]


def _counts(model: Any, path: str, ids: Sequence[int]) -> dict[int, int]:
    rows = model.objects.filter(**{f"{path}__in": ids}).order_by()
    return dict(rows.values_list(path).annotate(Count("pk")))


def _shape(bundle: Bundle, snapshots: Sequence[tuple[Any, ...]], files: int, observations: int) -> dict[str, Any]:
    assets = {
        asset_id: {"id": asset_id, "serial": serial, "hostname": hostname}
        for *_, asset_id, serial, hostname in snapshots
        if asset_id is not None
    }
    return {
        "id": bundle.pk,
        "sha256": bundle.sha256,
        "size": bundle.size,
        "filename": bundle.filename,
        "status": bundle.status,
        "received_at": bundle.received_at,
        "collected_at": max((collected_at for collected_at, *_ in snapshots), default=None),
        "held": sorted({held for _, held, *_ in snapshots if held}),
        "assets": list(assets.values()),
        "observations": observations,
        "files": files,
        "signals": sum(signals for _, _, signals, *_ in snapshots),
        "given_up": bundle.is_given_up,
        "errors": [*bundle.errors, bundle.fault] if bundle.fault else bundle.errors,
    }


class ShapedBundles(serializers.ListSerializer):
    """Many bundles at once, so that the number of queries stays the same."""

    def to_representation(self, data: Any) -> list[dict[str, Any]]:
        return bundle_shapes(list(data))


@extend_schema_serializer(examples=[OpenApiExample("Bundle", value=EXAMPLE, response_only=True)])
class BundleSerializer(serializers.Serializer):
    """One uploaded file and what came of it.

    `collected_at` is the time of its latest snapshot. `held` says what an operator must tell before all of it counts:
    the `asset`, or a time that is no `clock` error. `given_up`: it broke off too often, or its stored bytes are
    damaged, and waits for an operator, or to be sent again; `errors` ends with the reason.
    """

    id = serializers.IntegerField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    filename = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=Bundle.Status.choices)
    received_at = serializers.DateTimeField()
    collected_at = serializers.DateTimeField(allow_null=True)
    held = serializers.ListField(child=serializers.ChoiceField(choices=["asset", "clock"]))
    assets = AssetReferenceSerializer(many=True)
    observations = serializers.IntegerField()
    files = serializers.IntegerField()
    signals = serializers.IntegerField(help_text="How many failures it tells.")
    given_up = serializers.BooleanField()
    errors = serializers.ListField(child=serializers.JSONField())  # type: ignore[assignment]  # a serializer's own property

    class Meta:
        list_serializer_class = ShapedBundles

    def to_representation(self, instance: Bundle) -> dict[str, Any]:
        return bundle_shape(instance)


@extend_schema_serializer(
    examples=[
        OpenApiExample("New", value={**EXAMPLE, "duplicate": False}, response_only=True, status_codes=["201"]),
        OpenApiExample("Known already", value={**EXAMPLE, "duplicate": True}, response_only=True, status_codes=["200"]),
        OpenApiExample(
            "Queued",
            value={
                **EXAMPLE,
                "status": "received",
                "collected_at": None,
                "assets": [],
                "observations": 0,
                "files": 0,
                "duplicate": False,
            },
            response_only=True,
            status_codes=["202"],
        ),
    ]
)
class ReceiptSerializer(BundleSerializer):
    """The bundle, and whether its bytes were known already."""

    duplicate = serializers.BooleanField()
