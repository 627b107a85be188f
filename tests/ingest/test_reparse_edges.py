"""Bundles read again over HTTP and by command: who may, what is answered, and which are taken."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from rest_framework.test import APIClient

from ingest.models import Bundle
from ingest.selectors import outdated
from ingest.services import Effect, reparse
from registry.models import Component
from tests.clients import client_as, found
from tests.ingest.deliveries import NOW, deliver, document, send
from tests.ingest.tally import again, everything, harm, tally

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder", "mended")]

DAY = timedelta(days=1)

# outdated


def test_bundles_that_an_older_version_read_are_listed(mended: Any) -> None:
    old, other = tally("SRV-A", 1, "D1"), deliver(document())
    engineer = client_as("engineer")
    assert found(engineer, "/logbundles", outdated="true") == []
    mended()
    new = tally("SRV-B", 1, "D1")

    assert found(engineer, "/logbundles", outdated="true") == [old.pk]
    assert found(engineer, "/logbundles", outdated="false", ordering="id") == [other.pk, new.pk]
    again(old)
    assert not outdated(Bundle.objects.all()).exists()


# over HTTP


@pytest.fixture
def engineer() -> APIClient:
    return client_as("engineer")


def test_the_answer_tells_what_changed(engineer: APIClient, mended: Any) -> None:
    bundle = tally("SRV-A", 1, "D1", "D2")
    mended()

    answer = engineer.post(f"/logbundles/{bundle.pk}/reparse")

    told = answer.json()
    disk = Component.objects.get(serial="D2")
    asset = {"id": disk.asset_id, "serial": "SRV-A", "hostname": ""}
    component = {"id": disk.pk, "type": "disk", "serial": "D2", "model": ""}
    assert answer.status_code == 200
    assert (told["dry_run"], told["added"], told["removed"]) == (False, 1, 0)
    assert told["assets"] == [{"asset": asset, "added": 1, "removed": 0}]
    assert told["components"] == [{"component": component, "added": 1, "removed": 0}]
    assert told["changes"] == [
        {
            "change": "added",
            "type": "INSTALLED",
            "occurred_at": "2026-02-01T00:00:00Z",
            "asset": asset,
            "component": component,
            "from_asset": None,
            "from": "",
            "to": "Bay 1",
        }
    ]
    assert (told["bundle"]["id"], told["bundle"]["observations"]) == (bundle.pk, 2)


def test_a_dry_run_over_http_changes_nothing(engineer: APIClient, mended: Any) -> None:
    bundle = tally("SRV-A", 1, "D1", "D2")
    mended()

    told = engineer.post(f"/logbundles/{bundle.pk}/reparse", {"dry_run": True}).json()

    assert (told["dry_run"], told["added"], told["bundle"]["observations"]) == (True, 1, 1)
    assert not Component.objects.filter(serial="D2").exists()


@pytest.mark.parametrize(
    ("query", "body"), [("?dry_run=true", {}), ("", {"dryrun": True}), ("", {"dry_run": "perhaps"}), ("", [1])]
)
def test_a_wish_that_is_not_understood_changes_nothing(engineer: APIClient, mended: Any, query: str, body: Any) -> None:
    bundle = tally("SRV-A", 1, "D1", "D2")
    mended()

    answer = engineer.post(f"/logbundles/{bundle.pk}/reparse{query}", body)

    assert answer.status_code == 400
    assert not Component.objects.filter(serial="D2").exists()


@pytest.mark.parametrize(
    ("role", "status"), [("admin", 200), ("engineer", 200), ("viewer", 403), ("collector", 403), ("connector", 403)]
)
def test_who_may_have_bundles_read_again(role: str, status: int) -> None:
    bundle = tally("SRV-A", 1, "D1", "D2")

    assert client_as(role).post(f"/logbundles/{bundle.pk}/reparse").status_code == status


def test_what_cannot_be_read_again_is_answered_as_such(engineer: APIClient, bundle_folder: Any) -> None:
    waiting, harmed = send(document()).bundle, tally("SRV-A", 1, "D1", "D2")
    harm(harmed, bundle_folder)

    codes = [engineer.post(f"/logbundles/{key}/reparse").status_code for key in (waiting.pk, harmed.pk, 10**9)]

    assert codes == [409, 500, 404]


# by command


def test_the_command_reads_all_again_and_one_bad_bundle_stops_no_other(
    mended: Any, bundle_folder: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    first, bad, last = (tally(f"SRV-{name}", 1, f"{name}1", f"{name}2") for name in "ABC")
    harm(bad, bundle_folder)
    mended()

    with pytest.raises(CommandError, match="1 bundles could not be read again"):
        call_command("reparse")

    out, err = capsys.readouterr()
    assert f"bundle {first.pk}: parsed -> parsed, 1 -> 2 observations, events +1 -0 on 1 assets" in out
    assert "+ 2026-02-01 00:00:00 INSTALLED" in out
    assert "2 bundles read again, 2 with changes: 2 events added, 0 removed" in out
    assert f"bundle {bad.pk}: DamagedBundle" in err
    assert set(Component.objects.values_list("serial", flat=True)) == {"A1", "A2", "B1", "C1", "C2"}
    assert last.files.get().parser_version == 2


def test_the_command_run_dry_leaves_no_trace(mended: Any, capsys: pytest.CaptureFixture[str]) -> None:
    tally("SRV-A", 1, "D1", "D2")
    mended()
    before = everything()

    call_command("reparse", "--dry-run")

    assert "1 bundles would be read again, 1 with changes: 1 events added" in capsys.readouterr().out
    assert everything() == before


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ([], {"tally", "new", "document"}),
        (["--parser", "tally"], {"tally", "new"}),
        (["--outdated"], {"tally"}),
        (["--since", "2026-03-02"], {"new"}),
        (["--since", "2026-03-02T00:00:00Z", "--parser", "document"], set()),
    ],
)
def test_the_command_takes_the_bundles_that_it_is_told(
    mended: Any, monkeypatch: pytest.MonkeyPatch, options: list[str], chosen: set[str]
) -> None:
    bundles = {"tally": tally("SRV-A", 1, "D1"), "document": deliver(document())}
    mended()
    bundles["new"] = deliver(b"tally SRV-B 3\nD7 F1", "new", now=NOW + DAY)
    send(b"waits")
    read: list[int] = []

    def note(bundle: int, **more: Any) -> Effect:
        read.append(bundle)
        return reparse(bundle, **more)

    monkeypatch.setattr("reanimator.management.commands.reparse.reparse", note)

    call_command("reparse", *options)

    assert {name for name, bundle in bundles.items() if bundle.pk in read} == chosen
    assert len(read) == len(chosen)


@pytest.mark.parametrize("options", [["--parser", "nobody"], ["--since", "yesterday"], ["--since", "2026-02-31"]])
def test_the_command_refuses_what_it_does_not_know(options: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("reparse", *options)
