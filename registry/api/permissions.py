"""Who may do what, by role."""

from rest_framework.permissions import IsAuthenticated


class RolePermission(IsAuthenticated):
    """Lets in whom a view's roles name."""
