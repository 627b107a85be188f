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


class Severity(StrEnum):
    """How bad a failure is: the part does not work, it is about to fail or lost data, or it is worth a look."""

    FATAL = "fatal"
    CRITICAL = "critical"
    WARNING = "warning"


COMPONENT_TYPES = frozenset(ComponentType)
HEALTHS = frozenset(Health)
SEVERITIES = frozenset(Severity)


class Status(StrEnum):
    """Where a component is, as far as the evidence goes."""

    UNPLACED = "unplaced"  # seen, but never in an asset that is known
    INSTALLED = "installed"
    REMOVED = "removed"


class Role(StrEnum):
    """What a token or user may do."""

    VIEWER = "viewer"
    COLLECTOR = "collector"
    CONNECTOR = "connector"
    ENGINEER = "engineer"
    ADMIN = "admin"


class AssetStatus(StrEnum):
    """An asset's life as its owner sees it."""

    ACTIVE = "active"
    SPARE = "spare"
    RETIRED = "retired"


class RemovalReason(StrEnum):
    """Why a component was taken out of where it sat."""

    FAILED = "failed"
    PLANNED = "planned"
    MOVED = "moved"
    UNKNOWN = "unknown"


class LocationKind(StrEnum):
    """The levels of the location tree, outermost first."""

    REGION = "region"
    SITE = "site"
    ROOM = "room"
    RACK = "rack"


# The longest texts that are kept, in characters.
MAX_SERIAL = 128  # serial numbers, slots, lots
MAX_TEXT = 200  # vendors, models, part numbers, firmware
MAX_HOSTNAME = 253
MAX_CODE = 64  # projects, customers
