"""When a serial number names a thing, and when it only fills a field.

Firmware makers leave sample text where a serial number belongs. Text of that kind must never become an
identity: hundreds of unrelated parts would be one. The list below is the documented one; a site extends
it by the setting ``PLACEHOLDER_SERIALS``.
"""

import re
from collections.abc import Callable, Collection
from datetime import date

from registry.domain.vocabulary import ComponentType

# Compared after `normalise`, so upper case and with single blanks.
PLACEHOLDERS = frozenset(
    {
        "NOT SPECIFIED",
        "NOT AVAILABLE",
        "NOT APPLICABLE",
        "NOT PROVIDED",
        "NOT PRESENT",
        "NOT SUPPORT",
        "NOT SUPPORTED",
        "NOT INSTALLED",
        "NOT SET",
        "NOT DEFINED",
        "NO DIMM",
        "NO MODULE INSTALLED",
        "NO SERIAL",
        "NO SERIAL NUMBER",
        "NO ASSET TAG",
        "TO BE FILLED BY O.E.M.",
        "TO BE FILLED BY O.E.M",
        "TO BE FILLED BY OEM",
        "TO BE FILLED",
        "NOT FILLED BY OEM",
        "FILLED BY OEM",
        "O.E.M.",
        "OEM",
        "DEFAULT STRING",
        "DEFAULT",
        "EMPTY",
        "[EMPTY]",
        "EMPTY STRING",
        "NONE",
        "NULL",
        "(NULL)",
        "NIL",
        "UNKNOWN",
        "UNDEFINED",
        "UNSPECIFIED",
        "UNASSIGNED",
        "$(DEFAULT_STRING)",
        "INVALID",
        "DUMMY",
        "N/A",
        "NA",
        "[N/A]",
        "ERROR",
        "YES",
        "NO",
        "TRUE",
        "FALSE",
        "TBD",
        "SERIAL",
        "SERIAL NUMBER",
        "SERIALNUMBER",
        "SERIAL_NUMBER",
        "S/N",
        "NOSERIAL",
        "PRODUCT SERIAL NUMBER",
        "SYSTEM SERIAL NUMBER",
        "SYS SERIAL NUMBER",
        "CHASSIS SERIAL NUMBER",
        "BASE BOARD SERIAL NUMBER",
        "BOARD SERIAL NUMBER",
        "MB-1234567890",
        "SYS-1234567890",
        "CHASSIS-1234567890",
        "<BAD INDEX>",
        "<OUT OF SPEC>",
        "REDACTED",
        "REMOVED",
        "[REMOVED]",  # lshw -sanitize
        "FREE FORM ASSET TAG",
        "437XR1138R2",  # the DMTF's sample server, copied into many an emulator
        "0123456789",
        "1234567890",
        "123456789",
        "12345678",
        "1234567",
        "123456",
        "12345",
        "1234",
        "9876543210",
        "0123456789ABCDEF",
        "4242",
        "VOLUME1",
        "FFFFFFFF",
    }
)

_FILLERS = re.compile(
    r"""
      (?P<one>.)(?P=one)*                      # runs of one character: "00000000", "XXXXXXXXXX", "........", "--"
    | [\W_]+                                   # punctuation alone: "0x", " - "
    | (0X)?[0\W_]+                             # no digit but zeros: "0x0000", "00000000-0000"
    | 0XF+
    | ([0-9A-F]{4}-){2}(0000-){3}0000          # lshw's "serial" of a processor: its model and stepping
    | .*X{4,}                                  # a serial that its owner blotted out: "9RK1XXXX"
    | X+Y*Z+                                   # "XYZZZZ"
    # the field's own name: "Dimm1_SerNum", "P1-DIMMA1_AssetTag (date:17/39)", "ModulePartNumber01"
    | .*(SERNUM|SERIALNUM(BER)?|ASSETTAG|PARTNUM(BER)?|MANUFACTURER)[_\ ]?\d*(\ \(DATE:.*\))?
    | SN\#?\d{0,2}
    """,
    re.VERBOSE,
)
_BLANKS = re.compile(r"\s+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def normalise(text: str) -> str:
    """`text` as it is compared: trimmed, upper case, inner white space folded, control characters dropped."""
    if text.isalnum():  # nearly every serial: nothing to fold
        return text.upper()
    return _BLANKS.sub(" ", _UNPRINTABLE.sub(" ", text)).strip().upper()


def is_placeholder(text: str, extra: Collection[str] = frozenset()) -> bool:
    """Whether `text` fills a field without naming anything. `extra` holds a site's own placeholders, normalised."""
    return _says_nothing(normalise(text), extra)


def _says_nothing(serial: str, extra: Collection[str]) -> bool:
    return not serial or serial in PLACEHOLDERS or serial in extra or bool(_FILLERS.fullmatch(serial))


def clean_serial(text: str | None, extra: Collection[str] = frozenset()) -> str:
    """The serial number in `text`, normalised, or ``""`` where it names nothing."""
    serial = normalise(text or "")
    return "" if _says_nothing(serial, extra) else serial


_JEDEC_MODULE_ID = re.compile(r"(?:0X)?(?:[0-9A-F]{4}[0-9A-F]{2}([0-9]{2})([0-9]{2}))?([0-9A-F]{8})")


def module_serial(text: str | None, extra: Collection[str] = frozenset()) -> str:
    """A memory module's own serial number.

    Some controllers print the whole JEDEC module id (JESD21-C annex L, bytes 320 to 328: two bytes of
    manufacturer, one of location, two of year and week in BCD, four of serial number): 18 hexadecimal
    digits, of which the last eight are what every other tool calls the serial number. Some print ``0x`` before it.
    """
    serial = clean_serial(text, extra)
    found = _JEDEC_MODULE_ID.fullmatch(serial)
    return clean_serial(found[3], extra) if found else serial


def module_made_on(text: str) -> date | None:
    """The Monday of the week in which a memory module was made, where its serial number is the whole module id."""
    found = _JEDEC_MODULE_ID.fullmatch(normalise(text))
    return week_begins(found[1], found[2]) if found and found[1] else None


def week_begins(year: str, week: str) -> date | None:
    """The Monday of a week of this century, both in two digits; None where there is no such week."""
    try:
        return date.fromisocalendar(2000 + int(year), int(week), 1)
    except ValueError:  # week 0 of a module that does not know
        return None


_DELL_BOARD = re.compile(r"\.([A-Z0-9]{7})\.([A-Z0-9]+)\.?.*")


def board_serial(text: str | None, extra: Collection[str] = frozenset()) -> str:
    """A mainboard's own serial number: Dell prints ``.TAG.PPID.``, of which the middle part names the board."""
    serial = clean_serial(text, extra)
    found = _DELL_BOARD.fullmatch(serial)
    return found[2] if found else serial


_FORMS: dict[str, Callable[[str | None, Collection[str]], str]] = {
    ComponentType.MEMORY: module_serial,
    ComponentType.MOTHERBOARD: board_serial,
}


def part_serial(kind: str, text: str | None, extra: Collection[str] = frozenset()) -> str:
    """The serial number of a part of that type in `text`, as `clean_serial` gives it."""
    return _FORMS.get(kind, clean_serial)(text, extra)
