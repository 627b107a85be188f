"""Many bundles at once, on all cores: other processes read them, this one alone writes, several in a transaction.

Bytes are safe and rows committed before anything is read, as for an upload, and what is stored says which step is next.
So a run can end at any moment: what it leaves is taken up by the next one, or by the sweep.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from ingest.models import Bundle, Snapshot
from ingest.services.parse import BundleContent, read_content, store_content
from ingest.services.work import Outlook, claim, note_fault
from reanimator import pipeline
from reanimator.readers import readers
from registry.transactions import again_on_deadlock
from timeline.services import derive_snapshots

log = structlog.get_logger(__name__)

# In one transaction: of bundles, and of components.
_TOGETHER = 32
_COMPONENTS_TOGETHER = 4000
# Stored before any is derived: so many are brought into the order of time, which is the quickest.
_BEFORE_DERIVING = 512
_COMPONENTS_BEFORE_DERIVING = 40_000
# Bundles and bytes that are read ahead of the writing.
_AHEAD = 64
_BYTES_AHEAD = 1 << 20

Tell = Callable[[Sequence[int]], None]


@dataclass(slots=True)
class _Batch:
    """Bundles that were read, to be stored together."""

    contents: list[BundleContent] = field(default_factory=list)
    components: int = 0

    def add(self, content: BundleContent) -> None:
        self.contents.append(content)
        self.components += sum(len(draft.components) for draft in content.drafts)

    @property
    def is_full(self) -> bool:
        return len(self.contents) >= _TOGETHER or self.components >= _COMPONENTS_TOGETHER


class BulkRun:
    """Takes bundles that were received through their steps: `take` each, then `finish`.

    `tell` is given the ids of bundles that are stored, or cannot be now. `processes`: how many read; 1: this one does.
    """

    def __init__(self, tell: Tell, processes: int) -> None:
        self.tell = tell
        self.processes = processes
        self.pool = readers(processes) if processes > 1 else None
        self.reading: deque[tuple[Bundle, Future[BundleContent]]] = deque()
        self.bytes_ahead = 0
        self.batch = _Batch()
        self.stored: list[int] = []
        self.components_stored = 0
        self.disturbed = False

    def __enter__(self) -> "BulkRun":
        return self

    def __exit__(self, *_: object) -> None:
        if self.pool is not None:
            self.pool.shutdown(wait=True, cancel_futures=True)

    def take(self, bundle: Bundle) -> None:
        """Takes in a bundle that was received; nothing is done when it is in other hands, or rests after a fault."""
        if bundle.step != Bundle.Step.PARSE or bundle.due_at is None or bundle.due_at > timezone.now():
            self.tell([bundle.pk])
            return
        if self.pool is None:
            self._keep(bundle, lambda: read_content(bundle))
            return
        self._submit(bundle)
        while len(self.reading) > self.processes and (len(self.reading) > _AHEAD or self.bytes_ahead > _BYTES_AHEAD):
            self._next()

    def finish(self) -> None:
        """Waits for all that is being read, and stores and derives what is left."""
        while self.reading:
            self._next()
        self._store()
        self._derive()

    # reading

    def _submit(self, bundle: Bundle) -> None:
        assert self.pool is not None
        try:
            self.reading.append((bundle, self.pool.submit(_read, bundle)))
        except BrokenProcessPool:
            self._mend()
            self.reading.append((bundle, self.pool.submit(_read, bundle)))
        self.bytes_ahead += bundle.size

    def _next(self) -> None:
        bundle, future = self.reading.popleft()
        self.bytes_ahead -= bundle.size
        try:
            self._keep(bundle, future.result)
        except BrokenProcessPool:
            self.reading.appendleft((bundle, future))
            self.bytes_ahead += bundle.size
            self._mend()

    def _mend(self) -> None:
        """Reads what was being read one by one, so that the bundle shows which ends the process that reads it."""
        suspects, self.reading = self.reading, deque()
        self.bytes_ahead = 0
        alone = readers(1)
        for bundle, future in suspects:
            read_already = future.done() and not future.cancelled() and future.exception() is None
            try:
                self._keep(bundle, (future if read_already else alone.submit(_read, bundle)).result)
            except BrokenProcessPool:
                self._give_up(bundle)
                alone.shutdown()
                alone = readers(1)
        alone.shutdown()
        self.pool = readers(self.processes)

    def _keep(self, bundle: Bundle, read: Callable[[], BundleContent]) -> None:
        try:
            content = read()
        except BrokenProcessPool:
            raise
        except Exception:  # met again on the bundle's own way, which notes it
            log.exception("bundle_not_read", bundle=bundle.pk)
            self._take_alone(bundle)
            return
        self.batch.add(content)
        if self.batch.is_full:
            self._store()

    def _give_up(self, bundle: Bundle) -> None:
        """Counts an attempt on a bundle that ends its process; after some the pipeline gives it up."""
        now = timezone.now()
        if mine := claim(bundle.pk, Bundle.Step.PARSE, now=now):
            fault = "parse: it ended the process that read it"
            note_fault(mine, mine.step, fault, outlook=Outlook.DOUBTFUL, now=now)
        self.tell([bundle.pk])

    def _take_alone(self, bundle: Bundle) -> None:
        """The way of a single bundle, which counts its attempts and notes its fault."""
        pipeline.take_all_steps(bundle.pk, Bundle.Step.PARSE, now=timezone.now())
        self.tell([bundle.pk])

    # writing

    def _store(self) -> None:
        batch, self.batch = self.batch, _Batch()
        contents = batch.contents
        try:
            done = _store_together(contents, timezone.now()) if contents else []
        except Exception:  # the one at fault must not cost the others, and notes it on its own way
            log.exception("bundles_not_stored", bundles=len(contents))
            for content in contents:
                self._take_alone(content.bundle)
            return
        self.stored += [content.bundle.pk for content in contents]
        self.components_stored += batch.components
        self.disturbed |= any(done)
        self.tell([content.bundle.pk for content in contents])
        if len(self.stored) >= _BEFORE_DERIVING or self.components_stored >= _COMPONENTS_BEFORE_DERIVING:
            self._derive()

    def _derive(self) -> None:
        bundles, self.stored, self.components_stored = self.stored, [], 0
        for keys in _in_order_of_time(bundles):
            # What cannot be derived is met again in its bundle's own step, which notes why.
            with suppress(Exception):
                self.disturbed |= derive_snapshots(keys, now=timezone.now())
        for key in bundles:
            pipeline.take_all_steps(key, Bundle.Step.DERIVE, now=timezone.now())
        if self.disturbed:
            try:
                pipeline.settle(now=timezone.now())
            except Exception:  # these bundles are done; the next sweep settles what they disturbed
                log.exception("not_settled")
        self.disturbed = False


@again_on_deadlock
def _store_together(contents: Sequence[BundleContent], now: datetime) -> list[bool]:
    """Stores the bundles in one transaction, each if nobody took it up meanwhile; gives whether it disturbed others."""
    following = {"step": Bundle.Step.DERIVE.value, "due_at": now, "attempts": 0, "retries": 0, "fault": ""}
    disturbed = []
    with transaction.atomic():
        for content in contents:
            untouched = {"step": content.bundle.step, "due_at": content.bundle.due_at}
            parsed = store_content(content, now=now, only_if=untouched, changes=following)
            disturbed.append(parsed is not None and parsed.disturbed)
    return disturbed


def _in_order_of_time(bundles: Sequence[int]) -> Iterator[list[int]]:
    """The bundles' snapshots that wait, oldest first, in lists that one transaction may derive."""
    waiting = Snapshot.objects.waiting().filter(bundle__in=bundles)
    together: list[int] = []
    components = 0
    for key, size in list(waiting.values_list("id", "size")):
        together.append(key)
        components += size
        if len(together) >= _TOGETHER or components >= _COMPONENTS_TOGETHER:
            yield together
            together, components = [], 0
    if together:
        yield together


def _read(bundle: Bundle) -> BundleContent:
    content = read_content(bundle)
    content.reading.sources.clear()  # the drafts hold all of it, and it has a long way
    return content
