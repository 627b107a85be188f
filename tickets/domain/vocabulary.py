"""The closed sets of words of tickets and failures."""

from enum import StrEnum


class NameKind(StrEnum):
    """What kind of name a ticket or a failure calls a thing by."""

    PROJECT = "project"  # its code
    ASSET_SERIAL = "asset_serial"
    ASSET_TAG = "asset_tag"
    ASSET_HOSTNAME = "asset_hostname"
    COMPONENT_SERIAL = "component_serial"
    COMPONENT_LOOKUP = "component_lookup"  # an identifier or a position, for parts without a serial


ASSET_NAMES = (NameKind.ASSET_SERIAL, NameKind.ASSET_TAG, NameKind.ASSET_HOSTNAME)
COMPONENT_NAMES = (NameKind.COMPONENT_SERIAL, NameKind.COMPONENT_LOOKUP)


class Origin(StrEnum):
    """Who made a ticket's link."""

    SYNC = "sync"  # the ticket's source
    TEXT = "text"  # a serial number found in the ticket's text
    OPERATOR = "operator"


class LinkState(StrEnum):
    """Whether a link counts: proposed and dismissed ones do not."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class FailureSource(StrEnum):
    """Who told of a failure."""

    LOG = "log"
    TICKET = "ticket"
    MANUAL = "manual"


class FailureState(StrEnum):
    """What an operator says of a failure: rejected ones count nowhere."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


# The longest texts that are kept, in characters.
MAX_SOURCE = 64
MAX_EXTERNAL_ID = 128
MAX_TITLE = 500
MAX_WORD = 64  # status, severity
MAX_URL = 1000
MAX_MODE = 64
MAX_MESSAGE = 500
