"""People, what they may do, and the tokens of their programs."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as PlainGroupAdmin
from django.contrib.auth.admin import UserAdmin as PlainUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from registry.admin.cells import label, link
from registry.admin.records import ReadOnlyAdmin
from registry.models import ApiToken

# Forms that the theme does not know have invisible inputs: both are registered again with it.
admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(PlainUserAdmin, ModelAdmin):
    """People who log in."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    compressed_fields = False
    warn_unsaved_form = True
    filter_horizontal = ()
    autocomplete_fields = ("groups",)
    # Roles are groups; permissions of single users would be forgotten there.
    fieldsets = (
        (None, {"fields": (("username", "password"), ("first_name", "last_name", "email"))}),
        ("Permissions", {"fields": (("is_active", "is_staff", "is_superuser"), "groups")}),
        ("Dates", {"fields": (("last_login", "date_joined"),)}),
    )
    readonly_fields = ("last_login", "date_joined")
    list_display = ("username", "email", "roles", "is_active", "is_superuser", "last_login")
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Users with their groups."""
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="groups")
    def roles(self, user: User) -> str:
        """The names of the user's groups."""
        return ", ".join(group.name for group in user.groups.all()) or "–"


@admin.register(Group)
class GroupAdmin(PlainGroupAdmin, ModelAdmin):
    """Roles and what they may do."""

    compressed_fields = False


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """API tokens: who holds which, until when. `manage.py apitoken` makes them and prints the secret, once."""

    list_display = ("name", "role_label", "user_link", "created", "validity")
    # A token's page would have its digest in its address.
    list_display_links = None
    list_filter = (("role", ChoicesDropdownFilter),)
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    search_help_text = "Name of the token or its user"
    fields = ("name", "role", "user", "created", "expiry")
    actions = ("revoke",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Those who may delete tokens: that revokes them."""
        return bool(request.user.has_perm("registry.delete_apitoken"))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Revoking alone: Django's own action would list digests."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.action(description="Revoke the selected tokens", permissions=["delete"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Deletes the tokens: their clients are let in no more."""
        names = [str(token) for token in queryset]
        self.log_deletions(request, queryset)
        queryset.delete()
        self.message_user(request, f"Revoked: {', '.join(names)}.", messages.SUCCESS)

    @admin.display(description="role", ordering="role")
    def role_label(self, token: ApiToken) -> SafeString:
        """The role as a label."""
        return label(token.role, "primary")

    @admin.display(description="user", ordering="user__username")
    def user_link(self, token: ApiToken) -> SafeString:
        """A link to the user."""
        return link(token.user)

    @admin.display(description="valid", ordering="expiry")
    def validity(self, token: ApiToken) -> SafeString | str:
        """Until when the token lets in."""
        if token.expiry is None:
            return "until revoked"
        if token.expiry <= timezone.now():
            return label("expired", "danger")
        return f"until {token.expiry:%Y-%m-%d %H:%M}"
