"""Does work again that the database broke off to untie a deadlock."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from django.db import OperationalError, connection

Params = ParamSpec("Params")
Result = TypeVar("Result")

log = structlog.get_logger(__name__)

# Deadlock found; lock wait timeout; record has changed since last read; and "Failed to read auto-increment value",
# which is what a deadlock is called where it meets the lock on a table's counter.
_PASSING = frozenset({1213, 1205, 1020, 1467})
_ATTEMPTS = 10


def again_on_deadlock(work: Callable[Params, Result]) -> Callable[Params, Result]:
    """Runs `work`, which is one whole transaction, again when the database gave it up for another one's sake."""

    @wraps(work)
    def persistent(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return work(*args, **kwargs)
            except OperationalError as error:
                code = error.args[0] if error.args else None
                # Inside a larger transaction all of it is lost: its owner must begin again.
                if code not in _PASSING or connection.in_atomic_block or attempt == _ATTEMPTS:
                    raise
                log.info("transaction_again", work=work.__qualname__, code=code, attempt=attempt)
                # Longer and longer, and each by chance: those that met should not meet again.
                time.sleep(random.uniform(0.01, min(0.03 * 2**attempt, 2)))
        raise AssertionError("unreachable")

    return persistent
