"""Ingest's addresses."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from ingest.api.bundles import BundleViewSet
from ingest.api.contents import BundleFileView, BundleSignalView
from ingest.api.observations import ComponentObservationView, ObservationViewSet
from ingest.api.upload import UploadView

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("logbundles", BundleViewSet, "logbundle")
router.register("observations", ObservationViewSet, "observation")

urlpatterns = [
    path("ingest/logbundle", UploadView.as_view(), name="ingest-logbundle"),
    path("logbundles/<int:bundle_id>/files", BundleFileView.as_view({"get": "list"}), name="logbundle-files"),
    path("logbundles/<int:bundle_id>/signals", BundleSignalView.as_view({"get": "list"}), name="logbundle-signals"),
    path(
        "components/<int:component_id>/observations",
        ComponentObservationView.as_view({"get": "list"}),
        name="component-observations",
    ),
    *router.urls,
]
