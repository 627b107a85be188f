"""Fills the product with the demo's bundles through its own pipeline, says what came of it, and serves it."""

import argparse
import io
import json
import socket
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db.models import Count, Model, QuerySet
from tqdm import tqdm

from demo import capture
from demo.bundles import Bundle as Delivery
from demo.bundles import bundles, write
from demo.owners import enter_lots, enter_owners, enter_places
from demo.story import tell
from ingest.models import Bundle
from ingest.services import Hints, receive
from ingest.services.pipeline import advance
from registry.models import ApiToken, Asset, Component, Installation
from timeline.models import Event

LOGIN = "demo"
HOST = "127.0.0.1"
# Fixed, so that each run makes the same bundles, and the second finds them there already.
LAST_DAY = date(2026, 11, 1)


@dataclass(frozen=True, slots=True)
class Summary:
    """What is in the database when all is taken in, and what this run did for it."""

    assets: int
    components: dict[str, int]
    installations: int
    events: dict[str, int]
    bundles: dict[str, int]
    taken_in: int
    known_already: int
    seconds: float


def main(arguments: Sequence[str]) -> int:
    """Runs the demo; gives the exit status."""
    options = _options(arguments)
    out = sys.stderr if options.json else sys.stdout
    if options.write:
        paths = write(bundles(tell(options.seed, options.servers, LAST_DAY)), options.write)
        print(f"Wrote {len(paths)} bundles to {options.write}: manage.py ingest takes them in.", file=out)
        return 0
    print(f"Database: {settings.DATABASES['default']['NAME']}", file=out)
    call_command("migrate", verbosity=0, interactive=False)
    try:
        summary = fill(options.seed, options.servers, datetime.now(UTC), out)
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


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description="A fleet's two years and this very machine.")
    parser.add_argument("--seed", type=int, default=7, help="another seed tells another story (7)")
    parser.add_argument("--servers", type=int, default=40, help="how many servers the fleet has, 4 at least (40)")
    parser.add_argument("--port", type=int, default=0, help="where to serve (8000, or the next that is free)")
    parser.add_argument("--no-serve", dest="serve", action="store_false", help="end when all is taken in")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="only write the fleet's bundles there, and end")
    parser.add_argument("--json", action="store_true", help="print what came of it as JSON on standard output")
    options = parser.parse_args(arguments)
    if options.servers < 4:
        parser.error("a fleet of fewer than 4 servers has no story to tell")
    return options


def fill(seed: int, servers: int, now: datetime, out: TextIO) -> Summary:
    """Delivers the fleet's bundles and one of this machine, and gives what the product made of them."""
    started = time.monotonic()
    enter_owners()
    # On a clock that is behind, the fleet's last months would be a clock error.
    story = tell(seed, servers, min(LAST_DAY, (now - timedelta(days=1)).date()))
    deliveries = list(bundles(story))
    print(f"A fleet of {servers} servers sends {len(deliveries)} bundles, and this machine one.", file=out)
    outcomes = [
        take_in(one, Hints(project=one.project))
        for one in tqdm(deliveries, unit="bundle", file=out, leave=False, disable=None)
    ]
    moment = now.replace(microsecond=0)
    name, content = capture.bundle(moment)
    # lshw and dmidecode print no time: the hint gives them the document's.
    outcomes.append(take_in(Delivery(name, content, "", (), now), Hints(collected_at=moment)))
    enter_places(story)
    enter_lots(story)
    return _summary(outcomes, time.monotonic() - started)


def take_in(delivery: Delivery, hints: Hints) -> bool:
    """Whether the bundle was new. It goes through the product's own pipeline, as if posted when it was delivered."""
    receipt = receive(
        io.BytesIO(delivery.content),
        filename=delivery.name,
        content_type="",
        hints=hints,
        expected_sha256=None,
        user=None,
        now=delivery.delivered_at,
    )
    advance(receipt.bundle.id)  # also what an interrupted run left half done
    return not receipt.duplicate


def _summary(outcomes: Iterable[bool], seconds: float) -> Summary:
    outcomes = list(outcomes)
    return Summary(
        assets=Asset.objects.count(),
        components=_counted(Component.objects.all(), "type"),
        installations=Installation.objects.count(),
        events=_counted(Event.objects.all(), "type"),
        bundles=_counted(Bundle.objects.all(), "status"),
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
    print(f"\nThis run took in {summary.taken_in:,} new bundles in {summary.seconds} s", end="", file=out)
    print(f"; {summary.known_already:,} were known already.", file=out)


def _login() -> str:
    """The password of the demo's login. The server listens to this machine alone, so a fixed one will do."""
    user, _ = get_user_model().objects.get_or_create(username=LOGIN, defaults={"is_staff": True, "is_superuser": True})
    user.set_password(LOGIN)
    user.save()
    return LOGIN


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
