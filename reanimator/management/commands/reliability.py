"""``manage.py reliability``: how often things fail, in a table."""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from tqdm import tqdm

from analytics.domain.question import KEYS, Question
from analytics.domain.rates import half_up
from analytics.domain.windows import start_of
from analytics.models import Alert, Run
from analytics.services.keeping import bring_up_to_date, rebuild
from analytics.services.rollup import rollup_differences
from analytics.services.runs import Inquiry, run
from analytics.services.standard import evaluate_now
from registry.models import Component

BUSY = "Another process counts just now: these figures are of what is counted so far."


class Command(BaseCommand):
    """The same figures as ``GET /analytics/reliability``, and a run as there."""

    help = "Failure rates of the fleet, with exact intervals; --verify holds what they are summed from against history."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Defines the command line."""
        parser.add_argument("--as-of", type=_moment, metavar="TIME", help="a date or RFC 3339; now when left out")
        parser.add_argument("--window", default="365d", help="days (90d) or lifetime, ending then (365d)")
        parser.add_argument("--group-by", type=_keys, default=(), metavar="KEYS", help=", ".join(KEYS))
        parser.add_argument("--json", action="store_true", help="the run with its answer, as JSON")
        parser.add_argument(
            "--verify", action="store_true", help="compare the monthly rollup with what it is made of, and end"
        )
        parser.add_argument(
            "--alerts", action="store_true", help="open and close alerts as of now, list the open ones, and end"
        )
        parser.add_argument("--rebuild", action="store_true", help="before that, count everything anew")

    def handle(self, **options: Any) -> None:
        """Counts what changed, then answers."""
        now = timezone.now()
        if options["rebuild"]:
            self._rebuild(now)
        elif not bring_up_to_date(now=now):
            self.stderr.write(BUSY)
        if options["verify"]:
            self._verify()
            return
        if options["alerts"]:
            self._alerts(now)
            return
        found = run(_inquiry(options, now), now=now)
        if options["json"]:
            self.stdout.write(json.dumps({"run": _told(found), **found.content}, indent=2, ensure_ascii=False))
        else:
            self._print(found)

    def _rebuild(self, now: datetime) -> None:
        with tqdm(total=Component.objects.count(), unit="component", disable=None, file=sys.stderr) as bar:
            counted = rebuild(now=now, progress=bar.update)
        if counted is None:
            raise CommandError("Another process counts just now. Try again when it is done.")
        self.stderr.write(f"{counted} components counted anew")

    def _verify(self) -> None:
        if differences := rollup_differences():
            raise CommandError(f"Months that differ from the spells: {differences}. --rebuild counts anew.")
        self.stdout.write("The rollup equals the spells.")

    def _alerts(self, now: datetime) -> None:
        outcome = evaluate_now(now=now)
        if outcome is None:
            raise CommandError("Another process evaluates just now. Try again when it is done.")
        for alert in Alert.objects.filter(closed_at__isnull=True).order_by("adjusted", "id"):
            what = f"{alert.component_type} {alert.model}".strip()
            self.stdout.write(f"{alert.kind} {alert.value}{f' of {what}' if what else ''}: {_compared(alert)}")
        self.stdout.write(f"{outcome.opened} opened, {outcome.closed} closed")
        if outcome.failed:
            raise CommandError(f"{outcome.failed} comparisons failed: the runs tell why.")

    def _print(self, found: Run) -> None:
        content = found.content
        keys = found.parameters["group_by"]
        rows = [[*row["group"].values(), *_cells(row)] for row in content["results"] if keys]
        total = [*(["total", *[""] * (len(keys) - 1)] if keys else []), *_cells(content["totals"])]
        self.stdout.write(f"{found.starts_at:%Y-%m-%d %H:%M} to {found.ends_at:%Y-%m-%d %H:%M} UTC, run {found.pk}")
        for line in _lines([[*keys, *_HEADERS], *rows, total], len(keys)):
            self.stdout.write(line)
        for reason, number in content["unattributed"].items():
            if number:
                self.stdout.write(f"{number} failures count for no time of service: {reason.replace('_', ' ')}")
        self.stdout.write(f"* little data    digest {found.digest}")


def _compared(alert: Alert) -> str:
    ratio = f"{_number(alert.ratio, 1)} times ({_number(alert.low, 1)} – {_number(alert.high, 1)})"
    return f"{alert.seen} failures where {_number(alert.expected, 1)} were expected, {ratio}, p {alert.adjusted:.2g}"


_HEADERS = ("components", "days", "failures", "AFR %", "95 % interval", "MTBF h", "")


def _cells(row: Mapping[str, Any]) -> list[str]:
    low, high = (_number(row[name], 2) for name in ("afr_low", "afr_high"))
    return [
        f"{row['components']:,}",
        _number(row["exposure_days"], 0),
        f"{row['failures']:,}",
        _number(row["afr_percent"], 2),
        f"{low} – {high}",
        _number(row["mtbf_hours"], 0),
        "*" if row["low_data"] else "",
    ]


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{half_up(value, digits):,}"


def _lines(table: Sequence[Sequence[str]], texts: int) -> Iterable[str]:
    """The table's lines: the first `texts` columns to the left, numbers to the right."""
    widths = [max(len(row[place]) for row in table) for place in range(len(table[0]))]
    for row in table:
        cells = [
            cell.ljust(width) if place < texts else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _inquiry(options: Mapping[str, Any], now: datetime) -> Inquiry:
    end = options["as_of"] or now.replace(microsecond=0) + timedelta(seconds=1)
    try:
        start = start_of(options["window"], end)
    except ValueError as error:
        raise CommandError(f"--window: {error}, or lifetime") from error
    question = Question(options["group_by"], start, end, end, silence_days=settings.SILENCE_DAYS)
    return Inquiry(Run.Kind.RELIABILITY.value, question)


def _told(found: Run) -> dict[str, Any]:
    times = {"as_of": found.as_of, "from": found.starts_at, "to": found.ends_at, "computed_at": found.computed_at}
    return {
        "id": found.pk,
        "digest": found.digest,
        **{name: value.isoformat().replace("+00:00", "Z") for name, value in times.items()},
        "code_version": found.code_version,
    }


def _keys(text: str) -> tuple[str, ...]:
    keys = tuple(filter(None, text.split(",")))
    if wrong := [key for key in keys if key not in KEYS]:
        raise argparse.ArgumentTypeError(f"{wrong[0]!r} is none of {', '.join(KEYS)}")
    return keys


def _moment(text: str) -> datetime:
    try:
        found = parse_datetime(text) if len(text) > len("2026-01-01") else None
        day = None if found else parse_date(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time") from error
    if day is not None:
        return datetime.combine(day, time(), UTC)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time")
    return found if found.tzinfo else found.replace(tzinfo=UTC)
