"""Kinds of source for slots and firmware, best first.

Two slots (or two firmware versions) of one component are compared only when they come from the same kind:
``DIMM A1`` and ``P0_Node0_Channel0_Dimm0`` may be the same place, and ``W460`` may be ``V8GNW460`` cut short.
Where several kinds are known, the earliest in its tuple is the one shown.
"""

SLOT_KINDS = (
    "operator",  # typed by a person
    "document",  # the canonical document
    "redfish",  # ServiceLabel, DeviceLocator, or the resource's id
    "enclosure",  # enclosure:slot of a RAID controller
    "dmi",  # SMBIOS locator or socket designation (dmidecode, lshw)
    "fru",  # the name of an IPMI FRU
    "sel",  # a sensor's name or number in the IPMI event log
    "pci",  # domain:bus:device.function, lower case, four-digit domain
)

FIRMWARE_KINDS = (
    "document",
    "drive",  # the drive's own inquiry or identify data (smartctl, nvme)
    "redfish",
    "dmi",
    "nvidia",  # VBIOS version
    "amd",  # VBIOS version
    "fru",
    "controller",  # a RAID controller's word on itself
    "pci",  # vital product data
    "lshw",  # cut to a few characters for disks
    "lsblk",  # whole or cut, as the kernel has it
)

# Of several words on one component's health at one moment, the last of these counts.
HEALTH_ORDER = ("unknown", "ok", "warning", "critical", "failed")


def rank(kinds: tuple[str, ...], kind: str) -> tuple[int, str]:
    """Sorting key that puts the best known kind first and unknown kinds last, by name."""
    return (kinds.index(kind) if kind in kinds else len(kinds), kind)
