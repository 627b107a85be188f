"""Which serial numbers name a thing, and which only fill a field."""

import pytest

from registry.domain.serials import board_serial, clean_serial, is_placeholder, module_serial, normalise

# As the tools print them: dmidecode, lshw, smartctl, nvidia-smi and management controllers.
FILLERS = (
    "",
    " ",
    " " * 10,
    " " * 32,
    "--",
    ".........",
    "..............................",
    "XXXXXXXXXX",
    "XXXXXXXXXXXX",
    "00000000",
    "00000000000000",
    "0000000000000000000000000",
    "0x00000000",
    "000-00000-0000-000",
    "FFFFFFFF",
    "0xFFFFFFFF",
    "Not Specified",
    "NO DIMM",
    "NOT AVAILABLE",
    "Not Available",
    "UNKNOWN",
    "Unknown",
    "To Be Filled By O.E.M.",
    "To be filled by O.E.M.",
    "  To be filled by O.E.M.  ",
    "Default string",
    "N/A",
    "n/a",
    "NA",
    "None",
    "[Empty]",
    "NOT SUPPORT",
    "<BAD INDEX>",
    "<OUT OF SPEC>",
    "Chassis Serial Number",
    "System Serial Number",
    "SerialNumber",
    "No Asset Tag",
    "Free form asset tag",
    "empty string",
    "NULL",
    "DIMM_A1_AssetTag",
    "DimmA1_AssetTag",
    "P1-DIMMA1_AssetTag (date:17/39)",
    "P1_DIMMA1_AssetTag (Date:17/11)",
    "Dimm1_Manufacturer",
    "Dimm1_SerNum",
    "SerNum00",
    "ModulePartNumber01",
    "0123456789",
    "1234567890",
    "9876543210",
    "1234567",
    "1234",
    "4242",
    "437XR1138R2",
    "REDACTED",
    "[REMOVED]",
    "yes",
    "9RK1XXXX",
    "Z1Z5DWJK0000XXXXXXXX",
    "XXXXXXX",
    "XYZZZZ",
    "Volume1",
    "0002-0652-0000-0000-0000-0000",
    "0",
    "0000000000000",
    "000-00000-0000-000",
    "SYS-1234567890",
    "SERIAL_NUMBER",
    "NoSerial",
    "Not Filled By OEM",
    "$(DEFAULT_STRING)",
)

NAMES = (
    "7XK2M93",
    "S5FNNA0R500123",
    "2E67A645",
    "00012345",
    "0322218049033",
    "1650522003820",
    "VDJKVBKK",
    "VMware-42 10 e9 13 1e 11 e2 21-13 c5 c8 1f 11 42 7c cb",
    "ec2f58af-2dad-c57e-88c0-a81cb6084290",
    "XC310XX7",
    "3488247",
    "NA7XK2M93",
)


@pytest.mark.parametrize("printed", FILLERS)
def test_what_only_fills_the_field_is_no_serial(printed: str) -> None:
    assert clean_serial(printed) == ""


@pytest.mark.parametrize("printed", NAMES)
def test_what_names_a_thing_is_its_serial(printed: str) -> None:
    assert clean_serial(printed) == printed.upper()


def test_a_missing_serial_is_no_serial() -> None:
    assert clean_serial(None) == ""


def test_serials_are_compared_trimmed_upper_case_and_with_blanks_folded() -> None:
    assert normalise("  ab \t 12\x00\n") == "AB 12"


def test_a_site_adds_placeholders_of_its_own() -> None:
    assert is_placeholder("spare part", extra={"SPARE PART"})
    assert not is_placeholder("spare part")


@pytest.mark.parametrize(
    ("printed", "serial"),
    [
        ("802C0F2323410FE42B", "410FE42B"),
        ("80CE012314049467FF", "049467FF"),
        ("80ce012314049467ff", "049467FF"),
        ("410FE42B", "410FE42B"),
        ("0x410fe42b", "410FE42B"),
        ("802C0F232300000000", ""),
        ("NO DIMM", ""),
        ("SN802C0F2323410FE42B", "SN802C0F2323410FE42B"),
    ],
)
def test_a_module_is_named_by_the_last_eight_digits_of_its_jedec_id(printed: str, serial: str) -> None:
    assert module_serial(printed) == serial


@pytest.mark.parametrize(
    ("printed", "serial"),
    [
        (".7XK2M93.CNIVC0014M0388.", "CNIVC0014M0388"),
        (".7XK2M93.CNIVC0014M0388.01.", "CNIVC0014M0388"),
        ("CNIVC0014M0388", "CNIVC0014M0388"),
        ("To be filled by O.E.M.", ""),
    ],
)
def test_a_dell_board_is_named_without_the_service_tag_before_it(printed: str, serial: str) -> None:
    assert board_serial(printed) == serial
