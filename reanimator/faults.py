"""What a fault means for the work that it broke off: try again, or give up in the end."""

from botocore.exceptions import BotoCoreError, ClientError
from django.db import InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerAway

_AWAY = (OperationalError, InterfaceError, BrokerAway, OSError, BotoCoreError, ClientError)


def may_pass(fault: Exception) -> bool:
    """Whether it lies with what the work needs (database, storage, broker), and not with the bundle or the code.

    Bytes that are missing may be a storage that is not mounted, so they are tried some times, and then given up.
    """
    return isinstance(fault, _AWAY) and not isinstance(fault, FileNotFoundError)


def told(step: str, fault: Exception) -> str:
    """The fault in a line for operators and senders; what passes names hosts and paths, which are in the log alone."""
    name = type(fault).__name__
    if isinstance(fault, FileNotFoundError):
        return f"{step}: the bytes are not in the storage"
    if may_pass(fault):
        reason = fault.strerror if isinstance(fault, OSError) else ""
        return f"{step}: " + ": ".join(filter(None, [name, reason]))
    notes = getattr(fault, "__notes__", [])
    return f"{step}: " + ": ".join(filter(None, [*notes, name, str(fault)]))
