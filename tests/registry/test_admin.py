"""The registry's pages: what people find, edit, and may not edit."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from registry.admin.cells import model_name
from registry.models import ApiToken, Asset, Component, Location, VendorAlias
from tests.builders import NOON, make_asset, make_component, make_installation, make_project, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client: Client) -> Client:
    """A client of someone who may do everything."""
    client.force_login(make_staff(is_superuser=True))
    return client


def found(client: Client, name: str, **query: str) -> list[str]:
    """What a list of the admin shows, as text."""
    response = client.get(reverse(f"admin:{name}_changelist"), query)
    assert response.status_code == 200
    return [str(row) for row in response.context["cl"].result_list]


@pytest.mark.parametrize(
    "typed", ["s5fnna0r500123", " S5FNNA0R500123 ", "S5fnNA0", "eui.3635463052600123", "db-17", "mzwlj7"]
)
def test_a_component_is_found_by(root, typed):
    make_component(serial="S5FNNA0R500123", asset=make_asset(), identifiers=[["wwn", "eui.3635463052600123"]])
    make_component(serial="OTHER1", model="M393A4K40DB3")

    assert found(root, "registry_component", q=typed) == ["disk S5FNNA0R500123"]


@pytest.mark.parametrize("typed", ["7xk2m93", "7XK2", "DB-17", "r6515", "acme-eu"])
def test_an_asset_is_found_by(root, typed):
    make_asset(serial="7XK2M93", hostname="db-17", model="PowerEdge R6515", project=make_project(code="ACME-EU"))
    make_asset(serial="OTHER", hostname="web-01")

    assert found(root, "registry_asset", q=typed) == ["db-17"]


@pytest.mark.parametrize("typed", ["s5fnna0r5", "7xk2m93", "db-17"])
def test_an_installation_is_found_by(root, typed):
    make_installation(component=make_component(serial="S5FNNA0R500123"), asset=make_asset(serial="7XK2M93"))
    make_installation(component=make_component(serial="OTHER1"), asset=make_asset(serial="OTHER", hostname="web-01"))

    assert found(root, "registry_installation", q=typed) == ["disk S5FNNA0R500123 in db-17"]


def test_words_do_not_search_all_components_but_those_of_one_asset(root):
    asset = make_asset()
    make_component(serial="S1", slot="Bay 3", asset=asset)

    everywhere = found(root, "registry_component", q="bay")
    in_the_asset = found(root, "registry_component", q="bay", asset__id__exact=str(asset.pk))

    assert everywhere == []
    assert in_the_asset == ["disk S1"]


def test_components_that_turned_out_to_be_others_are_not_shown(root):
    make_component(serial="S2", merged_into=make_component(serial="S1"))

    assert found(root, "registry_component") == ["disk S1"]


def test_assets_are_filtered_by_a_place_and_all_that_lies_in_it(root):
    site = Location.objects.create(name="Frankfurt", kind="site")
    rack = Location.objects.create(name="Rack 1", kind="rack", parent=site)
    make_asset(serial="IN1", hostname="", location=rack)
    make_asset(serial="OUT1", hostname="", location=Location.objects.create(name="Amsterdam", kind="site"))

    assert found(root, "registry_asset", location__id__exact=str(site.pk)) == ["IN1"]


def test_locations_come_in_the_order_of_the_tree(root):
    site = Location.objects.create(name="Zürich", kind="site")
    Location.objects.create(name="Rack 2", kind="rack", parent=site)
    Location.objects.create(name="Rack 1", kind="rack", parent=site)
    Location.objects.create(name="Amsterdam", kind="site")

    assert found(root, "registry_location") == ["Amsterdam", "Zürich", "Rack 1", "Rack 2"]


def test_an_operator_gives_an_asset_its_project_and_place(root):
    asset = make_asset(serial="7XK2M93")
    project = make_project(code="ACME-EU")
    place = Location.objects.create(name="Rack 1", kind="rack")

    root.post(
        reverse("admin:registry_asset_change", args=[asset.pk]),
        {"project": project.pk, "location": place.pk, "status": "spare", "serial": "FORGED"},
    )

    asset.refresh_from_db()
    assert (asset.project, asset.location, asset.status, asset.serial) == (project, place, "spare", "7XK2M93")


def test_saving_a_component_leaves_alone_what_was_derived_meanwhile(root, monkeypatch):
    part = make_component(serial="S1", firmware="1.0")
    save = Component.save

    def save_after_another(self: Component, **options: Any) -> None:
        Component.objects.filter(pk=self.pk).update(firmware="2.0")
        save(self, **options)

    monkeypatch.setattr(Component, "save", save_after_another)
    root.post(reverse("admin:registry_component_change", args=[part.pk]), {"lot": "", "manufactured_on": "2025-04-01"})

    part.refresh_from_db()
    assert str(part.manufactured_on) == "2025-04-01"
    assert part.firmware == "2.0"


def test_an_asset_can_be_entered_before_its_first_bundle(root):
    root.post(reverse("admin:registry_asset_add"), {"vendor": "Dell Inc.", "serial": " 7xk2m93 ", "status": "spare"})

    asset = Asset.objects.get()
    assert (asset.serial, asset.identity, asset.status, asset.declared) == ("7XK2M93", "7XK2M93", "spare", True)


@pytest.mark.parametrize(
    ("serial", "complaint"),
    [("To Be Filled By O.E.M.", "placeholder"), ("7xk2m93", "already")],
    ids=["a placeholder", "one that exists"],
)
def test_an_asset_is_not_entered_with_the_serial(root, serial, complaint):
    make_asset(serial="7XK2M93")

    response = root.post(
        reverse("admin:registry_asset_add"), {"vendor": "Dell Inc.", "serial": serial, "status": "spare"}
    )

    assert complaint in str(response.context["adminform"].form.errors["serial"])
    assert Asset.objects.count() == 1


def test_a_component_can_be_entered_before_its_first_bundle(root):
    root.post(reverse("admin:registry_component_add"), {"type": "disk", "vendor": "Samsung", "serial": "s5fn1"})

    assert Component.objects.get().identity == "disk:S5FN1"


def test_an_asset_with_history_cannot_be_deleted_and_one_without_can(root):
    seen = make_asset(first_seen_at=NOON)
    entered = make_asset()

    answers = [
        root.post(reverse("admin:registry_asset_delete", args=[asset.pk]), {"post": "yes"}).status_code
        for asset in (seen, entered)
    ]

    assert answers == [403, 302]
    assert list(Asset.objects.all()) == [seen]


def test_an_assets_page_shows_its_components_by_slot_number(root):
    asset = make_asset()
    for slot in ("A10", "A2", "A1"):
        make_component(type="memory", slot=slot, asset=asset)

    page = root.get(reverse("admin:registry_asset_change", args=[asset.pk]))

    components = next(panel for panel in page.context["panels"] if panel.title == "Components")
    assert [row[1] for row in components.rows] == ["A1", "A2", "A10"]


def test_an_assets_page_shows_what_sat_there_once(root):
    asset = make_asset()
    make_installation(
        component=make_component(serial="GONE1"), asset=asset, slot="Bay 7", removed_at=NOON + timedelta(days=9)
    )

    page = root.get(reverse("admin:registry_asset_change", args=[asset.pk])).content.decode()

    assert "GONE1" in page
    assert "Bay 7" in page


def test_a_components_page_shows_where_it_sat_and_links_there(root):
    asset = make_asset(hostname="db-17")
    part = make_component()
    make_installation(component=part, asset=asset)

    page = root.get(reverse("admin:registry_component_change", args=[part.pk])).content.decode()

    assert reverse("admin:registry_asset_change", args=[asset.pk]) in page
    assert "still there" in page


def test_what_bundles_say_is_escaped(root):
    asset = make_asset(hostname="<script>alert(1)</script>")
    make_component(asset=asset, slot="<b>Bay</b>", firmware="<i>1</i>")

    page = root.get(reverse("admin:registry_asset_change", args=[asset.pk])).content.decode()

    assert "<script>alert(1)" not in page
    assert "<b>Bay" not in page
    assert escape("<b>Bay</b>") in page


def test_panels_show_only_what_the_user_may_see(client):
    asset = make_asset()
    make_component(asset=asset)
    client.force_login(make_staff("view_asset"))

    page = client.get(reverse("admin:registry_asset_change", args=[asset.pk]))

    assert page.context["panels"] == []


def test_an_open_and_a_closed_installation_are_told_apart(root):
    asset = make_asset()
    make_installation(component=make_component(serial="HERE1"), asset=asset)
    make_installation(component=make_component(serial="GONE1"), asset=asset, removed_at=NOON + timedelta(days=9))

    assert found(root, "registry_installation", open="yes")[0].startswith("disk HERE1")
    assert found(root, "registry_installation", open="no")[0].startswith("disk GONE1")


def test_a_vendors_spelling_is_kept_as_spellings_are_compared(root):
    root.post(
        reverse("admin:registry_vendoralias_add"), {"spelling": "Blue  Widget Works, Inc.", "vendor": "Bluewidget"}
    )

    assert VendorAlias.objects.get(vendor="Bluewidget").spelling == "BLUE WIDGET WORKS"


def test_a_tokens_list_shows_no_digest_and_no_secret(root):
    token, secret = ApiToken.objects.create(user=User.objects.get(), name="collector-fra", role="collector")

    response = root.get(reverse("admin:registry_apitoken_changelist"))

    text = response.content.decode().replace(f'value="{token.digest}"', "")
    assert "collector-fra" in text
    assert token.digest not in text
    assert secret not in text


def test_a_token_cannot_be_made_in_the_admin(root):
    assert root.get(reverse("admin:registry_apitoken_add")).status_code == 403


def test_revoking_deletes_the_token(root):
    token, _ = ApiToken.objects.create(user=User.objects.get(), name="collector-fra", role="collector")

    root.post(
        reverse("admin:registry_apitoken_changelist"), {"action": "revoke", "_selected_action": [token.pk], "index": 0}
    )

    assert not ApiToken.objects.exists()


def test_a_viewer_cannot_revoke(client):
    person = make_staff("view_*")
    token, _ = ApiToken.objects.create(user=person, name="collector-fra", role="collector")
    client.force_login(person)

    client.post(
        reverse("admin:registry_apitoken_changelist"), {"action": "revoke", "_selected_action": [token.pk], "index": 0}
    )

    assert ApiToken.objects.exists()


@pytest.mark.parametrize("page", ["auth_user_add", "auth_group_add"])
def test_forms_of_users_and_groups_are_the_themes(root, page):
    form = root.get(reverse(f"admin:{page}")).context["adminform"].form

    field = next(iter(form.fields.values()))

    assert "border" in field.widget.attrs["class"]


@pytest.mark.parametrize(
    ("vendor", "model", "shown"),
    [
        ("Dell Inc.", "PowerEdge R750", "Dell Inc. PowerEdge R750"),
        ("Samsung", "SAMSUNG MZQL23T8HCLS", "SAMSUNG MZQL23T8HCLS"),
        ("Intel(R) Corporation", "Intel(R) Xeon(R) Gold 6330", "Intel(R) Xeon(R) Gold 6330"),
        ("SK Hynix", "", "SK Hynix"),
        ("", "BIOS", "BIOS"),
        ("", "", "–"),
    ],
)
def test_a_vendor_is_not_named_twice_before_its_model(vendor, model, shown):
    assert model_name(vendor, model) == shown
