"""Which evidence speaks of the same thing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.identity import (
    MAX_LOOKUP,
    Claim,
    component_type,
    fold_vendor,
    identifier_lookup,
    identifier_of,
    identify,
    is_position,
    is_serial,
    position_lookup,
    serial_lookup,
    serial_of,
    vendor_key,
)

START = datetime(2026, 3, 1, tzinfo=UTC)
ALIASES = {"SAMSUNG ELECTRONICS": "Samsung", "HYNIX": "SK hynix"}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Samsung", "SAMSUNG"),
        (" samsung ", "SAMSUNG"),
        ("Dell Inc.", "DELL"),
        ("DELL INC", "DELL"),
        ("Dell  Inc", "DELL"),
        ("Samsung Electronics Co., Ltd.", "SAMSUNG ELECTRONICS"),
        ("Intel Corporation", "INTEL"),
        ("Intel(R) Corporation", "INTEL"),
        ("Intel Corp.", "INTEL"),
        ("Siemens AG", "SIEMENS"),
        ("Western Digital, Inc.", "WESTERN DIGITAL"),
        # JEDEC codes: of the module's maker alone.
        ("00CE00B300CE", "00CE"),
        ("0x80ce", "80CE"),
        ("80CE000080CE", "80CE"),
        ("0xCE00", "CE00"),
        ("ABCDE", "ABCDE"),
        # The form of company alone is no form: something must be left.
        ("Inc", "INC"),
        ("AG", "AG"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_vendors_are_compared_without_case_and_form_of_company(name: str, key: str) -> None:
    assert vendor_key(name) == key


@pytest.mark.parametrize(
    ("name", "vendor"),
    [
        ("Samsung Electronics Co., Ltd.", "Samsung"),
        ("HYNIX", "SK hynix"),
        ("Hynix Inc.", "SK hynix"),
        (" Kioxia ", "Kioxia"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_vendors_are_folded_by_aliases(name: str, vendor: str) -> None:
    assert fold_vendor(name, ALIASES) == vendor


def test_the_strongest_identifier_names_a_part_without_a_serial() -> None:
    shown = [("mac", "aa:bb:cc:dd:ee:00"), ("uuid", "u"), ("wwn", "w"), ("asset_tag", "1")]

    assert identifier_lookup("disk", shown) == "disk~wwn~w"


def test_of_several_identifiers_of_one_kind_the_first_by_value_names_the_part() -> None:
    assert identifier_lookup("nic", [("mac", "02"), ("mac", "01")]) == "nic~mac~01"


def test_weak_identifiers_name_nothing() -> None:
    assert identifier_lookup("disk", [("asset_tag", "1")]) == ""


def test_a_position_is_compared_as_serials_are() -> None:
    assert position_lookup("memory", "S1", " dimm  a1", "m393") == position_lookup("memory", "S1", "DIMM A1 ", "M393")


def test_a_position_of_any_length_fits_its_column() -> None:
    long = position_lookup("memory", "S" * 128, "x" * 200, "m" * 200)

    assert len(long) <= MAX_LOOKUP
    assert long != position_lookup("memory", "S" * 128, "x" * 200, "m" * 199)
    assert is_position(long)


MARKS = "A:1~2@3|4"


@pytest.mark.parametrize(
    ("lookup", "serial", "identifier", "position"),
    [
        (serial_lookup("disk", MARKS), MARKS, None, False),
        (identifier_lookup("nic", [("mac", MARKS)]), "", ("nic", "mac", MARKS), False),
        (position_lookup("memory", MARKS, MARKS, MARKS), "", None, True),
    ],
)
def test_a_lookup_tells_what_it_names_whatever_its_parts_hold(
    lookup: str, serial: str, identifier: tuple[str, str, str] | None, position: bool
) -> None:
    assert (serial_of(lookup), identifier_of(lookup), is_position(lookup)) == (serial, identifier, position)
    assert component_type(lookup) in {"disk", "nic", "memory"}


def names_of(claims: Sequence[Claim]) -> list[str]:
    """The identity of each claim."""
    return [identity.name for identity in identify(claims)]


def claim(
    serial: str = "", vendor: str = "", *, wwn: str = "", asset: str = "A", day: float | None = 0, slot: str = ""
) -> Claim:
    """A disk's claim; without a serial and a WWN it is known by its slot."""
    identifiers = frozenset({("wwn", wwn)} if wwn else set())
    lookup = (
        serial_lookup("disk", serial)
        if serial
        else identifier_lookup("disk", identifiers) or position_lookup("disk", asset, slot, "")
    )
    order = None if day is None else (START + timedelta(days=day), f"{day}")
    return Claim(lookup, vendor, identifiers, asset, order)


