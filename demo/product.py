"""Fills the product with the demo's bundles, tickets and failures, says what came of it, and serves it."""

import argparse
import io
import json
import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models import Count, Model, QuerySet
from tqdm import tqdm

from analytics.domain.question import Question
from analytics.domain.windows import LIFETIME, start_of
from analytics.models import Alert, Run
from analytics.selectors.ages import Clock
from analytics.services.runs import Inquiry
from analytics.services.runs import run as run_question
from analytics.services.standard import answer_standard_questions
from demo import capture
from demo.bundles import Bundle as Delivery
from demo.bundles import bundles, write
from demo.cases import SOURCE, cases, tickets
from demo.catalogue import BAD_LOT_MODEL
from demo.fleet import Story
from demo.owners import enter_lots, enter_owners, enter_places
from demo.story import tell
from ingest.models import Bundle
from ingest.services import Hints, receive
from reanimator import pipeline
from reanimator.bulk import BulkRun
from reanimator.readers import calm_collector
from registry.domain.vocabulary import Severity
from registry.models import ApiToken, Asset, Component, Installation
from tickets.api.sync_shape import read_ticket
from tickets.models import FailureEpisode, Ticket
from tickets.services import Manual, record_failure, sync_tickets
from timeline.models import Event

LOGIN = "demo"
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Summary:
    """What is in the database when all is taken in, and what this run did for it."""

    assets: int
    components: dict[str, int]
    installations: int
    events: dict[str, int]
    bundles: dict[str, int]
    tickets: dict[str, int]
    failures: dict[str, int]
    alerts: list[str]
    taken_in: int
    known_already: int
    seconds: float


def main(arguments: Sequence[str], last_day: date) -> int:
    """Runs the demo, whose story ends on `last_day` unless the arguments name another; gives the exit status."""
    options = _options(arguments, last_day)
    out = sys.stderr if options.json else sys.stdout
    if options.write:
        paths = write(bundles(tell(options.seed, options.servers, options.until)), options.write)
        print(f"Wrote {len(paths)} bundles to {options.write}: manage.py ingest takes them in.", file=out)
        return 0
    print(f"Database: {settings.DATABASES['default']['NAME']}", file=out)
    call_command("migrate", verbosity=0, interactive=False)
    try:
        cores = os.cpu_count() or 1
        summary = fill(options.seed, options.servers, options.until, datetime.now(UTC), out, cores)
        _print_table(summary, out)
        if options.json:
            print(json.dumps(asdict(summary), indent=2), flush=True)
        if options.serve:
            port = options.port or free_port(8000)
            _print_access(f"http://{HOST}:{port}", _login(), _token(), out)
            call_command("runserver", f"{HOST}:{port}", use_reloader=False, stdout=io.StringIO())
    except KeyboardInterrupt:
        print("\nStopped. What was taken in stays; the next run goes on from there.", file=out)
        return 130
    return 0


def _options(arguments: Sequence[str], last_day: date) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description="A fleet's two years and this very machine.")
    parser.add_argument("--seed", type=int, default=7, help="another seed tells another story (7)")
    parser.add_argument("--servers", type=int, default=40, help="how many servers the fleet has, 4 at least (40)")
    parser.add_argument(
        "--until",
        type=date.fromisoformat,
        default=last_day,
        metavar="DATE",
        help="the story's last day (the day before the first run)",
    )
    parser.add_argument("--port", type=int, default=0, help="where to serve (8000, or the next that is free)")
    parser.add_argument("--no-serve", dest="serve", action="store_false", help="end when all is taken in")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="only write the fleet's bundles there, and end")
    parser.add_argument("--json", action="store_true", help="print what came of it as JSON on standard output")
    options = parser.parse_args(arguments)
    if options.servers < 4:
        parser.error("a fleet of fewer than 4 servers has no story to tell")
    if options.until >= datetime.now(UTC).date():
        parser.error("the story has to end before today: its last logs would be a clock error")
    return options


def fill(seed: int, servers: int, last_day: date, now: datetime, out: TextIO, processes: int = 1) -> Summary:
    """Delivers the fleet's bundles and one of this machine, its tickets and failures; gives what came of them."""
    started = time.monotonic()
    enter_owners()
    story = tell(seed, servers, last_day)
    deliveries = list(bundles(story))
    print(f"A fleet of {servers} servers sends {len(deliveries)} bundles, and this machine one.", file=out)
    moment = now.replace(microsecond=0)
    name, content = capture.bundle(moment)
    # lshw and dmidecode print no time: the hint gives them the document's.
    mine = (Delivery(name, content, "", (), now), Hints(collected_at=moment))
    outcomes = take_in([*((one, Hints(project=one.project)) for one in deliveries), mine], out, processes)
    enter_places(story)
    enter_lots(story)
    print("Tickets, failures and figures.", file=out)
    enter_cases(story, now=now)
    answer_standard_questions(now=now)
    answer_life_curves(now=now)
    return _summary(outcomes, time.monotonic() - started)


