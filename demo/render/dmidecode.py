"""What ``dmidecode`` prints of a server: its SMBIOS table as each maker fills it, placeholders and all."""

import re
from collections.abc import Iterator
from typing import TypeAlias

from demo.catalogue import CpuModel, DimmModel, PsuModel
from demo.fleet import Fitted, Snapshot, dimm_names

Lines: TypeAlias = list[tuple[str, str]]

_TITLES = {
    0: ("BIOS Information", 26),
    1: ("System Information", 27),
    2: ("Base Board Information", 15),
    3: ("Chassis Information", 22),
    4: ("Processor Information", 48),
    11: ("OEM Strings", 5),
    16: ("Physical Memory Array", 23),
    17: ("Memory Device", 92),
    39: ("System Power Supply", 22),
    127: ("End Of Table", 4),
}

# What an empty memory slot holds: manufacturer, serial number, asset tag, part number.
_EMPTY_SLOT = {
    "HPE": ("UNKNOWN", "NOT AVAILABLE", "UNKNOWN", "NOT AVAILABLE"),
    "Supermicro": ("NO DIMM", "NO DIMM", "NO DIMM", "NO DIMM"),
}
_NOTHING = ("Not Specified", "Not Specified", "Not Specified", "Not Specified")


def dump(snapshot: Snapshot) -> str:
    """The whole output, as of ``dmidecode`` without arguments."""
    structures = [
        (0, _bios(snapshot)),
        (1, _system(snapshot)),
        (2, _board(snapshot)),
        (3, _chassis(snapshot)),
        *((4, _processor(one)) for one in snapshot.of_type("cpu")),
        (11, [("String 1", "www.example.com")]),
        (16, _array(snapshot)),
        *((17, lines) for lines in _memory(snapshot)),
        *((39, _power_supply(snapshot, one)) for one in snapshot.of_type("psu")),
        (127, []),
    ]
    head = [
        "# dmidecode 3.5",
        "Getting SMBIOS data from sysfs.",
        "SMBIOS 3.3.0 present.",
        f"{len(structures)} structures occupying {len(structures) * 97} bytes.",
        "Table at 0x6CEB1000.",
        "",
    ]
    for number, (kind, lines) in enumerate(structures):
        title, size = _TITLES[kind]
        head += [
            f"Handle 0x{number:04X}, DMI type {kind}, {size} bytes",
            title,
            *(f"\t{key}: {value}" for key, value in lines),
            "",
        ]
    return "\n".join(head) + "\n"


def _bios(snapshot: Snapshot) -> Lines:
    platform = snapshot.server.platform
    version = snapshot.of_type("bios")[0].firmware
    released = "06/14/2023" if version == platform.bios[-1] else "09/14/2022"
    # HPE prints the ROM's family as version, and the release in a line of its own.
    hpe = re.fullmatch(r"(\w+) v([\d.]+) \((.+)\)", version)
    family, revision, released = hpe.groups() if hpe else (version, "5.22", released)
    return [
        ("Vendor", {"Supermicro": "American Megatrends International, LLC."}.get(platform.vendor, platform.vendor)),
        ("Version", family),
        ("Release Date", released),
        ("Address", "0xF0000"),
        ("Runtime Size", "64 kB"),
        ("ROM Size", "32 MB"),
        ("BIOS Revision", revision),
    ]


def _system(snapshot: Snapshot) -> Lines:
    server = snapshot.server
    vendor = server.platform.vendor
    sku = {"Dell Inc.": f"SKU=0A2B;ModelName={server.platform.model}", "HPE": "P56961-B21"}
    return [
        ("Manufacturer", vendor),
        ("Product Name", server.platform.model),
        ("Version", "0123456789" if vendor == "Supermicro" else "Not Specified"),
        ("Serial Number", server.serial),
        ("UUID", server.uuid),
        ("Wake-up Type", "Power Switch"),
        ("SKU Number", sku.get(vendor, "To be filled by O.E.M.")),
        ("Family", {"Dell Inc.": "PowerEdge", "HPE": "ProLiant"}.get(vendor, "To be filled by O.E.M.")),
    ]


def _board(snapshot: Snapshot) -> Lines:
    server = snapshot.server
    dell = server.platform.vendor == "Dell Inc."
    return [
        ("Manufacturer", server.platform.vendor),
        ("Product Name", server.platform.board),
        ("Version", "A03" if dell else "1.02"),
        ("Serial Number", f".{server.serial}.{server.board_serial}." if dell else server.board_serial),
        ("Asset Tag", "Not Specified" if dell else "To be filled by O.E.M."),
        ("Type", "Motherboard"),
    ]


def _chassis(snapshot: Snapshot) -> Lines:
    server = snapshot.server
    own = server.platform.vendor in ("Dell Inc.", "HPE")
    return [
        ("Manufacturer", server.platform.vendor),
        ("Type", "Rack Mount Chassis"),
        ("Lock", "Not Present"),
        ("Version", "Not Specified"),
        ("Serial Number", server.serial if own else "Chassis Serial Number"),
        ("Asset Tag", "Not Specified" if own else "Chassis Asset Tag"),
        ("Boot-up State", "Safe"),
        ("Power Supply State", "Safe"),
        ("Thermal State", "Safe"),
        ("Number Of Power Cords", "2"),
    ]


