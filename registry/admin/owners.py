"""Customers and their projects."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from registry.admin.cells import anchor, link, list_address
from registry.admin.records import RecordAdmin
from registry.models import Asset, Customer, Project


@admin.register(Customer)
class CustomerAdmin(RecordAdmin):
    """Customers."""

    list_display = ("code", "name", "projects", "created_at")
    search_fields = ("code", "name")
    search_help_text = "Code or name"
    fields = ("code", "name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        """Customers with the number of their projects."""
        customers: QuerySet[Customer] = super().get_queryset(request)
        return customers.annotate(project_count=Count("projects"))

    @admin.display(description="projects", ordering="project_count")
    def projects(self, customer: Customer) -> SafeString:
        """A link to the customer's projects."""
        number = customer.project_count  # type: ignore[attr-defined]  # the list's query adds it
        return anchor(list_address(Project, customer__id__exact=customer.pk), str(number))


@admin.register(Project)
class ProjectAdmin(RecordAdmin):
    """Projects."""

    list_display = ("code", "name", "customer_link", "assets", "created_at")
    list_filter = (("customer", AutocompleteSelectFilter),)
    list_select_related = ("customer",)
    search_fields = ("code", "name", "customer__code", "customer__name")
    search_help_text = "Code or name, of the project or its customer"
    autocomplete_fields = ("customer",)
    fields = ("customer", "code", "name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        """Projects with the number of their assets."""
        projects: QuerySet[Project] = super().get_queryset(request)
        return projects.annotate(asset_count=Count("assets"))

    @admin.display(description="customer", ordering="customer__code")
    def customer_link(self, project: Project) -> SafeString:
        """A link to the customer."""
        return link(project.customer)

    @admin.display(description="assets", ordering="asset_count")
    def assets(self, project: Project) -> SafeString:
        """A link to the project's assets."""
        number = project.asset_count  # type: ignore[attr-defined]  # the list's query adds it
        return anchor(list_address(Asset, project__id__exact=project.pk), str(number))
