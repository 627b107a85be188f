"""The registry's addresses."""

from rest_framework.routers import SimpleRouter

from registry.api import views

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("customers", views.CustomerViewSet, "customer")
router.register("projects", views.ProjectViewSet, "project")
router.register("locations", views.LocationViewSet, "location")
router.register("lots", views.LotViewSet, "lot")
router.register("assets", views.AssetViewSet, "asset")
router.register("components", views.ComponentViewSet, "component")

urlpatterns = router.urls
