"""All addresses."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from reanimator import problems
from reanimator.docs import DocsView, SchemaView
from reanimator.health import Liveness, Readiness

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(url="/admin/")),
    path("admin/", admin.site.urls),
    path("health", Liveness.as_view(), name="health"),
    path("health/ready", Readiness.as_view(), name="health-ready"),
    path("schema", SchemaView.as_view(), name="schema"),
    path("docs", DocsView.as_view(url_name="schema"), name="docs"),
    path("", include("ingest.api.urls")),  # first, since its uploads come most often
    path("", include("registry.api.urls")),
    path("", include("timeline.api.urls")),
    path("", include("tickets.api.urls")),
    path("", include("analytics.api.urls")),
    # With DEBUG on too, when Django would show a page of its own. The admin's paths are Django's, which adds slashes.
    re_path(r"^(?!admin(/|$))", problems.not_found),
]

handler400 = "reanimator.problems.bad_request"
handler403 = "reanimator.problems.permission_denied"
handler404 = "reanimator.problems.not_found"
handler500 = "reanimator.problems.server_error"
