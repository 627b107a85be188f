"""When a bundle's snapshots were: the best time of their files, and a snapshot for each moment."""

from datetime import datetime

import pytest

from ingest.domain.assemble import assemble
from tests.ingest.sources import HOUR, NOON, names, server, told


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([(1, NOON), (1, NOON + HOUR)], NOON + HOUR),
        ([(2, NOON + HOUR), (1, NOON)], NOON),
        ([(0, None), (2, NOON)], NOON),
        ([(0, None)], None),
    ],
    ids=["the latest of equals", "the most trusted", "the only one", "none"],
)
def test_a_snapshot_has_the_best_time_of_its_files(
    times: list[tuple[int, datetime | None]], expected: datetime | None
) -> None:
    drafts = assemble(
        [
            told(f"{number}.txt", "dmidecode", system="SRV-A", time_rank=rank, collected_at=moment)
            for number, (rank, moment) in enumerate(times)
        ]
    )

    assert [draft.collected_at for draft in drafts] == [expected]


def test_documents_of_one_asset_at_two_moments_are_two_snapshots() -> None:
    drafts = assemble(
        [
            told("all.ndjson", "document", system="SRV-A", disk="ZA1", standalone=True, collected_at=NOON),
            told("all.ndjson", "document", system="SRV-A", disk="ZA2", standalone=True, collected_at=NOON + HOUR),
            told("all.ndjson", "document", system="SRV-B", disk="ZA3", standalone=True, collected_at=NOON),
        ]
    )

    assert sorted((one.asset.serial, one.collected_at) for one in drafts) == [
        ("SRV-A", NOON),
        ("SRV-A", NOON + HOUR),
        ("SRV-B", NOON),
    ]


def test_documents_of_one_asset_at_one_moment_are_one_snapshot() -> None:
    drafts = assemble(
        [
            told("disks.json", "document", system="SRV-A", disk="ZA1", standalone=True, collected_at=NOON),
            told("more.json", "document", system="SRV-A", disk="ZA2", standalone=True, collected_at=NOON),
        ]
    )

    assert names(drafts) == [("SRV-A", ["ZA1", "ZA2"])]


def test_tools_output_beside_one_document_is_of_its_moment() -> None:
    document = told("a.json", "document", system="S1", standalone=True, collected_at=NOON, disk="D1")
    dump = told("lshw.json", "lshw-json", system="S1", disk="D1")

    (draft,) = assemble([document, dump])

    assert draft.collected_at == NOON
    assert draft.components[0].parsers == ("document", "lshw-json")


def test_tools_output_beside_documents_of_two_moments_is_a_snapshot_of_its_own() -> None:
    documents = [
        told("a.json", "document", system="S1", standalone=True, collected_at=moment, disk="D1")
        for moment in (NOON, NOON + HOUR)
    ]
    dump = told("lshw.json", "lshw-json", system="S1", disk="D1")

    drafts = assemble([*documents, dump])

    assert [draft.collected_at for draft in drafts].count(None) == 1
    assert len(drafts) == 3


def test_documents_without_a_serial_are_told_apart_by_host() -> None:
    drafts = assemble(
        [
            told("all.ndjson", "document", asset=server(hostname="a"), disk="ZA1", standalone=True, collected_at=NOON),
            told("all.ndjson", "document", asset=server(hostname="b"), disk="ZA2", standalone=True, collected_at=NOON),
        ]
    )

    assert sorted((draft.asset.hostname, len(draft.components)) for draft in drafts) == [("a", 1), ("b", 1)]
