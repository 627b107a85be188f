"""An operator's word on a bundle that does not tell its asset or its time."""

from datetime import datetime
from typing import Any

import structlog

from ingest.models import Bundle
from ingest.services.pipeline import advance
from ingest.services.receive import Hints, check_hints

log = structlog.get_logger(__name__)


def amend(
    bundle_id: int, *, asset_id: int | None = None, collected_at: datetime | None = None, user: Any, now: datetime
) -> Bundle:
    """Notes the asset or the time (None: stays as it is), and has the bundle's observations made again with it."""
    check_hints(Hints(asset_id=asset_id, collected_at=collected_at), now)
    changes = {"asset_hint_id": asset_id, "collected_hint": collected_at}
    given = {name: value for name, value in changes.items() if value is not None}
    if given:
        Bundle.objects.filter(id=bundle_id).parse_again(now=now, **given)
        log.info(
            "bundle_amended", bundle=bundle_id, by=str(user), **{name: str(value) for name, value in given.items()}
        )
        advance(bundle_id)
    return Bundle.objects.get(id=bundle_id)
