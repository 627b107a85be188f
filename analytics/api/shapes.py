"""How answers look in JSON."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

FIGURES = (
    "components",
    "exposure_days",
    "failures",
    "failed_components",
    "afr_percent",
    "afr_low",
    "afr_high",
    "afr_upper_one_sided",
    "mtbf_hours",
    "mtbf_low",
    "mtbf_high",
    "low_data",
    "unknown_age",
    "silent",
)
RUN = {
    "id": 9,
    "digest": "0f6cd9f0a8f5e5f1a3a7c36e8b9b8f55",
    "as_of": "2026-04-01T00:00:00Z",
    "from": "2026-01-01T00:00:00Z",
    "to": "2026-04-01T00:00:00Z",
    "computed_at": "2026-04-01T04:07:00Z",
    "code_version": "0.3.0",
}
FIGURES_EXAMPLE = {
    "components": 1204,
    "exposure_days": 108_112.5,
    "failures": 11,
    "failed_components": 10,
    "afr_percent": 3.7137241299572204,
    "afr_low": 1.8538770163867153,
    "afr_high": 6.644862,
    "afr_upper_one_sided": 6.146702,
    "mtbf_hours": 235_881.81818181818,
    "mtbf_low": 131_830.4,
    "mtbf_high": 472_523.8,
    "low_data": False,
    "unknown_age": 31,
    "silent": 4,
}
GROUP = {"lot": "SAM-2025-W14", "firmware": "EPK98B5Q"}
LINKS = {
    "failures": "/analytics/failures?from=2026-01-01T00%3A00%3A00Z&to=2026-04-01T00%3A00%3A00Z&lot=SAM-2025-W14",
    "components": "/analytics/components?from=2026-01-01T00%3A00%3A00Z&to=2026-04-01T00%3A00%3A00Z&lot=SAM-2025-W14",
}


class RunFields(serializers.Serializer):
    """A run but for `from`, which is a word of the language."""

    id = serializers.IntegerField()
    digest = serializers.CharField(help_text="Names the question and what was counted for it.")
    as_of = serializers.DateTimeField()
    to = serializers.DateTimeField()
    computed_at = serializers.DateTimeField()
    code_version = serializers.CharField()


class RunReferenceSerializer(RunFields):
    """The run that an answer is of."""

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": serializers.DateTimeField()}


class FiguresSerializer(serializers.Serializer):
    """AFR in percent a year, MTBF in hours, each with its exact interval; null where a figure does not exist."""

    components = serializers.IntegerField(help_text="Those with any time of service in the window.")
    exposure_days = serializers.FloatField()
    failures = serializers.IntegerField()
    failed_components = serializers.IntegerField()
    afr_percent = serializers.FloatField(allow_null=True)
    afr_low = serializers.FloatField(allow_null=True)
    afr_high = serializers.FloatField(allow_null=True)
    afr_upper_one_sided = serializers.FloatField(allow_null=True)
    mtbf_hours = serializers.FloatField(allow_null=True)
    mtbf_low = serializers.FloatField(allow_null=True)
    mtbf_high = serializers.FloatField(allow_null=True)
    low_data = serializers.BooleanField()
    unknown_age = serializers.IntegerField()
    silent = serializers.IntegerField()


class LinksSerializer(serializers.Serializer):
    """Where that is listed which a row is made of."""

    failures = serializers.CharField()
    components = serializers.CharField()


class LinkedSerializer(serializers.Serializer):
    """What figures are made of."""

    links = LinksSerializer()


class GroupSerializer(LinkedSerializer):
    """What a row is about, and what it is made of."""

    group = serializers.DictField(child=serializers.CharField())


class TotalsSerializer(LinkedSerializer, FiguresSerializer):
    """The figures of the whole."""


class FiguresRowSerializer(GroupSerializer, FiguresSerializer):
    """A group's figures."""


class WarningSerializer(serializers.Serializer):
    """What makes figures doubtful."""

    warning = serializers.ChoiceField(choices=["repeated_failures", "failures_without_exposure"])
    group = serializers.DictField(child=serializers.CharField())


class UnattributedSerializer(serializers.Serializer):
    """Failures that count for no time of service, by reason."""

    after_removal = serializers.IntegerField()
    no_spell = serializers.IntegerField()


class AnswerSerializer(serializers.Serializer):
    """An answer's run, and whether all that changed was counted before it was computed."""

    run = RunReferenceSerializer()
    up_to_date = serializers.BooleanField()


@extend_schema_serializer(
    many=False,
    examples=[
        OpenApiExample(
            "By lot and firmware",
            value={
                "run": RUN,
                "up_to_date": True,
                "totals": {**FIGURES_EXAMPLE, "links": LINKS},
                "results": [{"group": GROUP, **FIGURES_EXAMPLE, "links": LINKS}],
                "unattributed": {"after_removal": 1, "no_spell": 0},
                "warnings": [],
            },
            response_only=True,
        )
    ],
)
class ReliabilitySerializer(AnswerSerializer):
    """Failure rates of the whole and of each group."""

    totals = TotalsSerializer()
    results = FiguresRowSerializer(many=True)
    unattributed = UnattributedSerializer()
    warnings = WarningSerializer(many=True)


class TrendRowFields(FiguresRowSerializer):
    """A month's row but for `from`."""

    month = serializers.CharField()
    to = serializers.DateTimeField()


class TrendRowSerializer(TrendRowFields):
    """A group's figures in one month."""

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": serializers.DateTimeField()}


