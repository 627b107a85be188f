"""Runs that are kept, over HTTP."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from analytics.api import shapes
from analytics.api.answers import run_reference, table_of
from analytics.api.csv_tables import CsvRenderer
from analytics.domain.comparing import Counts, Moved
from analytics.domain.spells import DAY
from analytics.models import Run
from analytics.selectors.sources import linked
from analytics.services.comparing import NotComparable, compare_runs, run_before
from registry.api.bodies import JSONRenderer
from registry.api.filters import BIGGEST_KEY, ChoicesFilter, MomentFilter, refuse_unknown
from registry.api.permissions import customer_of

COLUMNS = (
    "id",
    "kind",
    "status",
    "standard",
    "name",
    "as_of",
    "from",
    "to",
    "digest",
    "code_version",
    "computed_at",
    "seconds",
    "row_count",
    "failure",
)
EXAMPLE = {
    **shapes.RUN,
    "kind": "reliability",
    "status": "done",
    "standard": "90d by lot",
    "name": "",
    "parameters": {
        "group_by": ["lot"],
        "from": "2026-01-01T00:00:00+00:00",
        "to": "2026-04-01T00:00:00+00:00",
        "as_of": "2026-04-01T00:00:00+00:00",
        "filters": {},
        "silence_days": 90,
        "confidence": 0.95,
    },
    "seconds": 0.31,
    "row_count": 12,
    "failure": "",
}
CHANGE = {
    "before": {"exposure_days": 108_112.5, "failures": 11},
    "after": {"exposure_days": 109_200.0, "failures": 13},
    "by_window": {"exposure_days": 1087.5, "failures": 1},
    "by_late_evidence": {"exposure_days": 0.0, "failures": 1},
}


class RunDataFields(shapes.RunFields):
    """A run without its answer, but for `from`."""

    digest = serializers.CharField(allow_null=True)
    kind = serializers.ChoiceField(choices=Run.Kind.choices)
    status = serializers.ChoiceField(choices=Run.Status.choices)
    standard = serializers.CharField(allow_blank=True, help_text="Which of the nightly questions it answers.")
    name = serializers.CharField(allow_blank=True, help_text="Named runs are kept for ever.")
    parameters = serializers.DictField()
    seconds = serializers.FloatField(help_text="How long it took to compute.")
    row_count = serializers.IntegerField()
    failure = serializers.CharField(allow_blank=True, help_text="Why it failed.")


@extend_schema_serializer(examples=[OpenApiExample("Run", value=EXAMPLE, response_only=True)])
class RunSerializer(RunDataFields):
    """A run without its answer."""

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": serializers.DateTimeField()}

    def to_representation(self, instance: Run) -> dict[str, Any]:
        more = ("kind", "status", "standard", "name", "parameters", "seconds", "row_count", "failure")
        return {**run_reference(instance), **{name: getattr(instance, name) for name in more}}


@extend_schema_serializer(
    many=False,
    examples=[
        OpenApiExample("Failed", value={**EXAMPLE, "status": "failed", "answer": {}}, response_only=True),
    ],
)
class DetailedRunSerializer(RunSerializer):
    """A run with its answer, which is empty when it failed."""

    answer = serializers.DictField()


class CountsSerializer(serializers.Serializer):
    """What was counted, or how it changed."""

    exposure_days = serializers.FloatField()
    failures = serializers.IntegerField()


class ChangeSerializer(serializers.Serializer):
    """`by_window` and `by_late_evidence` add up to `after` less `before`."""

    before = CountsSerializer()
    after = CountsSerializer()
    by_window = CountsSerializer()
    by_late_evidence = CountsSerializer()


class GroupChangeSerializer(ChangeSerializer):
    """One group's change."""

    group = serializers.DictField(child=serializers.CharField())


