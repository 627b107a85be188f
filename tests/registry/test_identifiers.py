"""One spelling for each identifier."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.identifiers import clean_identifier

KINDS = ["wwn", "nguid", "eui64", "uuid", "mac", "other"]


@pytest.mark.parametrize(
    ("kind", "value", "cleaned"),
    [
        ("wwn", "0x5000C500A1B2C3D4", "5000c500a1b2c3d4"),
        ("wwn", "5000c500a1b2c3d4", "5000c500a1b2c3d4"),
        ("wwn", "naa.5000c500a1b2c3d4", "5000c500a1b2c3d4"),
        ("wwn", " NAA.5000C500A1B2C3D4 ", "5000c500a1b2c3d4"),
        ("wwn", "5 000c50 0a1b2c3d4", "5000c500a1b2c3d4"),
        ("wwn", "50:00:C5:00:A1:B2:C3:D4", "5000c500a1b2c3d4"),
        ("wwn", "eui.36354630526001230025384100000001", "36354630526001230025384100000001"),
        ("nguid", "36354630-52600123-00253841-00000001", "36354630526001230025384100000001"),
        ("eui64", "eui.0025384100000001", "0025384100000001"),
        ("eui64", "3448ed0000a1b2c3", "3448ed0000a1b2c3"),
        ("eui64", "0x0025384100000001", "0025384100000001"),
        ("mac", "0C-42-A1-3D-BD-E0", "0c:42:a1:3d:bd:e0"),
        ("mac", "0c42a13dbde0", "0c:42:a1:3d:bd:e0"),
        ("mac", "0c42.a13d.bde0", "0c:42:a1:3d:bd:e0"),
        ("uuid", "GPU-8E9C2F14-7A30-4C1B-9D55-02B1F7E6A3C8", "8e9c2f14-7a30-4c1b-9d55-02b1f7e6a3c8"),
        ("uuid", "{8e9c2f14-7a30-4c1b-9d55-02b1f7e6a3c8}", "8e9c2f14-7a30-4c1b-9d55-02b1f7e6a3c8"),
        ("uuid", "urn:uuid:8e9c2f14-7a30-4c1b-9d55-02b1f7e6a3c8", "8e9c2f14-7a30-4c1b-9d55-02b1f7e6a3c8"),
        ("uuid", "8e9c2f147a304c1b9d5502b1f7e6a3c8", "8e9c2f14-7a30-4c1b-9d55-02b1f7e6a3c8"),
        ("asset_tag", " Rack-7/12 ", "Rack-7/12"),
    ],
)
def test_every_spelling_of_an_identifier_becomes_one(kind: str, value: str, cleaned: str) -> None:
    assert clean_identifier(kind, value) == cleaned


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("wwn", ""),
        ("wwn", "0x"),
        ("wwn", "0x0000000000000000"),
        ("wwn", "naa.ffffffffffffffff"),
        ("wwn", "0x5000"),
        ("wwn", "t10.ATA     SAMSUNG"),
        ("wwn", "50000000499602d2"),
        ("wwn", "0x3000C500A1B2C3D4"),
        ("eui64", "eui.0000000000000000"),
        ("nguid", "00000000000000000000000000000000"),
        ("nguid", "0" * 31 + "1" * 9),
        ("mac", "00:00:00:00:00:00"),
        ("mac", "ff:ff:ff:ff:ff:ff"),
        ("mac", "0c:42:a1"),
        ("mac", "not a mac"),
        ("uuid", "00000000-0000-0000-0000-000000000000"),
        ("uuid", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"),
        ("uuid", "03000200-0400-0500-0006-000700080009"),
        ("uuid", "N/A"),
        ("asset_tag", "To Be Filled By O.E.M."),
        ("asset_tag", "A1" * 65),
    ],
)
def test_what_names_nothing_is_no_identifier(kind: str, value: str) -> None:
    assert clean_identifier(kind, value) == ""


@pytest.mark.parametrize("value", ["02:42:ac:11:00:02", "fe:54:00:12:34:56", "01:00:5e:00:00:fb"])
def test_an_address_made_up_by_software_or_of_a_group_is_no_identifier(value: str) -> None:
    assert clean_identifier("mac", value) == ""


@given(st.sampled_from(KINDS), st.text(st.characters(), max_size=60))
def test_cleaning_what_is_clean_changes_nothing(kind: str, value: str) -> None:
    cleaned = clean_identifier(kind, value)

    assert clean_identifier(kind, cleaned) == cleaned
