"""`manage.py apitoken create NAME --role ROLE [--days N]`, `… list`, `… revoke NAME`."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from registry.domain.vocabulary import Role
from registry.models import ApiToken

LONGEST_NAME = ApiToken._meta.get_field("name").max_length or 64
MOST_DAYS = 36_500


class Command(BaseCommand):
    """Makes, lists and revokes the tokens of API clients."""

    help = "Tokens of API clients. `create` prints the secret alone, once; only a digest of it is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Three verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="print the secret of a new token")
        create.add_argument("name", help="what it is for; logs and lists show it")
        create.add_argument("--role", required=True, choices=[role.value for role in Role])
        create.add_argument("--days", type=int, help="how long it is valid; for ever when left out")
        verbs.add_parser("list", help="names, roles and ends")
        revoke = verbs.add_parser("revoke", help="make a token useless at once")
        revoke.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Does what the verb says."""
        match options["verb"]:
            case "create":
                self._create(options["name"], options["role"], options["days"])
            case "list":
                self._list()
            case _:
                self._revoke(options["name"])

    def _create(self, name: str, role: str, days: int | None) -> None:
        if not name.strip() or len(name) > LONGEST_NAME:
            raise CommandError(f"The name must have 1 to {LONGEST_NAME} characters.")
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days must be from 1 to {MOST_DAYS}.")
        if ApiToken.objects.filter(name=name).exists():
            raise CommandError(f"There is a token named {name!r} already: revoke it first, or choose another name.")
        self.stdout.write(_new_token(name, role, timedelta(days=days) if days else None))

    def _list(self) -> None:
        for token in ApiToken.objects.order_by("name", "created"):
            end = token.expiry.isoformat(timespec="seconds") if token.expiry else "never"
            self.stdout.write(f"{token.name}\t{token.role}\tends {end}")

    def _revoke(self, name: str) -> None:
        revoked, _ = ApiToken.objects.filter(name=name).delete()
        if not revoked:
            raise CommandError(f"There is no token named {name!r}.")
        self.stderr.write(f"Revoked {name}.")


@transaction.atomic
def _new_token(name: str, role: str, lifetime: timedelta | None) -> str:
    """The secret of a new token, which belongs to a user of its own that cannot log in."""
    users = get_user_model()
    user, is_new = users.objects.get_or_create(username=f"api-{name}"[:150])
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    _, secret = ApiToken.objects.create(user, expiry=lifetime, name=name, role=role)
    return str(secret)
