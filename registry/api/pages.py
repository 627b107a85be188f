"""Keyset pages."""

from rest_framework.pagination import CursorPagination


class KeysetPagination(CursorPagination):
    """Pages that neither skip nor double a row while others write."""

    ordering = ("id",)
