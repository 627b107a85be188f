"""The admin as a whole: every table has its pages, for every reader, at a fixed number of queries."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics.models import Cohort, CountedFailure, Lease, MonthlyCount, Run, Spell
from ingest.models import Bundle, BundleFile, FailureSignal, Observation, Snapshot
from registry.models import (
    ApiToken,
    Asset,
    Component,
    ComponentIdentifier,
    Customer,
    DecidedName,
    IdentityDecision,
    Installation,
    Location,
    Lot,
    Project,
    VendorAlias,
)
from tests.builders import (
    NOON,
    make_asset,
    make_bundle,
    make_component,
    make_event,
    make_file,
    make_firmware_period,
    make_installation,
    make_location,
    make_lot,
    make_observation,
    make_project,
    make_snapshot,
    make_staff,
)
from tests.tickets.cases import make_failure, make_link, make_ticket
from tickets.models import Connector, Failure, FailureEpisode, Ticket, TicketLink, UnresolvedLink
from timeline.models import Assertion, AssetEvent, Change, Event, FirmwarePeriod, IdentityConflict

MACHINES = (
    Bundle,
    BundleFile,
    Snapshot,
    Observation,
    Installation,
    Event,
    FirmwarePeriod,
    Assertion,
    IdentityConflict,
    IdentityDecision,
    Ticket,
    TicketLink,
    UnresolvedLink,
)
PEOPLES = (
    Customer,
    Project,
    Location,
    Lot,
    VendorAlias,
    Connector,
    Asset,
    Component,
    Failure,
    Run,
    ApiToken,
    User,
    Group,
)
LARGE = (
    Bundle,
    BundleFile,
    Snapshot,
    Observation,
    Installation,
    Event,
    FirmwarePeriod,
    Component,
    Ticket,
    TicketLink,
    Failure,
)
# Shown on the pages of what they belong to.
WITHIN_OTHERS = {AssetEvent, ComponentIdentifier, DecidedName, FailureEpisode, FailureSignal}
# What one step leaves for the next, for a moment.
PASSING = {Change}
# Sums that the pages of runs show, in a form that says nothing to people.
COUNTED = {Cohort, Spell, CountedFailure, MonthlyCount, Lease}

pytestmark = pytest.mark.django_db


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def make_one_of_everything(number: int) -> None:
    """One more row in every table, none of them sharing another's."""
    location = make_location()
    asset = make_asset(hostname=f"db-{number}", project=make_project(), location=location)
    part = make_component(asset=asset, slot="Bay 1", lot=make_lot(), identifiers=[["wwn", f"eui.{number}"]])
    make_installation(component=part, asset=asset)
    bundle = make_bundle()
    make_file(bundle=bundle)
    make_observation(component=part, snapshot=make_snapshot(bundle=bundle, asset=asset))
    make_event(asset=asset, component=part, bundle=bundle, to_value="Bay 1")
    make_firmware_period(component=part)
    person = make_staff()
    person.groups.add(Group.objects.create(name=f"group-{number}"))
    Assertion.objects.create(
        key=f"assertion-{number}", act="install", component=part, asset=asset, at=NOON, recorded_by=person
    )
    IdentityConflict.objects.create(
        key=f"conflict-{number}",
        kind="alternation",
        component=part,
        asset=asset,
        other_asset=make_asset(),
        name=part.serial,
        first_at=NOON,
        last_at=NOON,
    )
    decision = IdentityDecision.objects.create(kind="ignore", decided_by=person, decided_at=NOON)
    DecidedName.objects.create(decision=decision, place=0, name=part.identity, lookup=part.lookup)
    ticket = make_ticket(external_id=f"OPS-{number}")
    make_link(ticket=ticket, asset=asset)
    make_link(ticket=ticket, by="asset_hostname", name=f"db-{number}")
    make_failure(component=part, asset=asset)
    Run.objects.create(
        kind="reliability",
        status="failed",
        parameters={"group_by": [], "filters": {}},
        **dict.fromkeys(("as_of", "starts_at", "ends_at", "computed_at"), NOON),
        seconds=0.1,
        failure=f"why {number}",
    )
    VendorAlias.objects.create(spelling=f"VENDOR {number}", vendor="Vendor")
    Connector.objects.create(name=f"jira-{number}", kind="jira", base_url="https://jira.example.com")
    ApiToken.objects.create(user=person, name=f"token-{number}", role="viewer")


def names(models: tuple[type[Model], ...]) -> list[str]:
    return [model.__name__ for model in models]


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """The theme keeps what a user found for some minutes, by the user's id, which tests share."""
    cache.clear()


@pytest.fixture
def viewer(client: Client) -> Client:
    """A client of someone who may only look."""
    client.force_login(make_staff("view_*"))
    return client


@pytest.fixture
def root(client: Client) -> Client:
    """A client of someone who may do everything."""
    client.force_login(make_staff(is_superuser=True))
    return client


