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


# What each role's group may do in the admin; `(apps, actions, models)`, all models where none are named.
_REGISTRY = ("customer", "project", "location", "asset", "component", "lot", "vendoralias")
_GRANTS: dict[Role, tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...]] = {
    Role.VIEWER: ((APPS, ("view",), ()),),
    Role.COLLECTOR: (),
    Role.CONNECTOR: (),
    Role.ENGINEER: (
        (APPS, ("view",), ()),
        (("registry",), ("add", "change"), _REGISTRY),
        (("ingest",), ("add", "change"), ("bundle",)),
        (("timeline",), ("add",), ("assertion",)),
    ),
    Role.ADMIN: (((*APPS, "auth"), ("view", "add", "change", "delete"), ()),),
}


def make_groups(sender: AppConfig, using: str, **_: Any) -> None:
    """Makes a group for each role after migrations, with at least its permissions in the admin."""
    if Group._meta.db_table not in connections[using].introspection.table_names():
        return
    for role, grants in _GRANTS.items():
        group, _created = Group.objects.using(using).get_or_create(name=role.value)
        wanted = Q(pk__in=())
        for apps, actions, models in grants:
            codenames = Q()
            for action in actions:
                codenames |= (
                    Q(codename__in=[f"{action}_{model}" for model in models])
                    if models
                    else Q(codename__startswith=f"{action}_")
                )
            wanted |= Q(content_type__app_label__in=apps) & codenames
        group.permissions.add(*Permission.objects.using(using).filter(wanted))
