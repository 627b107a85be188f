"""Tokens of API clients."""

from django.db import models
from knox.models import AbstractAuthToken

from registry.domain.vocabulary import Role


class ApiToken(AbstractAuthToken):
    """A client's key: only a digest is kept; the secret was printed once."""

    name = models.CharField(max_length=64)
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role])

    class Meta:
        ordering = ("name", "digest")

    def __str__(self) -> str:
        return f"{self.name} ({self.role})"
