"""The closed sets of words that every layer shares."""

from enum import StrEnum


class ComponentType(StrEnum):
    """The kinds of replaceable part that have a life of their own."""

    CPU = "cpu"
    MEMORY = "memory"
    DISK = "disk"
    GPU = "gpu"
    NIC = "nic"
    HBA = "hba"
    PSU = "psu"
    FAN = "fan"
    MOTHERBOARD = "motherboard"
    BMC = "bmc"
    BIOS = "bios"
    TRANSCEIVER = "transceiver"
    BATTERY = "battery"
    OTHER = "other"


class Health(StrEnum):
    """What a source says of a part's condition, worst last but for ``unknown``."""

    UNKNOWN = "unknown"
    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    FAILED = "failed"


COMPONENT_TYPES = frozenset(ComponentType)
HEALTHS = frozenset(Health)
