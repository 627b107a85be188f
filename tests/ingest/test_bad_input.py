"""Whatever is sent has a clear answer, or a clear status on a bundle that is kept, and costs nothing else its data."""

import base64
import bz2
import gzip
import hashlib
import http.client
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import zstandard
from django.utils import timezone
from rest_framework.test import APIClient

from ingest.models import Bundle, BundleFile, Observation
from registry.models import ApiToken, Asset, Component
from tests.builders import make_user
from tests.clients import client_as
from tests.ingest.deliveries import document, smartctl, tar_of
from timeline.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]
MIB = 1 << 20

ZEROS = bytes(200 * MIB)
# What the beginning of a document is, so that a parser wants all of it.
BLANKS = b'{"format": "reanimator/v1"' + b" " * 200 * MIB
# Does not compress, so that archives of it can be cut in the middle.
NOISE = b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(8_000))
LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE nvidia_smi_log [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>
<nvidia_smi_log><driver_version>&c;</driver_version><gpu id="00000000:5E:00.0"></gpu></nvidia_smi_log>"""
FILE_OF_OURS = b"""<?xml version="1.0"?>
<!DOCTYPE nvidia_smi_log [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<nvidia_smi_log><gpu id="00000000:5E:00.0"><product_name>&secret;</product_name></gpu></nvidia_smi_log>"""


@pytest.fixture
def client() -> APIClient:
    return client_as("engineer")


def post(client: APIClient, body: bytes, query: str = "", **headers: str) -> Any:
    more: Any = {"headers": headers}
    return client.post(f"/ingest/logbundle{query}", body, content_type="application/octet-stream", **more)


def reasons(client: APIClient, bundle: int) -> dict[str, list[str]]:
    """The errors of the members that have any, as the API tells them."""
    rows = client.get(f"/logbundles/{bundle}/files", {"page_size": 200}).json()["results"]
    return {row["name"]: row["errors"] for row in rows if row["errors"]}


def zip_of(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def deep(levels: int) -> bytes:
    """A document with measurements nested that deep."""
    nest = b"[" * levels + b"]" * levels
    return (
        b'{"format": "reanimator/v1", "components": [{"type": "disk", "serial": "D1", "measurements": {"x": %s}}]}'
        % (nest)
    )


# one bad file

BAD_FILES: dict[str, tuple[str, bytes, str, str]] = {
    "not JSON": ("a.json", b'{"format": "reanimator/v1", "components": [}', "failed", "not JSON: "),
    "half a document": ("a.json", document("SRV-X", "D1")[:-40], "failed", "not JSON: unexpected end of data"),
    "half a report": ("sda.json", smartctl("D1")[:-10], "failed", "not JSON: unexpected end of data"),
    "bytes that are no text": ("a.json", document("SRV-X", "D1").replace(b"Samsung", b"\xff\xfe"), "failed", "UTF-8"),
    "a document of no known version": (
        "a.json",
        b'{"format": "reanimator/v9", "components": []}',
        "failed",
        "format: expected 'reanimator/v1', got 'reanimator/v9'",
    ),
    "JSON 10,000 deep": ("a.json", deep(10_000), "failed", "depth"),
    "JSON 10,000 deep, never closed": (
        "a.json",
        b'{"format": "reanimator/v1", "x": ' + b"[" * 10_000,
        "failed",
        "not JSON",
    ),
    "JSON 10,000 deep that smartctl might have printed": (
        "sda.json",
        b'{"smartctl": {"version": [7, 3]}, "x": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001,
        "failed",
        "depth",
    ),
    "XML whose entities multiply": ("gpu.xml", LAUGHS, "failed", "entit"),
    "XML that asks for a file of ours": ("gpu.xml", FILE_OF_OURS, "failed", "entit"),
    "XML cut off": ("gpu.xml", b"<?xml version='1.0'?><nvidia_smi_log><gpu id='0'>", "failed", "XML"),
    "a format that no parser knows": ("core", b"\x7fELF" + NOISE[:5_000], "unrecognised", ""),
    "a text that no parser knows": ("notes.txt", b"Rack 7, visited on Monday\n", "unrecognised", ""),
    "one byte": ("x", b"\0", "unrecognised", ""),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_kept_and_says_what_is_wrong(client: APIClient, case: str) -> None:
    name, content, status, reason = BAD_FILES[case]

    answer = post(client, content, f"?filename={name}")

    bundle = answer.json()
    assert (answer.status_code, bundle["status"], bundle["observations"]) == (201, status, 0)
    assert client.get(f"/logbundles/{bundle['id']}/raw").getvalue() == content
    assert (reason in " ".join(reasons(client, bundle["id"]).get(name, []))) or status == "unrecognised"
    assert (status == "failed") == bool(reasons(client, bundle["id"]))


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_costs_no_other_member_its_data(client: APIClient, case: str) -> None:
    name, content, status, _ = BAD_FILES[case]

    bundle = post(
        client, tar_of({"1.json": document("SRV-A", "DSK-1"), name: content, "z/sda.json": smartctl("DSK-2")})
    )

    assert bundle.json()["status"] == ("partial" if status == "failed" else "parsed")
    assert set(Component.objects.values_list("serial", "asset__serial")) == {("DSK-1", "SRV-A"), ("DSK-2", "SRV-A")}


# archives

PACKERS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "tar": lambda files: tar_of(files, mode="w:"),
    "tar.gz": tar_of,
    "tar.xz": lambda files: tar_of(files, mode="w:xz"),
    "tar.bz2": lambda files: tar_of(files, mode="w:bz2"),
    "tar.zst": lambda files: zstandard.ZstdCompressor().compress(tar_of(files, mode="w:")),
    "zip": zip_of,
}


@pytest.mark.parametrize("kind", PACKERS)
def test_an_archive_cut_off_gives_what_came_before_the_cut(client: APIClient, kind: str) -> None:
    whole = PACKERS[kind]({"a.json": document("SRV-A", "DSK-1"), "noise": NOISE, "b.json": document("SRV-B", "DSK-2")})
    # bzip2 packs in blocks of 900 kB: what is in an unfinished one cannot be had.
    last = {"tar.bz2": "failed", "zip": "failed"}

    answer = post(client, whole[: len(whole) // 2], f"?filename=all.{kind}")

    bundle = answer.json()
    assert (answer.status_code, bundle["status"]) == (201, last.get(kind, "partial"))
    assert [reason for errors in reasons(client, bundle["id"]).values() for reason in errors]
    assert list(Component.objects.values_list("serial", flat=True)) == ([] if kind in last else ["DSK-1"])


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress, zstandard.ZstdCompressor().compress])
def test_a_packed_file_cut_off_fails_with_a_reason(client: APIClient, pack: Callable[[bytes], bytes]) -> None:
    bundle = post(client, pack(NOISE)[:-1_000], "?filename=noise").json()

    assert bundle["status"] == "failed"
    assert "broken" in reasons(client, bundle["id"])["noise"][0]


@pytest.mark.parametrize("kind", PACKERS)
def test_an_archive_that_is_damaged_within_is_kept(client: APIClient, kind: str) -> None:
    whole = bytearray(PACKERS[kind]({"a.json": document("SRV-A", "DSK-1"), "noise": NOISE}))
    for place in range(len(whole) // 3, len(whole) // 3 + 2_000):
        whole[place] ^= 0xFF

    answer = post(client, bytes(whole))

    assert answer.status_code == 201
    assert answer.json()["status"] in {"parsed", "partial", "failed"}


A, B = document("SRV-A", "DSK-1"), document("SRV-B", "DSK-2")
BOMBS: dict[str, Callable[[], bytes]] = {
    "zip": lambda: zip_of({"a.json": A, "z": BLANKS, "b.json": B}),
    "tar.gz": lambda: tar_of({"a.json": A, "z": BLANKS, "b.json": B}),
    "gz in a tar": lambda: tar_of({"a.json": A, "z": gzip.compress(BLANKS, 1), "b.json": B}, mode="w:"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_ends_the_reading_and_what_came_before_stays(client: APIClient, kind: str) -> None:
    answer = post(client, BOMBS[kind](), "?filename=bomb")

    bundle = answer.json()
    assert (answer.status_code, bundle["status"]) == (201, "partial")
    assert "times its size" in reasons(client, bundle["id"])["bomb"][0]
    assert list(Component.objects.values_list("serial", flat=True)) == ["DSK-1"]


@pytest.mark.parametrize(
    "bomb",
    [zip_of({"a.json": A, "z": ZEROS, "b.json": B}), tar_of({"a.json": A, "z": gzip.compress(ZEROS, 1), "b.json": B})],
    ids=["zip", "gz in a tar"],
)
def test_a_bomb_that_nobody_wants_is_left_as_it_is(client: APIClient, bomb: bytes) -> None:
    bundle = post(client, bomb).json()

    assert (bundle["status"], bundle["observations"]) == ("parsed", 2)


def test_a_bomb_of_archives_in_archives_is_refused(client: APIClient) -> None:
    bomb = zip_of({"0": bytes(MIB)})
    for _ in range(6):
        bomb = zip_of({str(number): bomb for number in range(16)})

    bundle = post(client, bomb, "?filename=bomb.zip").json()

    assert bundle["status"] == "failed"
    assert "deep" in next(iter(reasons(client, bundle["id"]).values()))[0]


def test_an_archive_of_too_many_members_gives_those_within_the_limit(client: APIClient, settings: Any) -> None:
    settings.ARCHIVE_MAX_MEMBERS = 10

    bundle = post(client, tar_of({f"{n}.json": smartctl(f"DSK-{n}") for n in range(30)}), "?filename=many").json()

    assert (bundle["status"], bundle["observations"]) == ("partial", 10)
    assert "more than 10 members" in reasons(client, bundle["id"])["many"][0]


def with_path_tricks() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:

        def add(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", content: bytes = b"") -> None:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname, entry.size = kind, link, len(content)
            tar.addfile(entry, io.BytesIO(content))

        add("../../etc/cron.d/x.json", content=document("SRV-E", "DSK-EVIL"))
        add("/etc/x.json", content=document("SRV-E", "DSK-EVIL"))
        add("a/../../x.json", content=document("SRV-E", "DSK-EVIL"))
        add("C:\\windows\\x.json", content=document("SRV-E", "DSK-EVIL"))
        add("link.json", tarfile.SYMTYPE, "/etc/passwd")
        add("hard.json", tarfile.LNKTYPE, "link.json")
        add("sda", tarfile.BLKTYPE)
        add("pipe", tarfile.FIFOTYPE)
        add("good.json", content=document("SRV-A", "DSK-1"))
    return buffer.getvalue()


def test_path_tricks_are_refused_by_name_and_cost_nothing_else(
    client: APIClient, bundle_folder: Path, tmp_path: Path
) -> None:
    bundle = post(client, with_path_tricks(), "?filename=..%2F..%2Fetc%2Fpasswd").json()

    told = reasons(client, bundle["id"])
    assert (bundle["status"], bundle["filename"]) == ("partial", "passwd")
    assert len(told) == 6
    notes = dict(BundleFile.objects.exclude(note="").values_list("name", "note"))
    assert notes == {"link.json": "link to /etc/passwd", "hard.json": "link to link.json"}
    assert list(Component.objects.values_list("serial", flat=True)) == ["DSK-1"]
    sha256 = bundle["sha256"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [
        bundle_folder / sha256[:2] / sha256[2:4] / sha256
    ]


def test_a_zip_of_path_tricks_gives_its_good_member(client: APIClient) -> None:
    files = {name: document("SRV-E", "DSK-EVIL") for name in ("../x.json", "/x.json", "..\\y.json", "C:/x.json")}

    bundle = post(client, zip_of({**files, "good.json": document("SRV-A", "DSK-1")})).json()

    assert (bundle["status"], len(reasons(client, bundle["id"]))) == ("partial", 4)
    assert list(Component.objects.values_list("serial", flat=True)) == ["DSK-1"]


# 200 MB of zeros


@pytest.mark.parametrize(
    "pack",
    [
        lambda data: gzip.compress(data, 1),
        zstandard.ZstdCompressor().compress,
        lambda data: lzma.compress(data, preset=0),
    ],
    ids=["gz", "zst", "xz"],
)
def test_200_mb_of_zeros_packed_small_are_refused_unpacked(client: APIClient, pack: Callable[[bytes], bytes]) -> None:
    answer = post(client, pack(ZEROS), "?filename=zeros")

    assert (answer.status_code, answer.json()["status"]) == (201, "failed")
    assert "times its size" in reasons(client, answer.json()["id"])["zeros"][0]


@pytest.mark.django_db(transaction=True)
def test_200_mb_of_zeros_are_a_bundle_that_nobody_recognises(live_server: Any, bundle_folder: Path) -> None:
    _, secret = ApiToken.objects.create(make_user(), name="collector", role="collector")
    headers = {"Authorization": f"Token {secret}", "Content-Length": str(len(ZEROS)), "Content-Type": "image/x-raw"}
    connection = http.client.HTTPConnection(urlsplit(live_server.url).netloc, timeout=100)

    connection.request("POST", "/ingest/logbundle?filename=zeros", _pieces(200), headers)
    answer = connection.getresponse()

    bundle = json.load(answer)
    connection.close()
    assert (answer.status, bundle["status"], bundle["size"]) == (201, "unrecognised", len(ZEROS))
    assert [path.stat().st_size for path in bundle_folder.rglob("*") if path.is_file()] == [len(ZEROS)]


def _pieces(number: int) -> Iterator[bytes]:
    for _ in range(number):
        yield bytes(MIB)


# what contradicts itself


def test_a_wrong_digest_is_refused_and_nothing_kept(client: APIClient, bundle_folder: Path) -> None:
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()

    answer = post(client, document("SRV-A", "DSK-1"), **{"Content-Digest": f"sha-256=:{wrong}:"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["request_id"]
    assert (Bundle.objects.count(), Component.objects.count()) == (0, 0)
    assert not [path for path in bundle_folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("serial", ["", "To Be Filled By O.E.M.", "0123456789", "          "])
def test_an_asset_without_a_serial_is_held_and_the_answer_says_so(client: APIClient, serial: str) -> None:
    answer = post(client, document(serial, "DSK-1"), "?filename=a.json")

    bundle = answer.json()
    assert (answer.status_code, bundle["status"], bundle["observations"]) == (201, "parsed", 1)
    assert (bundle["held"], bundle["assets"]) == (["asset"], [])
    assert bundle["errors"] == ["a.json does not tell its asset: set the bundle's asset"]
    assert (Asset.objects.count(), Event.objects.count()) == (0, 0)


def test_a_held_bundle_derives_when_an_operator_tells_its_asset(client: APIClient) -> None:
    post(client, document("SRV-A", "DSK-1"))
    held = post(client, smartctl("DSK-2"), "?filename=sda.json").json()

    answer = client.patch(f"/logbundles/{held['id']}", {"asset": Asset.objects.get().id}, format="json")

    assert (answer.status_code, answer.json()["held"], answer.json()["errors"]) == (200, [], [])
    assert Component.objects.get(serial="DSK-2").asset == Asset.objects.get()


def test_a_time_to_come_is_held_as_a_clock_error(client: APIClient) -> None:
    moment = f"{timezone.now().year + 1}-06-01T00:00:00Z"

    answer = post(client, document("SRV-A", "DSK-1", collected_at=moment))

    bundle = answer.json()
    assert (answer.status_code, bundle["status"], bundle["observations"]) == (201, "parsed", 1)
    assert bundle["held"] == ["clock"]
    assert "after it was received: set the bundle's time" in bundle["errors"][0]
    assert Event.objects.count() == 0


def test_a_clock_error_derives_when_an_operator_tells_the_time(client: APIClient) -> None:
    bundle = post(client, document("SRV-A", "DSK-1", collected_at=f"{timezone.now().year + 1}-06-01T00:00:00Z")).json()

    answer = client.patch(f"/logbundles/{bundle['id']}", {"collected_at": "2026-03-01T10:00:00Z"}, format="json")

    assert (answer.status_code, answer.json()["held"], answer.json()["collected_at"]) == (
        200,
        [],
        "2026-03-01T10:00:00Z",
    )
    assert Event.objects.filter(type="INSTALLED").count() == 1


# values at the edge of what can be kept


@pytest.mark.parametrize(
    "field",
    [
        {"model": "NUL \u0000 and bell \u0007"},
        {"model": "\U0001f4be disk"},
        {"model": "\u202eright to left"},
        {"serial": "ÿ" * 128},
        {"serial": "ß" * 128},
        {"slot": "B" * 128, "model": "M" * 200},
        {"firmware": "F" * 200},
        {"manufactured_on": "0001-01-01"},
        {"measurements": {"n": 2**63 - 1, "f": 1e308, "e": [], "d": {"x": None}, "": True}},
        {"identifiers": {"wwn": ["x" * 200, "5000c500a1b2c3d4"], "mac": None, "serial": "S" * 200}},
    ],
    ids=[
        "nul",
        "emoji",
        "bidi",
        "long",
        "grows when folded",
        "slot",
        "firmware",
        "date",
        "measurements",
        "identifiers",
    ],
)
def test_strange_values_are_kept(client: APIClient, field: dict[str, Any]) -> None:
    disk = {"type": "disk", "slot": "Bay 1", "serial": "", "model": "X", **field}

    answer = post(client, document("SRV-A", components=[disk]))

    assert (answer.status_code, answer.json()["status"]) == (201, "parsed")
    assert (Bundle.objects.get().attempts, Observation.objects.count(), Component.objects.count()) == (0, 1, 1)
    assert client.get("/components").status_code == client.get("/observations").status_code == 200


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"])
def test_times_of_long_ago_are_taken(client: APIClient, moment: str) -> None:
    answer = post(client, document("SRV-A", "DSK-1", collected_at=moment))

    asset = Asset.objects.get()
    assert (answer.status_code, Bundle.objects.get().attempts) == (201, 0)
    assert client.get(f"/assets/{asset.id}/timeline").status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (document("SRV-A", "DSK-1").replace(b"Samsung", b"\\ud800"), "failed"),
        (document("SRV-A", "DSK-1", collected_at="9999-12-31T23:59:59-14:00"), "partial"),
        (document("SRV-A", "DSK-1", collected_at="yesterday"), "partial"),
        (document("SRV-A", components=[{"type": "disk", "serial": "D", "measurements": {"n": 2**80}}]), "partial"),
        (document("SRV-A", components=[{"type": "disk", "serial": "S" * 129}]), "partial"),
        (document("SRV-A", components=[{"type": "wheel", "serial": "W"}, {"type": "disk", "serial": "D"}]), "partial"),
        (document("SRV-A", components=[None, 1, "x", [], {"type": "disk", "serial": "D"}]), "partial"),
    ],
    ids=["half a letter", "end of time", "no time", "big number", "long serial", "unknown type", "no components"],
)
def test_values_that_cannot_be_kept_cost_themselves_and_are_named(client: APIClient, body: bytes, status: str) -> None:
    answer = post(client, body, "?filename=a.json")

    assert (answer.status_code, answer.json()["status"]) == (201, status)
    assert reasons(client, answer.json()["id"])["a.json"]


def test_a_good_bundle_after_all_that_is_read(client: APIClient) -> None:
    for name, content, _, _ in BAD_FILES.values():
        post(client, content, f"?filename={name}")
    post(client, with_path_tricks())

    answer = post(client, document("SRV-Z", "DSK-Z"))

    assert (answer.status_code, answer.json()["status"]) == (201, "parsed")
    assert not Bundle.objects.exclude(attempts=0).exists()
    assert Component.objects.get(serial="DSK-Z").asset.serial == "SRV-Z"  # type: ignore[union-attr]