CASES: dict[str, tuple[list[Claim], list[str]]] = {
    "one serial is one thing": ([claim("S1"), claim("S1", asset="B")], ["disk:S1", "disk:S1"]),
    "two serials are two things": ([claim("S1"), claim("S2")], ["disk:S1", "disk:S2"]),
    "a vendor told later makes no second thing": ([claim("S1"), claim("S1", "Samsung")], ["disk:S1"] * 2),
    "spellings of one vendor make no second thing": ([claim("S1", "Dell Inc."), claim("S1", "DELL")], ["disk:S1"] * 2),
    "two vendors with one serial are two things": (
        [claim("S1", "Samsung"), claim("S1", "Seagate")],
        ["disk:S1|SAMSUNG", "disk:S1|SEAGATE"],
    ),
    "without a vendor it is that of the vendor seen in the same asset": (
        [claim("S1", "Samsung", day=0), claim("S1", "Seagate", asset="B", day=1), claim("S1", asset="B", day=2)],
        ["disk:S1|SAMSUNG", "disk:S1|SEAGATE", "disk:S1|SEAGATE"],
    ),
    "without a vendor in an asset that shows neither it is that of the vendor named first": (
        [claim("S1", "Samsung", day=1), claim("S1", "Seagate", asset="B", day=0), claim("S1", asset="C", day=2)],
        ["disk:S1|SAMSUNG", "disk:S1|SEAGATE", "disk:S1|SEAGATE"],
    ),
    "without a vendor in an asset that shows both it is that of the vendor named first": (
        [claim("S1", "Samsung", day=0), claim("S1", "Seagate", day=1), claim("S1", day=2)],
        ["disk:S1|SAMSUNG", "disk:S1|SEAGATE", "disk:S1|SAMSUNG"],
    ),
    "what a person entered was there before all bundles": (
        [claim("S1", "Seagate", day=0), claim("S1", "Samsung", asset="", day=None), claim("S1", asset="C", day=1)],
        ["disk:S1|SEAGATE", "disk:S1|SAMSUNG", "disk:S1|SAMSUNG"],
    ),
    "a world-wide name alone is a name": ([claim(wwn="w1")], ["disk~wwn~w1"]),
    "a world-wide name alone is the part with a serial that shows it": (
        [claim(wwn="w1"), claim("S1", wwn="w1", asset="B")],
        ["disk:S1", "disk:S1"],
    ),
    "a world-wide name that two serials show names neither": (
        [claim(wwn="w1"), claim("S1", wwn="w1"), claim("S2", wwn="w1")],
        ["disk~wwn~w1", "disk:S1", "disk:S2"],
    ),
    "a world-wide name is that of one vendor's part": (
        [claim("S1", "Samsung", wwn="w1"), claim("S1", "Seagate"), claim(wwn="w1")],
        ["disk:S1|SAMSUNG", "disk:S1|SEAGATE", "disk:S1|SAMSUNG"],
    ),
    "positions are things of their own": (
        [claim(slot="Bay 1"), claim(slot="Bay 2"), claim(slot="Bay 1", asset="B")],
        ["disk@A|BAY 1|", "disk@A|BAY 2|", "disk@B|BAY 1|"],
    ),
}


@pytest.mark.parametrize(("claims", "identities"), CASES.values(), ids=CASES.keys())
def test_claims_have_identities(claims: list[Claim], identities: list[str]) -> None:
    assert names_of(claims) == identities


def test_another_type_of_part_with_the_serial_is_another_thing() -> None:
    assert names_of([Claim("disk:S1"), Claim("nic:S1")]) == ["disk:S1", "nic:S1"]


def test_an_identifier_binds_no_part_of_another_type() -> None:
    nic = Claim("nic:N1", identifiers=frozenset({("wwn", "w1")}))

    assert names_of([nic, claim(wwn="w1")]) == ["nic:N1", "disk~wwn~w1"]


def test_a_vendor_of_any_length_fits_its_column() -> None:
    identities = names_of([claim("S" * 128, "v" * 200), claim("S" * 128, "w" * 200)])

    assert all(len(identity) <= 255 for identity in identities)
    assert len(set(identities)) == 2


_vendors = st.sampled_from(("", "Samsung", "samsung", "Seagate"))
_claims = st.builds(
    claim,
    serial=st.sampled_from(("", "S1", "S2")),
    vendor=_vendors,
    wwn=st.sampled_from(("", "w1", "w2")),
    asset=st.sampled_from(("A", "B")),
    day=st.integers(0, 3),
    slot=st.sampled_from(("", "Bay 1")),
)


def _by_claim(claims: Sequence[Claim]) -> set[tuple[Claim, str]]:
    return set(zip(claims, names_of(claims), strict=True))


@given(st.lists(_claims, max_size=10), st.randoms(use_true_random=False))
def test_identities_depend_on_the_set_of_claims_alone(claims: list[Claim], random: Random) -> None:
    others = random.sample(claims, len(claims)) + claims[:3]

    assert _by_claim(others) == _by_claim(claims)


@given(st.lists(_claims, min_size=1, max_size=10), st.sampled_from(("Samsung", "Seagate")))
def test_an_unknown_vendor_is_never_a_second_thing(claims: list[Claim], vendor: str) -> None:
    of_one_vendor = [
        Claim(item.lookup, vendor if item.vendor else "", item.identifiers, item.asset, item.order) for item in claims
    ]

    for item, identity in _by_claim(of_one_vendor):
        assert identity == item.lookup or not is_serial(item.lookup)


@given(st.lists(_claims, max_size=10))
def test_claims_of_one_name_are_one_thing(claims: list[Claim]) -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for item, identity in _by_claim(claims):
        if item.vendor or not is_serial(item.lookup):
            vendor = vendor_key(item.vendor) if is_serial(item.lookup) else ""
            found.setdefault((item.lookup, vendor), set()).add(identity)

    assert all(len(identities) == 1 for identities in found.values())
