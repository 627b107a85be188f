"""The demo's bundles: the same bytes from the same seed, and with the oddities that real deliveries have."""

import gzip
import hashlib
import json
import tarfile
from collections import Counter
from datetime import UTC, date, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest

from demo.bundles import Bundle, bundles, tar_gz, write, zipped
from demo.story import tell

END = date(2026, 11, 1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def delivered(seed: int = 7, count: int = 8) -> list[Bundle]:
    return list(bundles(tell(seed=seed, count=count, end=END)))


@pytest.fixture(scope="module")
def all_bundles() -> list[Bundle]:
    return delivered()


def odd(all_bundles: list[Bundle], oddity: str) -> Bundle:
    (bundle,) = [one for one in all_bundles if one.oddity == oddity]
    return bundle


def test_the_same_seed_gives_the_same_bytes_under_the_same_names(all_bundles):
    def digests(packed: list[Bundle]) -> list[tuple[str, str]]:
        return [(one.name, hashlib.sha256(one.content).hexdigest()) for one in packed]

    assert digests(all_bundles) == digests(delivered())


def test_archives_hold_their_members_by_name_with_fixed_times():
    files = {"b.txt": b"two", "a/c.txt": b"one"}

    with tarfile.open(fileobj=BytesIO(tar_gz(files, NOON))) as archive:
        members = [(one.name, one.mtime) for one in archive]
    with ZipFile(BytesIO(zipped(files, NOON))) as zipfile:
        entries = [(one.filename, one.date_time) for one in zipfile.infolist()]

    assert members == [("a/c.txt", NOON.timestamp()), ("b.txt", NOON.timestamp())]
    assert entries == [("a/c.txt", (2026, 3, 1, 12, 0, 0)), ("b.txt", (2026, 3, 1, 12, 0, 0))]


def test_servers_send_archives_trees_documents_and_lines(all_bundles):
    kinds = Counter(one.name.split(".", 1)[1] for one in all_bundles)

    assert set(kinds) == {"tar.gz", "tar.xz", "zip", "json", "ndjson"}


def test_one_bundle_comes_after_newer_ones_of_its_server(all_bundles):
    late = odd(all_bundles, "late")
    snapshot = late.snapshots[0]

    before = all_bundles[: all_bundles.index(late)]

    assert any(
        one.snapshots[0].server == snapshot.server and one.snapshots[0].collected_at > snapshot.collected_at
        for one in before
    )


def test_one_bundle_comes_twice_under_another_name(all_bundles):
    again = odd(all_bundles, "duplicate")

    same = [one for one in all_bundles if one.content == again.content]

    assert [one.name[5:] for one in same] == [again.name[5:].removeprefix("again-"), again.name[5:]]


def test_one_archive_is_cut_short(all_bundles):
    with pytest.raises(EOFError):
        gzip.decompress(odd(all_bundles, "truncated").content)


def test_one_archive_has_a_member_cut_short(all_bundles):
    with tarfile.open(fileobj=BytesIO(odd(all_bundles, "broken-member").content)) as archive:
        reports = [archive.extractfile(one) for one in archive if "/smartctl/sd" in one.name]
        contents = [report.read() for report in reports if report]

    assert len([content for content in contents if not content.endswith(b"}\n")]) == 1


def test_one_document_shows_a_drive_in_two_bays(all_bundles):
    document = json.loads(odd(all_bundles, "ghost").content)

    serials = Counter(one.get("serial") for one in document["components"] if one["type"] == "disk")

    assert sorted(serials.values())[-2:] == [1, 2]


def test_names_sort_in_the_order_of_delivery(all_bundles, tmp_path):
    paths = write(all_bundles, tmp_path)

    assert paths == sorted(tmp_path.iterdir())


def test_a_body_of_lines_speaks_of_several_servers():
    lines = [one for one in delivered(count=16) if one.name.endswith(".ndjson")]

    assert max(one.content.count(b"\n") for one in lines) == 2
