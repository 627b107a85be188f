"""Several processes store installations side by side: all rows of one component in the same one, in their order."""

import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from datetime import datetime

from reanimator.history_import.installations import Stored, Told, store_stays
from reanimator.readers import readers

_AHEAD = 2  # batches that wait in front of each process


def store_batches(batches: Iterable[Sequence[Told]], processes: int, *, now: datetime) -> Iterator[Stored]:
    """What becomes of rows of installations; with 1 process, this one stores them itself."""
    if processes == 1:
        yield from (store_stays(batch, now=now) for batch in batches)
        return
    with ExitStack() as until_the_end:
        # A pool of one each: a pool of several would give a component's next rows to whoever is free.
        pools = [until_the_end.enter_context(readers(1)) for _ in range(processes)]
        waiting: deque[Future[Stored]] = deque()
        for batch in batches:
            for pool, share in zip(pools, _shares(batch, processes), strict=True):
                waiting.append(pool.submit(store_stays, share, now=now))
            while len(waiting) > _AHEAD * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _shares(batch: Sequence[Told], processes: int) -> list[list[Told]]:
    shares: list[list[Told]] = [[] for _ in range(processes)]
    for row, told in batch:
        # Whatever its vendor: some rows of a component may not name it.
        shares[zlib.crc32(f"{told.part.type}:{told.part.serial}".encode()) % processes].append((row, told))
    return shares
