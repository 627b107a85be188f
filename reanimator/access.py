"""Who is calling, and the groups that stand for the roles of people."""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission
from django.db import connections
from django.db.models import Q
from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework.exceptions import AuthenticationFailed
from structlog.contextvars import bind_contextvars

from registry.domain.vocabulary import Role

APPS = ("registry", "ingest", "timeline", "tickets", "analytics")


class TokenAuthentication(KnoxAuthentication):
    """Knows a client by its token, with one query and no write."""

    def authenticate_credentials(self, token: bytes) -> Any:
        try:
            user, found = super().authenticate_credentials(token)
        except UnicodeDecodeError as error:
            raise AuthenticationFailed("Invalid token.") from error
        bind_contextvars(user_id=user.pk, token=found.name)
        return user, found

    def _cleanup_token(self, auth_token: Any) -> bool:
        # Knox deletes here what has expired, with a query of its own: a write in every GET.
        return auth_token.expiry is not None and auth_token.expiry <= timezone.now()


_EDITED = ("customer", "project", "location", "asset", "component", "lot", "vendoralias")


def _grants(role: Role, app: str) -> Q:
    """The permissions on an app's models, by codename, that a role's group holds in the admin."""
    if role == Role.ADMIN and app in {*APPS, "auth"}:
        return Q()
    condition = Q(pk__in=())
    if role in {Role.VIEWER, Role.ENGINEER} and app in APPS:
        condition |= Q(codename__startswith="view_")
    if role == Role.ENGINEER:
        models = {"registry": _EDITED, "ingest": ("bundle",), "timeline": ("assertion",)}.get(app, ())
        condition |= Q(codename__in=[f"{act}_{model}" for act in ("add", "change") for model in models])
    return condition


def make_groups(sender: AppConfig, using: str, **_: Any) -> None:
    """Gives each role's group its permissions on one app, after the app was migrated and its permissions made."""
    if Group._meta.db_table not in connections[using].introspection.table_names():
        return
    permissions = Permission.objects.using(using).filter(content_type__app_label=sender.label)
    for role in Role:
        group, _created = Group.objects.using(using).get_or_create(name=role.value)
        group.permissions.add(*permissions.filter(_grants(role, sender.label)))