def test_every_table_has_its_pages():
    ours = {
        model
        for config in ("registry", "ingest", "timeline", "tickets", "analytics")
        for model in apps.get_app_config(config).get_models()
    }

    missing = {model for model in ours if not admin.site.is_registered(model)}

    assert missing == WITHIN_OTHERS | COUNTED | PASSING


@pytest.mark.parametrize("model", MACHINES + PEOPLES, ids=names(MACHINES + PEOPLES))
def test_a_viewer_sees_the_list(viewer, model):
    make_one_of_everything(1)

    response = viewer.get(address(model, "changelist"))

    assert response.status_code == 200
    assert len(response.context["cl"].result_list) >= 1


@pytest.mark.parametrize("model", MACHINES + PEOPLES, ids=names(MACHINES + PEOPLES))
def test_a_viewer_sees_a_row_and_cannot_save_it(viewer, model):
    make_one_of_everything(1)

    response = viewer.get(address(model, "change", model._default_manager.first().pk))

    assert response.status_code == 200
    assert b'name="_save"' not in response.content


@pytest.mark.parametrize("model", MACHINES, ids=names(MACHINES))
def test_nobody_writes_what_machines_write(root, model):
    make_one_of_everything(1)
    row = model._default_manager.first()

    answers = [
        root.get(address(model, "add")).status_code,
        root.post(address(model, "change", row.pk), {}).status_code,
        root.post(address(model, "delete", row.pk), {"post": "yes"}).status_code,
    ]

    assert answers == [403, 403, 403]
    assert model._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", MACHINES + PEOPLES, ids=names(MACHINES + PEOPLES))
def test_a_list_costs_the_same_queries_for_30_rows_as_for_3(root, model):
    for number in range(3):
        make_one_of_everything(number)
    root.get(address(model, "changelist"))  # content types and the like are read once
    with CaptureQueriesContext(connection) as few:
        root.get(address(model, "changelist"))
    for number in range(3, 30):
        make_one_of_everything(number)

    with CaptureQueriesContext(connection) as many:
        response = root.get(address(model, "changelist"))

    assert len(response.context["cl"].result_list) >= 30
    assert len(many) == len(few)


@pytest.mark.parametrize("model", [Asset, Component, Bundle], ids=["Asset", "Component", "Bundle"])
def test_a_page_costs_the_same_queries_for_30_rows_in_its_tables_as_for_3(root, model):
    make_one_of_everything(1)
    row = model._default_manager.first()

    def add_to_history(number: int) -> None:
        asset, part, bundle = Asset.objects.all()[0], Component.objects.all()[0], Bundle.objects.all()[0]
        make_component(asset=asset, slot=f"Bay {number}")
        make_observation(component=part, snapshot=make_snapshot(bundle=bundle, asset=asset))
        make_file(bundle=bundle)
        make_event(type="FIRMWARE_CHANGED", asset=asset, component=part, bundle=make_bundle(), to_value=str(number))

    for number in range(2):
        add_to_history(number)
    with CaptureQueriesContext(connection) as few:
        root.get(address(model, "change", row.pk))
    for number in range(2, 30):
        add_to_history(number)

    with CaptureQueriesContext(connection) as many:
        root.get(address(model, "change", row.pk))

    assert len(many) == len(few)


@pytest.mark.parametrize("model", LARGE, ids=names(LARGE))
def test_a_large_tables_list_joins_no_other_table_which_mariadb_might_begin_with(root, model):
    make_one_of_everything(1)

    with CaptureQueriesContext(connection) as queries:
        root.get(address(model, "changelist"))

    [rows] = [query["sql"] for query in queries if "LIMIT 50" in query["sql"]]
    _, of_table, joins = rows.rpartition(f"FROM {connection.ops.quote_name(model._meta.db_table)}")
    assert of_table
    assert "INNER JOIN" not in joins


def test_the_start_page_leads_to_what_the_user_may_see(client):
    client.force_login(make_staff("view_asset"))

    page = client.get(reverse("admin:index")).content.decode()

    assert address(Asset, "changelist") in page
    assert address(Bundle, "changelist") not in page


def test_the_quick_search_finds_a_serial_typed_in_lower_case(root):
    make_component(serial="S5FNNA0R500123")

    page = root.get(reverse("admin:search"), {"s": "s5fnna0r5", "extended": "1"}).content.decode()

    assert "S5FNNA0R500123" in page


def test_the_quick_search_shows_nothing_that_the_user_may_not_see(client):
    make_component(serial="S5FNNA0R500123")
    client.force_login(make_staff("view_asset"))

    page = client.get(reverse("admin:search"), {"s": "s5fnna0r5", "extended": "1"}).content.decode()

    assert "S5FNNA0R500123" not in page


def test_times_are_written_by_year_month_and_day(root):
    make_asset(last_seen_at=NOON)

    page = root.get(address(Asset, "changelist")).content.decode()

    assert "2026-03-01 12:00" in page
