"""How every lot and firmware stands among its peers, over HTTP: also where nothing is wrong."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api import shapes
from analytics.api.answers import AnswerView
from analytics.api.parameters import FILTER_PARAMETERS, WINDOW_PARAMETERS, question_asked
from analytics.models import Alert, Run
from analytics.selectors.standings import NAMED_BY
from analytics.services.runs import Inquiry
from registry.api.permissions import customer_of

FIGURES = {
    "components": 412,
    "exposure_days": 148_320.0,
    "seen": 21,
    "expected": 6.2,
    "ratio": 4.1,
    "ratio_low": 2.4,
    "ratio_high": 6.9,
    "crude_ratio": 3.2,
    "p": 2.1e-6,
    "p_adjusted": 8.4e-5,
    "dispersion": 0.93,
    "widened": False,
}


class ComparisonFiguresSerializer(serializers.Serializer):
    """What a group or a place had beside its peers. `ratio` is null where nothing else failed."""

    components = serializers.IntegerField()
    exposure_days = serializers.FloatField()
    seen = serializers.IntegerField(help_text="Failures.")
    expected = serializers.FloatField(help_text="Failures that its peers' rates, age by age, would have yielded.")
    ratio = serializers.FloatField(allow_null=True)
    ratio_low = serializers.FloatField(allow_null=True)
    ratio_high = serializers.FloatField(allow_null=True)
    crude_ratio = serializers.FloatField(allow_null=True, help_text="Without regard to age, which can mislead.")
    p = serializers.FloatField(allow_null=True, help_text="One-sided; null where it was not tested.")
    p_adjusted = serializers.FloatField(allow_null=True, help_text="For all that could have been alerts.")
    dispersion = serializers.FloatField(allow_null=True, help_text="Of the others: 1 where chance alone rules.")
    widened = serializers.BooleanField(help_text="The others vary more than chance, and the test allows for it.")


class StandingSerializer(shapes.GroupSerializer, ComparisonFiguresSerializer):
    """A group or a place beside its peers; `asset_id` is of places alone."""

    asset_id = serializers.IntegerField(allow_null=True)
    low_data = serializers.BooleanField()
    alert = serializers.BooleanField(help_text="Worse than its peers.")


@extend_schema_serializer(
    many=False,
    examples=[
        OpenApiExample(
            "Lots",
            value={
                "run": shapes.RUN,
                "up_to_date": True,
                "kind": "lot",
                "results": [
                    {
                        "group": {"component_type": "disk", "model": "MZWLJ7T6HALA-00AU3", "lot": "SAM-2025-W14"},
                        "asset_id": None,
                        **FIGURES,
                        "low_data": False,
                        "alert": True,
                        "links": shapes.LINKS,
                    }
                ],
            },
            response_only=True,
        )
    ],
)
class StandingsSerializer(shapes.AnswerSerializer):
    """Groups beside their peers, the worst of each model first."""

    kind = serializers.ChoiceField(choices=Alert.Kind.choices)
    results = StandingSerializer(many=True)


class Standings(AnswerView):
    """Groups beside their peers."""

    kind = Run.Kind.ALERTS

    @extend_schema(
        operation_id="analytics_standings",
        parameters=[
            OpenApiParameter(
                "kind",
                OpenApiTypes.STR,
                enum=Alert.Kind.values,
                description="What is compared; `lot` when left out. Of assets and slots those alone are told in which "
                "three parts failed or more, of two lots or more.",
            ),
            *WINDOW_PARAMETERS,
            *FILTER_PARAMETERS,
        ],
        responses=StandingsSerializer,
    )
    def get(self, request: Request) -> Response:
        """Every lot or firmware beside its peers of the same type and model, whether or not it is an alert.

        Filters choose who is compared; one by `kind` itself chooses what is shown.
        """
        return self.answer(request)

    def more(self, request: Request) -> dict[str, Any]:
        kind = request.query_params.get("kind") or Alert.Kind.LOT.value
        if kind not in NAMED_BY:
            raise ValidationError({"kind": [f"{kind!r} is nothing to compare; known: {', '.join(NAMED_BY)}."]})
        return {"kind": kind}

    def _inquiry(self, request: Request, now: datetime) -> Inquiry:
        question = question_asked(
            request,
            now=now,
            customer=customer_of(request),
            extras=("kind",),
            grouped=False,
            usual_window=f"{settings.ALERT_WINDOW_DAYS}d",
        )
        more = self.more(request)
        return Inquiry(self.kind.value, replace(question, group_by=NAMED_BY[more["kind"]]), more)