@extend_schema_serializer(
    many=False,
    examples=[
        OpenApiExample(
            "Two quarters",
            value={
                "before": {**shapes.RUN, "id": 8},
                "after": shapes.RUN,
                "totals": CHANGE,
                "results": [{"group": {"lot": "SAM-2025-W14"}, **CHANGE}],
            },
            response_only=True,
        )
    ],
)
class ComparisonSerializer(serializers.Serializer):
    """What moved between two runs, and why: another window, or evidence of the older window that came in late."""

    before = shapes.RunReferenceSerializer()
    after = shapes.RunReferenceSerializer()
    totals = ChangeSerializer()
    results = GroupChangeSerializer(many=True)


class RunFilters(django_filters.FilterSet):
    """Filters of runs."""

    kind = ChoicesFilter(choices=Run.Kind.choices)
    status = ChoicesFilter(choices=Run.Status.choices)
    standard = django_filters.CharFilter()
    name = django_filters.CharFilter()
    digest = django_filters.CharFilter()
    computed_after = MomentFilter("computed_at", lookup_expr="gte")
    computed_before = MomentFilter("computed_at", lookup_expr="lt")


class RunViewSet(ListModelMixin, GenericViewSet[Run]):
    """Answers that are kept."""

    renderer_classes = (JSONRenderer, CsvRenderer)
    lookup_value_converter = "int"
    serializer_class = RunSerializer
    filterset_class = RunFilters
    ordering = ("-id",)
    ordering_fields = ("id", "computed_at")
    found: Run | None = None

    def get_queryset(self) -> QuerySet[Run]:
        runs = Run.objects.defer("packed") if self.action == "list" else Run.objects.all()
        customer = customer_of(self.request)
        return runs if customer is None else runs.filter(customer=customer)

    @extend_schema(responses=DetailedRunSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A run with its answer, as it was given."""
        self.found = self.get_object()
        answer = linked(self.found, self.found.content) if self.found.content else {}
        return Response({**RunSerializer(self.found).data, "answer": answer})

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "with",
                OpenApiTypes.INT,
                description="The id of the run before it; of a nightly question the last good one when left out.",
            )
        ],
        responses=ComparisonSerializer,
    )
    @action(detail=True, filter_backends=())
    def compare(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What moved since another run of the same question, and why."""
        refuse_unknown(request, ("with",))
        after = self.get_object()
        before = self._other(request, after)
        try:
            whole, groups = compare_runs(before, after)
        except NotComparable as refusal:
            raise ValidationError({"with": [str(refusal)]}) from refusal
        self.found = after
        keys = after.parameters["group_by"]
        return Response(
            {
                "before": run_reference(before),
                "after": run_reference(after),
                "totals": _change(whole),
                "results": [
                    {"group": dict(zip(keys, moved.group, strict=True)), **_change(moved)}
                    for moved in groups
                    if moved.has_moved
                ],
            }
        )

    def _other(self, request: Request, after: Run) -> Run:
        text = request.query_params.get("with", "")
        if not text and (before := run_before(after)):
            return before
        if not (text.isascii() and text.isdigit() and int(text) <= BIGGEST_KEY):
            raise ValidationError({"with": ["The id of a run is expected."]})
        other = self.get_queryset().filter(pk=int(text)).first()
        if other is None:
            raise ValidationError({"with": ["There is no such run."]})
        return other

    @property
    def csv_name(self) -> str:
        """The name of the table."""
        return "runs" if self.found is None else f"{self.found.kind}-{self.found.pk}"

    def table(self, data: Mapping[str, Any]) -> tuple[Sequence[str], Iterable[Mapping[str, Any]]]:
        """Runs, a run's answer, or a comparison as a table."""
        if self.found is None:
            return COLUMNS, data["results"]
        if self.action == "retrieve":
            return table_of(self.found, {"results": (), **data["answer"]})
        changes = [f"{word}_{what}" for word in CHANGE for what in CHANGE[word]]
        return (*self.found.parameters["group_by"], *changes), data["results"]


def _change(moved: Moved) -> dict[str, Any]:
    return {
        "before": _counts(moved.before),
        "after": _counts(moved.after),
        "by_window": _counts(moved.window),
        "by_late_evidence": _counts(moved.late),
    }


def _counts(counts: Counts) -> dict[str, Any]:
    return {"exposure_days": counts[0] / DAY, "failures": counts[1]}
