"""`manage.py apitoken`."""

import io
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from registry.models import ApiToken

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    """What the command prints."""
    out = io.StringIO()
    call_command("apitoken", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_the_secret_is_all_that_is_printed_and_it_works():
    printed = run("create", "frankfurt", "--role", "viewer")

    assert printed.startswith("rea_")
    assert len(printed.split()) == 1
    assert APIClient(HTTP_AUTHORIZATION=f"Token {printed.strip()}").get("/assets").status_code == 200


def test_the_tokens_user_cannot_log_in():
    run("create", "frankfurt", "--role", "admin")

    user = get_user_model().objects.get(username="api-frankfurt")
    assert (user.has_usable_password(), user.is_staff, user.is_superuser) == (False, False, False)


def test_a_token_lasts_as_many_days_as_said():
    run("create", "short", "--role", "viewer", "--days", "7")
    run("create", "long", "--role", "viewer")

    short, long = ApiToken.objects.get(name="short"), ApiToken.objects.get(name="long")
    assert short.expiry is not None
    assert abs(short.expiry - timezone.now() - timedelta(days=7)) < timedelta(minutes=1)
    assert long.expiry is None


def test_a_name_that_is_taken_is_refused():
    run("create", "frankfurt", "--role", "viewer")

    with pytest.raises(CommandError, match="already"):
        run("create", "frankfurt", "--role", "viewer")


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "x"),
        ("create", "x", "--role", "king"),
        ("create", "x", "--role", "viewer", "--days", "0"),
        ("create", "x", "--role", "viewer", "--days", "999999999"),
        ("create", " ", "--role", "viewer"),
        ("create", "x" * 65, "--role", "viewer"),
        ("revoke", "nobody"),
        (),
    ],
)
def test_what_cannot_be_is_refused(arguments: tuple[str, ...]):
    with pytest.raises(CommandError):
        run(*arguments)


def test_tokens_are_listed_without_their_secrets():
    secret = run("create", "frankfurt", "--role", "collector").strip()

    printed = run("list")

    assert printed.split("\t") == ["frankfurt", "collector", "ends never\n"]
    assert secret not in printed


def test_a_revoked_token_is_useless_and_its_name_free():
    secret = run("create", "frankfurt", "--role", "viewer").strip()

    run("revoke", "frankfurt")

    assert APIClient(HTTP_AUTHORIZATION=f"Token {secret}").get("/assets").status_code == 401
    assert run("create", "frankfurt", "--role", "viewer")
