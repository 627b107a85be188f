"""The timeline's addresses. Timelines themselves are with `tickets`, which joins its own events to them."""

from typing import Any

from django.urls import path
from rest_framework.routers import SimpleRouter

from timeline.api.configuration import Configuration, Difference
from timeline.api.identity import IdentityConflictViewSet, IdentityDecisionViewSet
from timeline.api.installations import ComponentInstallations, InstallationViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("installations", InstallationViewSet, "installation")
router.register("identity-conflicts", IdentityConflictViewSet, "identity-conflict")
router.register("identity-decisions", IdentityDecisionViewSet, "identity-decision")

LIST: dict[str, Any] = {"get": "list"}

urlpatterns = [
    path("assets/<int:asset_id>/components", Configuration.as_view(), name="asset-components"),
    path("assets/<int:asset_id>/diff", Difference.as_view(), name="asset-diff"),
    path(
        "components/<int:component_id>/installations",
        ComponentInstallations.as_view(LIST),
        name="component-installations",
    ),
    *router.urls,
]
