"""Archives that are cut, damaged, bombs or traps: what is good in them is read, and the rest has a reason."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from rest_framework.test import APIClient

from ingest.models import BundleFile
from registry.models import Component
from tests.clients import client_as
from tests.ingest import archives
from tests.ingest.bad_bundles import MIB, NOISE, post, reasons, with_path_tricks
from tests.ingest.deliveries import document, smartctl, tar_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]

ZEROS = bytes(200 * MIB)


@pytest.fixture
def client() -> APIClient:
    return client_as("engineer")


def blanks() -> bytes:
    """200 MB that begin as a document does, so that a parser wants all of it."""
    return b'{"format": "reanimator/v1"' + b" " * 200 * MIB


def zip_of(files: dict[str, bytes]) -> bytes:
    return archives.zip_of(files.items())


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

    bundle = answer.json()
    assert (answer.status_code, bundle["status"] in {"parsed", "partial", "failed"}) == (201, True)
    assert client.get(f"/logbundles/{bundle['id']}/raw").getvalue() == whole


A, B = document("SRV-A", "DSK-1"), document("SRV-B", "DSK-2")
BOMBS: dict[str, Callable[[], bytes]] = {
    "zip": lambda: zip_of({"a.json": A, "z": blanks(), "b.json": B}),
    "tar.gz": lambda: tar_of({"a.json": A, "z": blanks(), "b.json": B}),
    "gz in a tar": lambda: tar_of({"a.json": A, "z": gzip.compress(blanks(), 1), "b.json": B}, mode="w:"),
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
    [
        lambda: zip_of({"a.json": A, "z": ZEROS, "b.json": B}),
        lambda: tar_of({"a.json": A, "z": gzip.compress(ZEROS, 1), "b.json": B}),
    ],
    ids=["zip", "gz in a tar"],
)
def test_a_bomb_that_nobody_wants_is_left_as_it_is(client: APIClient, bomb: Callable[[], bytes]) -> None:
    bundle = post(client, bomb()).json()

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
