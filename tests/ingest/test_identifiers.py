"""Which kind of identifier a text is, and a PCI address in one spelling."""

import pytest

from ingest.domain.identifiers import drive_name, extended_unique_id, pci_address


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("0x5000C500A1B2C3D4", ("wwn", "5000c500a1b2c3d4")),
        ("naa.5000c500a1b2c3d4", ("wwn", "5000c500a1b2c3d4")),
        ("5 000c50 0a1b2c3d4", ("wwn", "5000c500a1b2c3d4")),
        ("naa.600508b1001c4a6e1f5c3a0d2b7e9f10", ("wwn", "600508b1001c4a6e1f5c3a0d2b7e9f10")),
        ("eui.0025384b71501d77", ("eui64", "0025384b71501d77")),
        ("eui.000000000000000e00a0750128f691f5", ("nguid", "000000000000000e00a0750128f691f5")),
        ("0025389A2101336D", ("eui64", "0025389a2101336d")),
        ("eui.5cd2e4404b220100", ("eui64", "5cd2e4404b220100")),
    ],
)
def test_a_drive_name_is_known_by_its_digits_and_what_stands_before_them(printed: str, name: tuple[str, str]) -> None:
    assert drive_name(printed) == name


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "0x5000cb0847",  # too short
        "0x0000000000000000",
        "0x1234567890abcdef",
        "0x500151e0499602d2",  # 1234567890, written over the drive's own number
        "naa.3000c500a1b2c3d4",  # given by whoever set the drive up
        "nvme.1344-3230323732384636393146352d",
        "t10.ATA     MTFDDAV240TDU",
        "not a name",
    ],
)
def test_what_names_no_drive_is_none(printed: str) -> None:
    assert drive_name(printed) is None


def test_digits_known_to_be_an_eui_are_not_taken_for_a_wwn() -> None:
    assert extended_unique_id("5cd2e4404b220100") == ("eui64", "5cd2e4404b220100")


@pytest.mark.parametrize(
    ("printed", "address"),
    [
        ("00000000:9B:00.0", "0000:9b:00.0"),
        ("pci@0000:3b:00.1", "0000:3b:00.1"),
        ("10000:01:00.0", "10000:01:00.0"),
        ("3b:00.0", "0000:3b:00.0"),
        ("scsi@4:0.8.0", ""),
        ("", ""),
    ],
)
def test_a_pci_address_has_four_digits_of_domain_and_lower_case(printed: str, address: str) -> None:
    assert pci_address(printed) == address
