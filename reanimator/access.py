"""Who is calling, and the groups that stand for the roles of people."""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission, User
from django.db import connections
from django.db.models import Q
from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed
from structlog.contextvars import bind_contextvars

from registry.compiled import CompiledQuery
from registry.domain.vocabulary import Role
from registry.models import ApiToken

APPS = ("registry", "ingest", "timeline", "tickets", "analytics")


_TOKEN_FIELDS = tuple(field.attname for field in ApiToken._meta.concrete_fields)
_USER_FIELDS = tuple(field.attname for field in User._meta.concrete_fields)

_tokens_with_digest = CompiledQuery(
    lambda digest: ApiToken.objects.filter(pk=digest).values_list(
        *_TOKEN_FIELDS, *(f"user__{name}" for name in _USER_FIELDS)
    ),
    placeholder="a digest",
)


class TokenAuthentication(KnoxAuthentication):
    """Knows a client by its token, with one query and no write."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        # Knox looks for tokens that begin alike and deletes the user's expired ones: a write in every GET. The digest
        # is the key, and says nothing of the secret to whoever can time the look-up.
        rows = _tokens_with_digest.rows(hash_token(token.decode(errors="replace")))
        if not rows:
            raise AuthenticationFailed("Invalid token.")
        values = rows[0]
        found = ApiToken.from_db(None, _TOKEN_FIELDS, values[: len(_TOKEN_FIELDS)])
        user = User.from_db(None, _USER_FIELDS, values[len(_TOKEN_FIELDS) :])
        if found.expiry is not None and found.expiry <= timezone.now():
            raise AuthenticationFailed("This token has expired.")
        if not user.is_active:
            raise AuthenticationFailed("The user of this token was switched off.")
        bind_contextvars(user_id=user.pk, token=found.name)
        return user, found


_EDITED = ("customer", "project", "location", "asset", "component", "lot", "vendoralias", "identitydecision")


def _grants(role: Role, app: str) -> Q:
    """The permissions on an app's models, by codename, that a role's group holds in the admin."""
    if role == Role.ADMIN and app in {*APPS, "auth"}:
        return Q()
    condition = Q(pk__in=())
    if role in {Role.VIEWER, Role.ENGINEER} and app in APPS:
        condition |= Q(codename__startswith="view_")
    if role == Role.ENGINEER:
        models = {
            "registry": _EDITED,
            "ingest": ("bundle",),
            "timeline": ("assertion", "removalword"),
            "tickets": ("ticketlink", "failure"),
            "analytics": ("run", "alert"),
        }.get(app, ())
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
