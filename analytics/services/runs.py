"""Runs: questions that are answered, and kept with their answers."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max

from analytics.domain.question import Question, digest
from analytics.models import Run, packed
from analytics.selectors.answers import ANSWERS, Content
from analytics.selectors.changes import consistent_reads

log = structlog.get_logger(__name__)

_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question of one kind. `more`: what that kind asks besides, as the words of its function in `ANSWERS`."""

    kind: str
    question: Question
    more: Mapping[str, Any] = field(default_factory=dict)
    standard: str = ""

    def parameters(self) -> dict[str, Any]:
        """All of it for JSON."""
        return {**self.question.parameters(), **self.more}

    @property
    def customer(self) -> str:
        """Whose data alone it is of, where it is of one customer's."""
        wanted = self.question.filters.get("customer", ())
        return wanted[0] if len(wanted) == 1 else ""


def run(inquiry: Inquiry, *, now: datetime) -> Run:
    """The run that answers it: the one that is kept, when the same was asked of the same data, else a new one."""
    began = time.monotonic()
    with consistent_reads():
        content = ANSWERS[inquiry.kind](inquiry.question, **inquiry.more)
    return _kept(inquiry, content, now=now, seconds=time.monotonic() - began)


def run_standard(inquiry: Inquiry, *, now: datetime) -> Run:
    """As `run`, for a standard question: a fault is kept as a failed run, and the last good one stays in place."""
    try:
        found = run(inquiry, now=now)
    except Exception as fault:
        log.exception("standard_run_failed", standard=inquiry.standard)
        return _failed(inquiry, fault, now=now)
    Run.objects.filter(status=Run.Status.FAILED, standard=inquiry.standard).delete()
    return found


def _kept(inquiry: Inquiry, content: Content, *, now: datetime, seconds: float) -> Run:
    name = digest({"kind": inquiry.kind, **inquiry.parameters()}, content.counts)
    same = Run.objects.filter(kind=inquiry.kind, digest=name, code_version=settings.CODE_VERSION)
    if found := same.first():
        if inquiry.standard and found.standard != inquiry.standard:
            same.update(standard=inquiry.standard)
        return found
    try:
        with transaction.atomic():
            return Run.objects.create(
                **_asked(inquiry),
                status=Run.Status.DONE,
                digest=name,
                computed_at=now,
                seconds=seconds,
                row_count=len(content.body["results"]),
                packed=packed(content.body),
            )
    except IntegrityError:  # the same was asked at the same time
        return same.get()


def _failed(inquiry: Inquiry, fault: Exception, *, now: datetime) -> Run:
    reason = f"{type(fault).__name__}: {fault}"[:_LONGEST_REASON]
    Run.objects.filter(status=Run.Status.FAILED, standard=inquiry.standard).delete()
    return Run.objects.create(**_asked(inquiry), status=Run.Status.FAILED, computed_at=now, seconds=0.0, failure=reason)


def _asked(inquiry: Inquiry) -> dict[str, Any]:
    question = inquiry.question
    return {
        "kind": inquiry.kind,
        "standard": inquiry.standard,
        "parameters": inquiry.parameters(),
        "customer": inquiry.customer,
        "as_of": question.as_of,
        "starts_at": question.start,
        "ends_at": question.end,
        "code_version": settings.CODE_VERSION,
    }


def forget_old_runs(*, now: datetime, days: int) -> int:
    """Removes runs older than that many days, but for named ones and each standard question's newest good one."""
    good = Run.objects.filter(status=Run.Status.DONE).exclude(standard="").order_by()
    newest = list(good.values("standard").annotate(newest=Max("id")).values_list("newest", flat=True))
    old = Run.objects.filter(computed_at__lt=now - timedelta(days=days), name="", status=Run.Status.DONE)
    # By key, and in pieces: one long DELETE would hold up those who ask meanwhile.
    keys = list(old.exclude(id__in=newest).order_by("id").values_list("id", flat=True))
    for start in range(0, len(keys), _PIECE):
        Run.objects.filter(id__in=keys[start : start + _PIECE]).delete()
    return len(keys)


_PIECE = 500
