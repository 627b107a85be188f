"""Questions over HTTP: failure rates, trends, life curves, spares. Each answer is a run that is kept."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.api import shapes
from analytics.api.csv_tables import CsvRenderer
from analytics.api.parameters import (
    FILTER_PARAMETERS,
    GROUP_PARAMETER,
    WINDOW_PARAMETERS,
    Problems,
    number,
    question_asked,
)
from analytics.domain.windows import days_of
from analytics.models import Run
from analytics.selectors.ages import Clock
from analytics.selectors.answers import TooMuchAsked
from analytics.selectors.sources import linked
from analytics.selectors.standings import FIGURES as STANDING_FIGURES
from analytics.services.keeping import bring_up_to_date
from analytics.services.runs import Inquiry, run
from registry.api.bodies import JSONRenderer
from registry.api.permissions import customer_of

PARAMETERS = [GROUP_PARAMETER, *WINDOW_PARAMETERS, *FILTER_PARAMETERS]
CURVE = ("age_days", "survival", "low", "high", "at_risk", "failures", "hazard", "given_survival_to")
# By kind, what a CSV table has beside the groups' columns.
COLUMNS: Mapping[str, Sequence[str]] = {
    Run.Kind.RELIABILITY: shapes.FIGURES,
    Run.Kind.TREND: ("month", "from", "to", *shapes.FIGURES),
    Run.Kind.SURVIVAL: CURVE,
    Run.Kind.ALERTS: ("asset_id", *STANDING_FIGURES),
    Run.Kind.SPARES: (*shapes.FIGURES, "in_service", "planned_component_days", "expected_demand", "stock"),
}


def table_of(found: Run, data: Mapping[str, Any]) -> tuple[Sequence[str], Iterable[Mapping[str, Any]]]:
    """The columns and rows of an answer as a table; of life curves each point is a row."""
    columns = (*found.parameters["group_by"], *COLUMNS.get(found.kind, ()))
    rows = data["results"]
    if found.kind == Run.Kind.SURVIVAL:
        rows = [{**row, **point} for row in rows for point in row["curve"]]
    return columns, rows


def run_reference(found: Run) -> dict[str, Any]:
    """A run as its answer tells it."""
    return {
        "id": found.pk,
        "digest": found.digest,
        "as_of": found.as_of,
        "from": found.starts_at,
        "to": found.ends_at,
        "computed_at": found.computed_at,
        "code_version": found.code_version,
    }


class AnswerView(APIView):
    """Answers one kind of question."""

    renderer_classes = (JSONRenderer, CsvRenderer)
    kind: ClassVar[Run.Kind]
    extras: ClassVar[tuple[str, ...]] = ()

    def more(self, request: Request) -> dict[str, Any]:
        """What this kind asks beside the question."""
        return {}

    def answer(self, request: Request) -> Response:
        """The answer, from the run that is kept where the same was asked of the same data."""
        now = timezone.now()
        inquiry = self._inquiry(request, now)
        up_to_date = bring_up_to_date(now=now, most=settings.RELIABILITY_COUNT_MOST)
        try:
            self.found = run(inquiry, now=now)
        except TooMuchAsked as refusal:
            raise ValidationError({"window": [str(refusal)]}) from refusal
        body = linked(self.found, self.found.content)
        return Response({"run": run_reference(self.found), "up_to_date": up_to_date, **inquiry.more, **body})

    def _inquiry(self, request: Request, now: datetime) -> Inquiry:
        question = question_asked(request, now=now, customer=customer_of(request), extras=self.extras)
        return Inquiry(self.kind.value, question, self.more(request))

    @property
    def csv_name(self) -> str:
        """The name of the table."""
        return f"{self.kind.value}-{self.found.pk}"

    def table(self, data: Mapping[str, Any]) -> tuple[Sequence[str], Iterable[Mapping[str, Any]]]:
        """The answer as a table."""
        return table_of(self.found, data)


class Reliability(AnswerView):
    """Failure rates."""

    kind = Run.Kind.RELIABILITY

    @extend_schema(operation_id="analytics_reliability", parameters=PARAMETERS, responses=shapes.ReliabilitySerializer)
    def get(self, request: Request) -> Response:
        """AFR and MTBF with exact intervals, of the whole and of each group."""
        return self.answer(request)


class Trend(AnswerView):
    """Failure rates by month."""

    kind = Run.Kind.TREND

    @extend_schema(operation_id="analytics_trend", parameters=PARAMETERS, responses=shapes.TrendSerializer)
    def get(self, request: Request) -> Response:
        """The same figures by calendar month."""
        return self.answer(request)


class Survival(AnswerView):
    """Life curves."""

    kind = Run.Kind.SURVIVAL
    extras = ("clock", "min_at_risk")

    def more(self, request: Request) -> dict[str, Any]:
        problems = Problems()
        clock, least = Clock.INSTALLED.value, 0
        with problems.of("clock"):
            if (clock := request.query_params.get("clock") or clock) not in set(Clock):
                raise ValueError(f"{clock!r} is no clock; known: {', '.join(Clock)}")
        with problems.of("min_at_risk"):
            text = request.query_params.get("min_at_risk") or str(settings.RELIABILITY_LEAST_AT_RISK)
            least = int(told := number(text, 1, 1_000_000))
            if told != least:
                raise ValueError("a whole number is expected")
        problems.refuse()
        return {"clock": clock, "min_at_risk": least}

    @extend_schema(
        operation_id="analytics_survival",
        parameters=[
            *PARAMETERS,
            OpenApiParameter(
                "clock",
                OpenApiTypes.STR,
                enum=[word.value for word in Clock],
                description="What ages are counted from: the first installation (or manufacture, if nobody saw it), "
                "the manufacture alone, or the hours that a disk counts itself.",
            ),
            OpenApiParameter(
                "min_at_risk",
                OpenApiTypes.INT,
                description="A curve starts where so many stay at risk; 20, or as it is set, when left out.",
            ),
        ],
        responses=shapes.SurvivalSerializer,
    )
    def get(self, request: Request) -> Response:
        """Life curves with intervals (Kaplan-Meier, late entry) and Weibull fits, of the whole and of each group."""
        return self.answer(request)


class Spares(AnswerView):
    """Spares."""

    kind = Run.Kind.SPARES
    extras = ("horizon", "service_level")

    def more(self, request: Request) -> dict[str, Any]:
        problems = Problems()
        days, level = 0, 0.0
        with problems.of("horizon"):
            days = days_of(request.query_params.get("horizon") or "90d")
        with problems.of("service_level"):
            level = number(request.query_params.get("service_level") or "0.95", 0.5, 0.9999)
        problems.refuse()
        return {"horizon_days": days, "service_level": level}

    @extend_schema(
        operation_id="analytics_spares",
        parameters=[
            *PARAMETERS,
            OpenApiParameter("horizon", OpenApiTypes.STR, description="Days to plan for; `90d` when left out."),
            OpenApiParameter(
                "service_level",
                OpenApiTypes.FLOAT,
                description="How probable it should be that they suffice, 0.5 to 0.9999; 0.95 when left out.",
            ),
        ],
        responses=shapes.SparesSerializer,
    )
    def get(self, request: Request) -> Response:
        """How many spares suffice for a time to come, for each group and for all together."""
        return self.answer(request)