@extend_schema_serializer(
    many=False,
    examples=[
        OpenApiExample(
            "By lot and firmware",
            value={
                "run": RUN,
                "up_to_date": True,
                "results": [
                    {
                        "month": "2026-01",
                        "from": "2026-01-01T00:00:00Z",
                        "to": "2026-02-01T00:00:00Z",
                        "group": GROUP,
                        **FIGURES_EXAMPLE,
                        "links": LINKS,
                    }
                ],
            },
            response_only=True,
        )
    ],
)
class TrendSerializer(AnswerSerializer):
    """The figures of each calendar month; exposure and failures add up to the window's."""

    results = TrendRowSerializer(many=True)


class PointSerializer(serializers.Serializer):
    """Survival past an age at which something failed."""

    age_days = serializers.IntegerField()
    survival = serializers.FloatField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    at_risk = serializers.IntegerField()
    failures = serializers.IntegerField()
    hazard = serializers.FloatField(help_text="Cumulative since the start of the curve (Nelson-Aalen).")


class WeibullSerializer(serializers.Serializer):
    """A Weibull fit; a shape under 1 is early mortality, over 1 wear."""

    shape = serializers.FloatField()
    shape_low = serializers.FloatField()
    shape_high = serializers.FloatField()
    scale_days = serializers.FloatField()
    scale_low = serializers.FloatField()
    scale_high = serializers.FloatField()
    failures = serializers.IntegerField()
    few_failures = serializers.BooleanField(help_text="Fewer than ten: not to be relied on.")


class LifeSerializer(serializers.Serializer):
    """A life curve, given survival to the age at which it starts, and the fit; or why there is none."""

    failures = serializers.IntegerField(help_text="First failures of lives.")
    most_at_risk = serializers.IntegerField()
    given_survival_to = serializers.FloatField(allow_null=True)
    watched_to = serializers.FloatField(allow_null=True)
    median_days = serializers.FloatField(allow_null=True)
    curve = PointSerializer(many=True)
    no_curve = serializers.CharField(allow_null=True)
    weibull = WeibullSerializer(allow_null=True)
    no_weibull = serializers.CharField(allow_null=True)
    unknown_age = serializers.IntegerField()


class LifeTotalsSerializer(LinkedSerializer, LifeSerializer):
    """The life curve of the whole."""


class LifeRowSerializer(GroupSerializer, LifeSerializer):
    """A group's life curve."""


class LogRankSerializer(serializers.Serializer):
    """Whether the groups' lives differ."""

    chi2 = serializers.FloatField()
    degrees_of_freedom = serializers.IntegerField()
    p = serializers.FloatField()


LIFE = {
    "failures": 11,
    "most_at_risk": 1180,
    "given_survival_to": 0.0,
    "watched_to": 731.0,
    "median_days": None,
    "curve": [
        {
            "age_days": 212,
            "survival": 0.999,
            "low": 0.9932,
            "high": 0.9999,
            "at_risk": 1012,
            "failures": 1,
            "hazard": 0.001,
        }
    ],
    "no_curve": None,
    "weibull": {
        "shape": 1.31,
        "shape_low": 0.83,
        "shape_high": 2.06,
        "scale_days": 20_114.0,
        "scale_low": 6_011.0,
        "scale_high": 67_300.0,
        "failures": 11,
        "few_failures": False,
    },
    "no_weibull": None,
    "unknown_age": 31,
}


@extend_schema_serializer(
    many=False,
    examples=[
        OpenApiExample(
            "One lot",
            value={
                "run": RUN,
                "up_to_date": True,
                "clock": "installed",
                "min_at_risk": 20,
                "totals": {**LIFE, "links": LINKS},
                "results": [{"group": GROUP, **LIFE, "links": LINKS}],
                "log_rank": None,
            },
            response_only=True,
        )
    ],
)
class SurvivalSerializer(AnswerSerializer):
    """Life curves."""

    clock = serializers.CharField()
    min_at_risk = serializers.IntegerField()
    totals = LifeTotalsSerializer()
    results = LifeRowSerializer(many=True)
    log_rank = LogRankSerializer(allow_null=True)


class StockSerializer(FiguresSerializer):
    """What is planned, and what it asks for."""

    in_service = serializers.IntegerField(help_text="Components in service at the window's end.")
    planned_component_days = serializers.IntegerField(help_text="Those in service times the horizon.")
    expected_demand = serializers.FloatField(allow_null=True)
    stock = serializers.IntegerField(allow_null=True, help_text="Null where nothing was exposed.")


class StockTotalsSerializer(LinkedSerializer, StockSerializer):
    """A common stock for all groups."""


class StockRowSerializer(GroupSerializer, StockSerializer):
    """A group's spares."""


STOCK = {
    **FIGURES_EXAMPLE,
    "in_service": 1198,
    "planned_component_days": 107_820,
    "expected_demand": 11.468901,
    "stock": 20,
}


@extend_schema_serializer(
    many=False,
    examples=[
        OpenApiExample(
            "Of one lot",
            value={
                "run": RUN,
                "up_to_date": True,
                "horizon_days": 90,
                "service_level": 0.95,
                "totals": {**STOCK, "links": LINKS},
                "results": [{"group": GROUP, **STOCK, "links": LINKS}],
            },
            response_only=True,
        )
    ],
)
class SparesSerializer(AnswerSerializer):
    """How many spares suffice; `totals` is a common stock for all groups, which is less than the sum of theirs."""

    horizon_days = serializers.IntegerField()
    service_level = serializers.FloatField()
    totals = StockTotalsSerializer()
    results = StockRowSerializer(many=True)