def _processor(fitted: Fitted) -> Lines:
    model = fitted.part.model
    cores = model.cores if isinstance(model, CpuModel) else 0
    signature = model.signature if isinstance(model, CpuModel) else ""
    return [
        ("Socket Designation", f"CPU{fitted.place.position + 1}"),
        ("Type", "Central Processor"),
        ("Family", "Xeon" if model.vendor == "Intel" else "Zen"),
        ("Manufacturer", "Intel(R) Corporation" if model.vendor == "Intel" else "Advanced Micro Devices, Inc."),
        ("Signature", f"Type 0, Family 6, {signature}"),
        ("Version", model.model),
        ("Status", "Populated, Enabled"),
        ("Upgrade", "Socket LGA4189" if model.vendor == "Intel" else "Socket SP3"),
        ("Serial Number", "Not Specified"),
        ("Asset Tag", "UNKNOWN"),
        ("Part Number", "Not Specified"),
        ("Core Count", str(cores)),
        ("Core Enabled", str(cores)),
        ("Thread Count", str(cores * 2)),
    ]


def _array(snapshot: Snapshot) -> Lines:
    return [
        ("Location", "System Board Or Motherboard"),
        ("Use", "System Memory"),
        ("Error Correction Type", "Multi-bit ECC"),
        ("Maximum Capacity", "4 TB"),
        ("Error Information Handle", "Not Provided"),
        ("Number Of Devices", str(snapshot.server.platform.dimm_slots)),
    ]


def _memory(snapshot: Snapshot) -> Iterator[Lines]:
    vendor = snapshot.server.platform.vendor
    modules = {one.place.position: one for one in snapshot.of_type("memory")}
    for position, name in enumerate(dimm_names(snapshot.server.platform)):
        bank = f"P{position // 8}_Node0_Channel{position % 8}_Dimm0" if vendor == "Supermicro" else "Not Specified"
        fitted = modules.get(position)
        yield _module(fitted, name, bank) if fitted else _empty(vendor, name, bank)


def _module(fitted: Fitted, name: str, bank: str) -> Lines:
    model = fitted.part.model
    if not isinstance(model, DimmModel):
        raise TypeError(f"a {model.type} is no memory module")
    return [
        ("Array Handle", "0x1000"),
        ("Error Information Handle", "Not Provided"),
        ("Total Width", "72 bits"),
        ("Data Width", "64 bits"),
        ("Size", f"{model.gibibytes} GB"),
        ("Form Factor", "DIMM"),
        ("Set", "1"),
        ("Locator", name),
        ("Bank Locator", bank),
        ("Type", model.generation),
        ("Type Detail", "Synchronous Registered (Buffered)"),
        ("Speed", f"{model.speed} MT/s"),
        ("Manufacturer", model.vendor),
        ("Serial Number", fitted.part.serial),
        ("Asset Tag", f"{name}_AssetTag (date:{fitted.part.born:%y/%W})"),
        # The field is twenty characters wide, and some makers pad it.
        ("Part Number", f"{model.part_number:<20}"),
        ("Rank", "2"),
        ("Configured Memory Speed", f"{model.speed} MT/s"),
        ("Configured Voltage", "1.2 V"),
    ]


def _empty(vendor: str, name: str, bank: str) -> Lines:
    maker, serial, tag, number = _EMPTY_SLOT.get(vendor, _NOTHING)
    return [
        ("Array Handle", "0x1000"),
        ("Error Information Handle", "Not Provided"),
        ("Total Width", "Unknown"),
        ("Data Width", "Unknown"),
        ("Size", "No Module Installed"),
        ("Form Factor", "DIMM"),
        ("Set", "1"),
        ("Locator", name),
        ("Bank Locator", bank),
        ("Type", "Unknown"),
        ("Type Detail", "None"),
        ("Speed", "Unknown"),
        ("Manufacturer", maker),
        ("Serial Number", serial),
        ("Asset Tag", tag),
        ("Part Number", number),
        ("Rank", "Unknown"),
    ]


def _power_supply(snapshot: Snapshot, fitted: Fitted) -> Lines:
    model = fitted.part.model
    vendor = snapshot.server.platform.vendor
    number = fitted.place.position + 1
    # Only some makers say which bay a power supply is in; HPE hides it in the name.
    return [
        ("Power Unit Group", str(number)),
        ("Location", f"PSU{number}" if vendor == "Supermicro" else "Not Specified"),
        ("Name", f"Power Supply {number}" if vendor == "HPE" else f"{model.model:<32}"),
        ("Manufacturer", {"Dell": "DELL", "Supermicro": "SUPERMICRO"}.get(model.vendor, model.vendor)),
        ("Serial Number", fitted.part.serial),
        ("Asset Tag", "Not Specified"),
        ("Model Part Number", model.part_number),
        ("Revision", fitted.firmware if vendor == "Supermicro" else "Not Specified"),
        ("Max Power Capacity", f"{model.watts if isinstance(model, PsuModel) else 0} W"),
        ("Status", "Present, OK" if fitted.health == "ok" else "Present, Critical"),
        ("Type", "Switching"),
        ("Input Voltage Range Switching", "Auto-switch"),
        ("Plugged", "Yes"),
        ("Hot Replaceable", "Yes"),
    ]
