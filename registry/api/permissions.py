"""Who may do what, by role."""

from collections.abc import Mapping
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from registry.domain.vocabulary import Role
from registry.models import ApiToken

READERS = frozenset({Role.VIEWER, Role.ENGINEER, Role.ADMIN})
EDITORS = frozenset({Role.ENGINEER, Role.ADMIN})
UPLOADERS = frozenset({Role.COLLECTOR, Role.ENGINEER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
NOBODY: frozenset[Role] = frozenset()

Roles = Mapping[str, frozenset[Role]]

# What a view that says nothing of roles allows; a method that is not named is allowed to nobody.
USUAL: Roles = {
    "GET": READERS,
    "HEAD": READERS,
    "OPTIONS": READERS,
    "POST": EDITORS,
    "PATCH": EDITORS,
    "DELETE": ADMINS,
}

# The groups of a person who has several count by the one that allows most.
STRONGEST_FIRST = (Role.ADMIN, Role.ENGINEER, Role.VIEWER, Role.COLLECTOR, Role.CONNECTOR)


def role_of(request: Request) -> Role | None:
    """The caller's role: its token's, or for a person in a session the strongest of the groups named like roles."""
    if isinstance(request.auth, ApiToken):
        return Role(request.auth.role)
    if not request.user.is_authenticated:
        return None
    if request.user.is_superuser:
        return Role.ADMIN
    groups = set(request.user.groups.values_list("name", flat=True))
    return next((role for role in STRONGEST_FIRST if role in groups), None)


def customer_of(request: Request) -> str | None:
    """The code of the customer whose data alone the caller may see; None for those who see all."""
    bound = getattr(request.auth, "customer", None)
    return None if bound is None else str(bound.code)


class RolePermission(BasePermission):
    """Lets a caller in when the view's `roles` (or `USUAL`) name its role for the method; else keeps it out."""

    message = "Your role does not allow this."

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method not in view.allowed_methods:
            return True  # so that the answer is 405, not 403
        if not request.user.is_authenticated:
            return False
        roles: Roles = getattr(view, "roles", USUAL)
        role = role_of(request)
        view.role = role
        return role is not None and role in roles.get(request.method or "", NOBODY)
