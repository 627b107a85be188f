"""Who gets in, and what each role may do."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from registry.domain.vocabulary import Role
from registry.models import ApiToken
from tests.builders import make_bundle, make_customer, make_user
from tests.clients import client_as

pytestmark = pytest.mark.django_db

OPEN = ("/health", "/health/ready", "/schema", "/docs")
CLOSED = (
    "/customers", "/projects", "/locations", "/assets", "/components", "/lots", "/installations", "/logbundles",
    "/observations", "/assets/1", "/assets/1/timeline", "/assets/1/components", "/assets/1/diff",
    "/components/1/timeline", "/components/1/installations", "/components/1/observations", "/logbundles/1/files",
    "/logbundles/1/raw", "/logbundles/1/signals",
)  # fmt: skip


@pytest.mark.parametrize("address", OPEN)
def test_health_and_documentation_need_no_token(address: str):
    assert APIClient().get(address).status_code == 200


@pytest.mark.parametrize("address", CLOSED)
def test_all_else_needs_a_token(address: str):
    answer = APIClient().get(address)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize(
    "header",
    ["Token", "Token rea_0000", "Token a b", "Token \xff\xfe", "Token \u0000", "Bearer rea_0", "Basic Zm9vOmJhcg=="],
)
def test_a_token_that_is_none_is_refused(header: str):
    answer = APIClient(HTTP_AUTHORIZATION=header).get("/assets")

    assert answer.status_code == 401


def test_a_token_ends_at_its_time():
    client = client_as("viewer", lifetime=timedelta(seconds=-1))

    assert client.get("/assets").status_code == 401


def test_a_client_whose_user_was_switched_off_is_refused():
    user = make_user()
    client = client_as("viewer", user=user)
    user.is_active = False
    user.save()

    assert client.get("/assets").status_code == 401


def test_knowing_a_client_costs_one_query_and_no_write_though_other_tokens_have_expired():
    user = make_user()
    client_as("viewer", user=user, lifetime=timedelta(seconds=-1))
    client = client_as("viewer", user=user)

    with CaptureQueriesContext(connection) as captured:
        client.get("/installations/1")

    assert [query["sql"].split()[0] for query in captured] == ["SELECT", "SELECT"]  # the token, then the row
    assert ApiToken.objects.count() == 2


def test_only_a_digest_of_a_token_is_kept():
    _, secret = ApiToken.objects.create(make_user(), name="frankfurt", role="viewer")

    row = ApiToken.objects.values().get()
    assert secret.startswith("rea_")
    assert not any(secret in str(value) for value in row.values())


# method, address, and the roles that are let in.
READERS = {"viewer", "engineer", "admin"}
RULES: list[tuple[str, str, set[str]]] = [
    ("get", "/assets", READERS),
    ("get", "/components/1/timeline", READERS),
    ("get", "/observations", READERS),
    ("get", "/logbundles", READERS | {"collector"}),
    ("get", "/logbundles/1/raw", READERS | {"collector"}),
    ("get", "/logbundles/1/files", READERS | {"collector"}),
    ("get", "/logbundles/1/signals", READERS | {"collector"}),
    ("post", "/assets", {"engineer", "admin"}),
    ("patch", "/assets/1", {"engineer", "admin"}),
    ("delete", "/assets/1", {"admin"}),
    ("post", "/installations", {"engineer", "admin"}),
    ("patch", "/installations/1", {"engineer", "admin"}),
    ("patch", "/logbundles/1", {"engineer", "admin"}),
    ("post", "/ingest/logbundle", {"collector", "engineer", "admin"}),
]


@pytest.mark.parametrize("role", [role.value for role in Role])
@pytest.mark.parametrize(
    ("method", "address", "allowed"), RULES, ids=[f"{method} {address}" for method, address, _ in RULES]
)
def test_each_role_may_do_what_it_is_for(method: str, address: str, allowed: set[str], role: str):
    answer = getattr(client_as(role), method)(address)

    assert (answer.status_code != 403) is (role in allowed)


def test_a_collector_sees_only_what_it_sent():
    collector = make_user()
    own, other = make_bundle(uploaded_by=collector), make_bundle(uploaded_by=make_user())
    client = client_as("collector", user=collector)

    listed = [row["id"] for row in client.get("/logbundles").json()["results"]]

    assert listed == [own.pk]
    assert client.get(f"/logbundles/{own.pk}").status_code == 200
    for address in ("", "/files", "/signals", "/raw"):
        assert client.get(f"/logbundles/{other.pk}{address}").status_code == 404


@pytest.mark.parametrize(
    ("groups", "status"),
    [([], 403), (["connector"], 403), (["viewer"], 200), (["collector", "viewer"], 200), (["accounting"], 403)],
)
def test_a_person_in_a_session_has_the_role_of_the_strongest_group(groups: list[str], status: int):
    person = make_user()
    person.groups.set(Group.objects.get_or_create(name=name)[0] for name in groups)
    client = APIClient()
    client.force_login(person)

    assert client.get("/assets").status_code == status


def test_a_superuser_in_a_session_may_do_everything():
    client = APIClient()
    client.force_login(make_user(is_superuser=True))
    customer = make_customer()

    assert client.delete(f"/customers/{customer.pk}").status_code == 204


def test_a_session_alone_does_not_write_across_sites():
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(make_user(is_superuser=True))

    answer = client.post("/customers", {"code": "ACME"})

    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_there_is_a_group_for_each_role():
    assert {role.value for role in Role} <= set(Group.objects.values_list("name", flat=True))


@pytest.mark.parametrize(
    ("role", "permission", "granted"),
    [
        ("viewer", "view_asset", True),
        ("viewer", "change_asset", False),
        ("engineer", "change_asset", True),
        ("engineer", "delete_asset", False),
        ("engineer", "change_user", False),
        ("admin", "delete_asset", True),
        ("admin", "change_user", True),
        ("collector", "view_asset", False),
    ],
)
def test_a_roles_group_holds_its_permissions(role: str, permission: str, granted: bool):
    group = Group.objects.get(name=role)

    assert group.permissions.filter(codename=permission).exists() is granted
