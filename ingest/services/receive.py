"""Takes a bundle in: its bytes are safe before its row is, and its row before the answer."""

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any, BinaryIO

import structlog
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from ingest.models import Bundle
from ingest.services.work import try_again
from ingest.storage import PIECE, bundle_storage, is_sound, storage_name
from registry.compiled import CompiledQuery
from registry.domain.serials import clean_serial
from registry.models import Asset

log = structlog.get_logger(__name__)


class Refused(Exception):
    """A bundle that is not taken in; nothing of it is kept. `field` names the parameter at fault, or ``""``."""

    field = ""


class BundleTooLarge(Refused):
    """More bytes than ``MAX_BUNDLE_BYTES``."""


class EmptyBundle(Refused):
    """No bytes at all."""


class DigestMismatch(Refused):
    """The bytes are not those that the sender meant to send."""


class UnknownAsset(Refused):
    """A hint names no asset."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class ImplausibleTime(Refused):
    """A time given by hand lies in the future."""

    field = "collected_at"


@dataclass(frozen=True, slots=True)
class Hints:
    """What the sender says beside the bytes, for what the content does not say."""

    asset_id: int | None = None
    asset_serial: str = ""
    project: str = ""
    collected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The bundle, and whether its bytes were known already."""

    bundle: Bundle
    duplicate: bool


def receive(
    source: BinaryIO,
    *,
    filename: str,
    content_type: str,
    hints: Hints,
    expected_sha256: str | None,
    user: Any,
    now: datetime,
) -> Receipt:
    """Keeps the bytes of `source` and notes the bundle; the same bytes again give the bundle there is.

    `expected_sha256`: hexadecimal, from the sender. Raises a kind of `Refused` when the bundle is not taken in.
    """
    check_hints(hints, now)
    with _Arrival() as arrival:
        arrival.copy(source)
        if not arrival.size:
            raise EmptyBundle("The bundle is empty: no byte came.")
        sha256 = arrival.digest.hexdigest()
        if expected_sha256 is not None and expected_sha256.lower() != sha256:
            raise DigestMismatch(f"The bytes that came have the SHA-256 {sha256}, not {expected_sha256.lower()}.")
        known = _known(sha256)
        if known is not None:
            if arrival.mend():
                try_again([known.pk], user=user, now=now)
                known.refresh_from_db()
            return Receipt(known, duplicate=True)
        bundle = Bundle(
            sha256=sha256,
            size=arrival.size,
            filename=filename[:255],
            content_type=content_type[:100],
            asset_hint_id=hints.asset_id,
            asset_serial_hint=clean_serial(hints.asset_serial)[:128],
            project_hint=hints.project[:64],
            collected_hint=hints.collected_at,
            uploaded_by=None if user is None or isinstance(user, AnonymousUser) else user,
            received_at=now,
            step=Bundle.Step.PARSE,
            due_at=now,
        )
        arrival.keep()
        try:
            with transaction.atomic():
                bundle.save(force_insert=True)
                # From here on nobody takes the bytes for orphans; until here somebody may have (see `orphans`).
                arrival.restore()
        except IntegrityError:  # the same bytes came twice at once, and the other was first
            return Receipt(Bundle.objects.get(sha256=sha256), duplicate=True)
    return Receipt(bundle, duplicate=False)


_COLUMNS = tuple(field.attname for field in Bundle._meta.concrete_fields)
_bundles_with_digest = CompiledQuery(
    lambda sha256: Bundle.objects.filter(sha256=sha256).order_by().values_list(*_COLUMNS), placeholder="a digest"
)


def _known(sha256: str) -> Bundle | None:
    rows = _bundles_with_digest.rows(sha256)
    return Bundle.from_db(None, _COLUMNS, rows[0]) if rows else None


def check_hints(hints: Hints, now: datetime) -> None:
    """Refuses an asset that does not exist, a serial that names nothing, and a time to come."""
    latest = now + timedelta(hours=settings.CLOCK_ERROR_HOURS)
    if hints.collected_at is not None and hints.collected_at > latest:
        raise ImplausibleTime(f"{hints.collected_at.isoformat()} lies in the future.")
    if hints.asset_id is not None and not Asset.objects.filter(id=hints.asset_id).exists():
        raise UnknownAsset("asset", f"There is no asset {hints.asset_id}.")
    if hints.asset_serial and not clean_serial(hints.asset_serial, settings.PLACEHOLDER_SERIALS):
        raise UnknownAsset("asset_serial", f"{hints.asset_serial!r} is a placeholder and names no asset.")


class _Arrival:
    """Bytes on their way in: small ones in memory, larger ones in a file that the store provides."""

    def __init__(self) -> None:
        self.store = bundle_storage()
        self.digest = hashlib.sha256()
        self.size = 0
        self._small = b""
        self._file: IO[bytes] | None = None
        self._open = ExitStack()

    def __enter__(self) -> "_Arrival":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def copy(self, source: BinaryIO) -> None:
        first = self._take(source)
        if len(first) < PIECE:
            rest = self._take(source)
            if not rest:
                self._small = first
                return
            first += rest
        self._file = self._open.enter_context(self.store.arrival())
        self._file.write(first)
        while piece := self._take(source):
            self._file.write(piece)

    def _take(self, source: BinaryIO) -> bytes:
        piece = source.read(PIECE)
        self.size += len(piece)
        if self.size > settings.MAX_BUNDLE_BYTES:
            raise BundleTooLarge(f"A bundle may have {settings.MAX_BUNDLE_BYTES} bytes at most.")
        self.digest.update(piece)
        return piece

    @property
    def _name(self) -> str:
        return storage_name(self.digest.hexdigest())

    def keep(self) -> None:
        """Puts the bytes into the store, durably."""
        if self._file is None:
            self._file = self._open.enter_context(self.store.arrival())
            self._file.write(self._small)
        self.store.keep(self._file, self._name)

    def mend(self) -> bool:
        """Puts the bytes into the store if those there are not the same; tells whether it did."""
        if is_sound(self.digest.hexdigest()):
            return False
        self.keep()
        log.warning("bundle_mended", sha256=self.digest.hexdigest())
        return True

    def restore(self) -> None:
        """Puts the bytes into the store if it has them no longer."""
        if not self.store.holds(self._name, self.size):
            self.keep()
