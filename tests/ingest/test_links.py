"""Archives whose members lead to one another, as sosreport makes them."""

import io
import tarfile
import zipfile

import pytest

from ingest.models import Bundle
from registry.models import Component
from tests.ingest.deliveries import deliver, document

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]

INVENTORY = "sos/sos_commands/hardware/inventory.json"
CONTENT = document("SRV-A", "DSK-1")
LINKS = {
    "sos/inventory": "sos_commands/hardware/inventory.json",
    "sos/absolute": "/etc/shadow",
    "sos/escaping": "../../../../etc/shadow",
    "sos/dangling": "nowhere",
}


def sos_tar(links: dict[str, str], kind: bytes = tarfile.SYMTYPE) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz") as tar:
        entry = tarfile.TarInfo(INVENTORY)
        entry.size = len(CONTENT)
        tar.addfile(entry, io.BytesIO(CONTENT))
        for name, target in links.items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, target
            tar.addfile(entry)
    return buffer.getvalue()


def sos_zip(links: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(INVENTORY, CONTENT)
        for name, target in links.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o120777 << 16
            archive.writestr(entry, target)
    return buffer.getvalue()


def notes(bundle: Bundle) -> dict[str, tuple[str, str]]:
    rows = bundle.files.order_by("id").values_list("name", "outcome", "note")
    return {name: (outcome, note) for name, outcome, note in rows}


@pytest.mark.parametrize("data", [sos_tar(LINKS), sos_zip(LINKS)], ids=["tar", "zip"])
def test_a_link_is_a_member_with_a_note_and_no_failure(data: bytes) -> None:
    bundle = deliver(data, "sos")

    assert bundle.status == "parsed"
    assert notes(bundle) == {
        INVENTORY: ("parsed", ""),
        **{name: ("ignored", f"link to {target}") for name, target in LINKS.items()},
    }


@pytest.mark.parametrize(
    "data",
    [sos_tar(LINKS), sos_tar({"sos/inventory.json": INVENTORY}, tarfile.LNKTYPE), sos_zip(LINKS)],
    ids=["symbolic in a tar", "hard in a tar", "symbolic in a zip"],
)
def test_what_a_link_leads_to_is_read_once(data: bytes) -> None:
    bundle = deliver(data, "sos")

    assert list(bundle.files.filter(outcome="parsed").values_list("name", "observations")) == [(INVENTORY, 1)]
    assert [component.serial for component in Component.objects.all()] == ["DSK-1"]


def test_a_bundle_of_links_alone_is_unrecognised() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        entry = tarfile.TarInfo("dmidecode")
        entry.type, entry.linkname = tarfile.SYMTYPE, "sos_commands/hardware/dmidecode"
        tar.addfile(entry)

    assert deliver(buffer.getvalue(), "sos").status == "unrecognised"
