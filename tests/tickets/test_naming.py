"""Which of the things that bear a name is meant."""

from datetime import UTC, datetime

import pytest

from tickets.domain.naming import Candidate, choose, clean_name


def day(number: int) -> datetime:
    """A day of March."""
    return datetime(2026, 3, number, tzinfo=UTC)


def bearer(key: int, first: int, last: int, *, gone: bool = False) -> Candidate:
    """A thing that was seen with the name from one day to another."""
    return Candidate(key, day(first), day(last), gone)


UNSEEN = Candidate(9)


@pytest.mark.parametrize(
    ("candidates", "moment", "meant"),
    [
        ([], 5, None),
        ([bearer(1, 10, 20)], 5, 1),
        ([bearer(1, 10, 20)], 25, 1),
        ([UNSEEN], 5, 9),
        ([bearer(1, 1, 5), bearer(2, 10, 20)], 3, 1),
        ([bearer(1, 1, 5), bearer(2, 10, 20)], 10, 2),
        ([bearer(1, 1, 5), bearer(2, 10, 20)], 7, 1),
        ([bearer(1, 1, 5), bearer(2, 10, 20)], 25, 2),
        ([bearer(1, 2, 5), bearer(2, 10, 20)], 1, None),
        ([bearer(1, 1, 12), bearer(2, 10, 20)], 11, None),
        ([bearer(1, 1, 5), bearer(2, 3, 5)], 8, None),
        ([bearer(1, 1, 5), UNSEEN], 3, 1),
        ([bearer(1, 1, 5, gone=True)], 3, 1),
        ([bearer(1, 1, 5, gone=True)], 8, None),
        ([bearer(1, 1, 5, gone=True), bearer(2, 10, 20)], 8, 2),
    ],
    ids=[
        "nothing bears it",
        "the only one, though seen later",
        "the only one, though not seen any more",
        "the only one, though never seen",
        "seen then",
        "seen then for the first time",
        "between two: the one before",
        "after both: the last one",
        "before both: nobody knows",
        "both were seen around then",
        "both were seen last at one moment",
        "one was seen then, the other never",
        "it has another name by now, but had this one then",
        "it had another name by then",
        "another name by then leaves the other",
    ],
)
def test_the_time_tells_who_is_meant(candidates, moment, meant):
    found = choose(candidates, day(moment))

    assert (found.id if found else None) == meant


@pytest.mark.parametrize(
    ("by", "text", "kind", "name"),
    [
        ("asset_serial", " 7xk2m93 ", "", "7XK2M93"),
        ("asset_serial", "To be filled by O.E.M.", "", None),
        ("asset_hostname", " db-17 ", "", "db-17"),
        ("component_serial", "80CE012150457D7D8A", "memory", "457D7D8A"),
        ("component_serial", ".7XK2M93.CNFCP0034L00AB.", "motherboard", "CNFCP0034L00AB"),
        ("component_serial", "n/a", "disk", None),
        ("project", "ACME  EU", "", "ACME EU"),
        ("project", "  ", "", None),
    ],
)
def test_names_are_cleaned_as_those_of_bundles(by, text, kind, name):
    found = clean_name(by, text, kind)

    assert (found.name if found else None) == name
