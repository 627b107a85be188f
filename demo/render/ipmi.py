"""What ``ipmitool fru print`` and ``ipmitool sel elist`` print of a server."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import TypeAlias

from demo.fleet import Breakdown, Snapshot, dimm_names

Line: TypeAlias = tuple[datetime, str, str, str, str]

# A server's log begins when it is set up, and keeps some of each day's chatter.
_CHATTER = (
    (timedelta(minutes=20), "System Event #0x83", "Timestamp Clock Sync"),
    (timedelta(minutes=21), "Event Logging Disabled SEL", "Log area reset/cleared"),
    (timedelta(days=31, hours=5), "Physical Security Intrusion", "General Chassis intrusion"),
    (timedelta(days=95, hours=11), "OS Boot", "C: boot completed"),
)


def units(snapshot: Snapshot) -> str:
    """The server's own unit and its power supplies, by the names that the controller has for them."""
    server = snapshot.server
    platform = server.platform
    maker = platform.vendor.removesuffix(" Inc.")
    # Dell writes the service tag where others write the system's serial number.
    own = [
        ("Board Mfg Date", _made(server.since - timedelta(days=60))),
        ("Board Mfg", maker),
        ("Board Product", platform.board),
        ("Board Serial", server.board_serial),
        ("Board Part Number", platform.board),
        ("Product Manufacturer", maker),
        ("Product Name", platform.model),
        ("Product Part Number", platform.model.replace(" ", "-")),
        ("Product Serial", server.serial),
        ("Product Asset Tag", ""),
    ]
    blocks = [_unit("Builtin FRU Device", 0, own)]
    for one in snapshot.of_type("psu"):
        number = one.place.position + 1
        made = datetime.combine(one.part.born, time(6, 40), UTC)
        area = [
            ("Board Mfg Date", _made(made)),
            ("Product Manufacturer", one.part.model.vendor.upper()),
            ("Product Name", one.part.model.model),
            ("Product Part Number", one.part.model.part_number),
            ("Product Serial", one.part.serial),
        ]
        blocks.append(_unit(psu_name(platform.vendor, number), number, area))
    return "\n".join(blocks)


def events(snapshot: Snapshot) -> str:
    """The event log up to then, with what failed in it: memory that lost data, and power supplies."""
    began = snapshot.server.since
    lines = [(began + after, sensor, event, "Asserted", "") for after, sensor, event in _CHATTER]
    lines += [line for one in snapshot.broken for line in _told(snapshot, one)]
    lines = sorted(line for line in lines if line[0] <= snapshot.collected_at)
    return "".join(
        " | ".join([f"{number:4x}", f"{at:%m/%d/%Y}", f"{at:%H:%M:%S}", *said]).rstrip(" |") + "\n"
        for number, (at, *said) in enumerate(lines, 1)
    )


def psu_name(vendor: str, number: int) -> str:
    """How that maker's controllers call a power supply."""
    return f"Power Supply {number}" if vendor == "HPE" else f"PS{number}"


def _told(snapshot: Snapshot, broken: Breakdown) -> Iterator[Line]:
    platform = snapshot.server.platform
    match broken.place.type:
        case "memory":
            locator = _locator(platform.vendor, dimm_names(platform)[broken.place.position])
            # Corrected errors came first; they are no failure.
            for days in (30, 12, 3):
                yield broken.at - timedelta(days=days), "Memory #0x07", "Correctable ECC", "Asserted", locator
            yield broken.at, "Memory #0x07", "Uncorrectable ECC", "Asserted", locator
        case "psu":
            name = psu_name(platform.vendor, broken.place.position + 1)
            yield broken.at, f"Power Supply {name} Status", "Failure detected", "Asserted", ""


def _locator(vendor: str, name: str) -> str:
    """A memory slot as the controller prints it; Dell's calls ``DIMM_A1`` what the board calls ``A1``."""
    return f"DIMM_{name}" if vendor == "Dell Inc." else name


def _unit(name: str, number: int, fields: list[tuple[str, str]]) -> str:
    lines = "".join(f" {key:<21} : {value}\n" for key, value in fields if value)
    return f"FRU Device Description : {name} (ID {number})\n{lines}"


def _made(at: datetime) -> str:
    return f"{at:%a %b %e %H:%M:00 %Y}"