def take_in(deliveries: Sequence[tuple[Delivery, Hints]], out: TextIO, processes: int) -> list[bool]:
    """Whether each bundle was new. All go the way of ``manage.py ingest``, as if they came when they were delivered."""
    news: list[bool] = []
    taken: set[int] = set()
    bar = tqdm(total=len(deliveries), unit="bundle", file=out, leave=False, disable=None)

    def done(keys: Sequence[int]) -> None:
        bar.update(len(keys))

    with bar, calm_collector(), BulkRun(done, processes) as run:
        for delivery, hints in deliveries:
            receipt = receive(
                io.BytesIO(delivery.content),
                filename=delivery.name,
                content_type="",
                hints=hints,
                expected_sha256=None,
                user=None,
                now=delivery.delivered_at,
            )
            news.append(not receipt.duplicate)
            # Also what an interrupted run left half done.
            if receipt.bundle.step and receipt.bundle.pk not in taken:
                taken.add(receipt.bundle.pk)
                run.take(receipt.bundle)
            else:
                bar.update()
        run.finish()
    pipeline.nudge()
    return news


def enter_cases(story: Story, *, now: datetime) -> None:
    """Syncs the service desk's tickets as its connector would, and records what an engineer tells."""
    told = [read_ticket(ticket, settings.PLACEHOLDER_SERIALS).ticket for ticket in tickets(story)]
    sync_tickets(source=SOURCE, tickets=told, now=now)
    engineer = _user()
    for case in cases(story):
        if "manual" in case.sources:
            part = case.broken.part
            failure = Manual(
                case.told_at,
                "link_lost",
                Severity.FATAL,
                "Both ports dead",
                part.model.type,
                component_serial=part.serial,
            )
            record_failure(failure, key=f"demo {part.serial}", user=engineer, now=now)


def answer_life_curves(*, now: datetime) -> None:
    """Runs to look at first: the life curves of the drives of which some are bad, by lot, and spares for a quarter."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    chosen = {"component_type": ("disk",), "model": (BAD_LOT_MODEL.model,)}
    ages = {"clock": Clock.POWERED.value, "min_at_risk": settings.RELIABILITY_LEAST_AT_RISK}
    stock = {"horizon_days": 90, "service_level": 0.95}
    for kind, key, filters, more in (
        (Run.Kind.SURVIVAL, "lot", chosen, ages),
        (Run.Kind.SPARES, "model", {"component_type": ("disk",)}, stock),
    ):
        start = start_of(LIFETIME, midnight)
        question = Question((key,), start, midnight, midnight, filters, settings.SILENCE_DAYS)
        run_question(Inquiry(kind.value, question, more), now=now)


def _summary(outcomes: Sequence[bool], seconds: float) -> Summary:
    sources = FailureEpisode.objects.values_list("sources", flat=True)
    return Summary(
        assets=Asset.objects.count(),
        components=_counted(Component.objects.all(), "type"),
        installations=Installation.objects.count(),
        events=_counted(Event.objects.all(), "type"),
        bundles=_counted(Bundle.objects.all(), "status"),
        tickets=_counted(Ticket.objects.all(), "status"),
        failures=dict(sorted(Counter(" and ".join(told) for told in sources).items())),
        alerts=[str(alert) for alert in Alert.objects.filter(closed_at=None).order_by("adjusted")],
        taken_in=outcomes.count(True),
        known_already=outcomes.count(False),
        seconds=round(seconds, 1),
    )


def _counted(rows: QuerySet[Model], column: str) -> dict[str, int]:
    # Without an order of its own, or the order's columns would be grouped by as well.
    return dict(rows.order_by(column).values_list(column).annotate(Count("pk")))


def _print_table(summary: Summary, out: TextIO) -> None:
    def section(title: str, counts: dict[str, int]) -> None:
        print(f"\n{title:<24}{sum(counts.values()):>10,}", file=out)
        for name, count in counts.items():
            print(f"  {name:<22}{count:>10,}", file=out)

    print(f"\n{'assets':<24}{summary.assets:>10,}", file=out)
    section("components", summary.components)
    print(f"\n{'installations':<24}{summary.installations:>10,}", file=out)
    section("events", summary.events)
    section("bundles", summary.bundles)
    section("tickets", summary.tickets)
    section("failures told by", summary.failures)
    for alert in summary.alerts:
        print(f"\nalert: {alert}", file=out)
    print(f"\nThis run took in {summary.taken_in:,} new bundles in {summary.seconds} s", end="", file=out)
    print(f"; {summary.known_already:,} were known already.", file=out)


def _login() -> str:
    """The password of the demo's login. The server listens to this machine alone, so a fixed one will do."""
    user = _user()
    user.set_password(LOGIN)
    user.save()
    return LOGIN


def _user() -> User:
    user, _ = User.objects.get_or_create(username=LOGIN, defaults={"is_staff": True, "is_superuser": True})
    return user


def _token() -> str:
    """A new API token in place of the last run's, whose secret nobody can read again."""
    ApiToken.objects.filter(name=LOGIN).delete()
    printed = io.StringIO()
    call_command("apitoken", "create", LOGIN, "--role", "admin", stdout=printed)
    return printed.getvalue().strip()


def free_port(wanted: int) -> int:
    """`wanted`, or the next port above it that nobody listens on."""
    for port in range(wanted, wanted + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise SystemExit(f"No port from {wanted} to {wanted + 99} is free; name one with --port.")


def _print_access(address: str, password: str, token: str, out: TextIO) -> None:
    print(f"\nAdmin     {address}/admin/   login {LOGIN}, password {password}", file=out)
    print(f"API       {address}/assets", file=out)
    print(f"Docs      {address}/docs", file=out)
    print(f"\ncurl -H 'Authorization: Token {token}' '{address}/components?type=disk'", file=out)
    print("\nCtrl-C ends it.", file=out, flush=True)
