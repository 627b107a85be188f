"""What a fault means for the work that it broke off: try again, or give up in the end."""

from botocore.exceptions import BotoCoreError, ClientError
from django.db import InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerAway

from ingest.services.work import Outlook
from ingest.storage import DamagedBundle

_AWAY = (OperationalError, InterfaceError, BrokerAway, OSError, BotoCoreError, ClientError)


def outlook(fault: Exception) -> Outlook:
    """What lies with what the work needs (database, storage, broker) passes, what the bundle or the code did does not.

    Bytes that are missing may be a storage that is not mounted; bytes that differ stay so until they are sent again.
    """
    if isinstance(fault, DamagedBundle):
        return Outlook.LASTS
    away = isinstance(fault, _AWAY) and not isinstance(fault, FileNotFoundError)
    return Outlook.PASSES if away else Outlook.DOUBTFUL


def told(step: str, fault: Exception) -> str:
    """The fault in a line for operators and senders; what passes names hosts and paths, which are in the log alone."""
    name = type(fault).__name__
    if isinstance(fault, FileNotFoundError):
        return f"{step}: the bytes are not in the storage"
    if isinstance(fault, DamagedBundle):
        return f"{step}: the stored bytes are damaged; sending the bundle again restores them"
    if outlook(fault) is Outlook.PASSES:
        reason = fault.strerror if isinstance(fault, OSError) else ""
        return f"{step}: " + ": ".join(filter(None, [name, reason]))
    notes = getattr(fault, "__notes__", [])
    return f"{step}: " + ": ".join(filter(None, [*notes, name, str(fault)]))
