"""The addresses of reliability."""

from typing import Any

from django.urls import path
from rest_framework.routers import SimpleRouter

from analytics.api.alerts import AlertViewSet
from analytics.api.answers import Reliability, Spares, Survival, Trend
from analytics.api.parts import CountedComponents, CountedFailures
from analytics.api.runs import RunViewSet
from analytics.api.standings import Standings

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("analytics/runs", RunViewSet, "run")
router.register("analytics/alerts", AlertViewSet, "alert")

LIST: dict[str, Any] = {"get": "list"}

urlpatterns = [
    path("analytics/reliability", Reliability.as_view(), name="analytics-reliability"),
    path("analytics/trend", Trend.as_view(), name="analytics-trend"),
    path("analytics/survival", Survival.as_view(), name="analytics-survival"),
    path("analytics/spares", Spares.as_view(), name="analytics-spares"),
    path("analytics/standings", Standings.as_view(), name="analytics-standings"),
    path("analytics/components", CountedComponents.as_view(LIST), name="analytics-components"),
    path("analytics/failures", CountedFailures.as_view(LIST), name="analytics-failures"),
    *router.urls,
]
