"""``manage.py ingest``: brings in files and folders as if each had been uploaded."""

import argparse
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from ingest.models import Bundle, BundleFile
from ingest.services import Hints, Refused, receive
from reanimator import pipeline
from reanimator.bulk import BulkRun
from reanimator.readers import calm_collector

Row: TypeAlias = dict[str, Any]

_MANY = 24  # files
_MOST_ERRORS = 200  # of the members of a bundle


class Command(BaseCommand):
    """Each file is one bundle. What was brought in before is known by its content, so a second run only adds."""

    help = "Ingest bundles: files, archives, and folders with all that is in them."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Defines the command line."""
        parser.add_argument("paths", nargs="+", metavar="PATH", type=Path)
        parser.add_argument("--asset-serial", default="", help="the asset of bundles that do not tell it")
        parser.add_argument("--project", default="", help="code of the project of bundles that do not tell it")
        parser.add_argument("--processes", type=int, help="that read bundles without a broker (one a core)")
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="print one JSON object a file, and a summary"
        )

    def handle(
        self, *, paths: list[Path], asset_serial: str, project: str, as_json: bool, processes: int | None, **_: Any
    ) -> None:
        """Takes the files in; an interrupted run loses nothing that it told of."""
        missing = [str(path) for path in paths if not path.exists()]
        if missing:
            raise CommandError(f"There is no such file or folder: {', '.join(missing)}")
        files = sorted(set(_files(paths)))
        hints = Hints(asset_serial=asset_serial, project=project)
        counts: Counter[str] = Counter()
        bar = tqdm(total=len(files), unit="file", disable=True if as_json else None, file=sys.stderr)

        def tell(row: Row) -> None:
            counts[row["status"]] += 1
            self._tell(row, as_json=as_json)
            bar.update()

        try:
            with bar:
                if settings.CELERY_BROKER_URL:
                    _hand_on(files, hints, tell)
                else:
                    _bring_in_all(files, hints, tell, processes or _processes(len(files)))
        except KeyboardInterrupt:
            self._sum_up(counts, len(files), as_json=as_json)
            raise CommandError("Interrupted. Run the same command again to go on; nothing is done twice.") from None
        pipeline.nudge()  # what an earlier run, cut off between two steps, left behind
        self._sum_up(counts, len(files), as_json=as_json)

    def _tell(self, row: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(row))
        elif row["status"] in {"refused", "failed"} or (row["errors"] and row["status"] == Bundle.Status.RECEIVED):
            self.stderr.write(f"{row['path']}: {row['status']}: {'; '.join(row['errors'])}")

    def _sum_up(self, counts: Counter[str], files: int, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"files": files, **dict(sorted(counts.items()))}))
            return
        told = ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "nothing to do"
        self.stdout.write(f"{files} files: {told}")


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (inner for inner in path.rglob("*") if inner.is_file() and not inner.is_symlink())
        else:
            yield path


def _processes(files: int) -> int:
    """A core each, but none for a few files: to start is a second's work."""
    return (os.cpu_count() or 1) if files >= _MANY else 1


def _hand_on(files: Iterable[Path], hints: Hints, tell: Callable[[Row], None]) -> None:
    """Takes the files in and hands them to the workers."""
    for path in files:
        row, bundle = _receive(path, hints)
        if bundle is not None:
            pipeline.advance(bundle.pk)
            row |= _outcomes([bundle.pk])[bundle.pk]
        tell(row)


def _bring_in_all(files: Iterable[Path], hints: Hints, tell: Callable[[Row], None], processes: int) -> None:
    """Takes the files in and through all steps."""
    rows: dict[int, Row] = {}

    def done(bundles: Sequence[int]) -> None:
        outcomes = _outcomes(bundles)
        for key in bundles:
            tell(rows.pop(key) | outcomes[key])

    with calm_collector(), BulkRun(done, processes) as run:
        for path in files:
            row, bundle = _receive(path, hints)
            if bundle is None:
                tell(row)
            elif bundle.pk in rows:
                tell({**row, "status": "duplicate"})  # two files of this very run
            else:
                rows[bundle.pk] = row
                run.take(bundle)
        run.finish()


def _receive(path: Path, hints: Hints) -> tuple[Row, Bundle | None]:
    """(what became of the file, the bundle if it is to be processed)."""
    row: Row = {"path": str(path), "id": None, "errors": []}
    try:
        with path.open("rb") as source:
            receipt = receive(
                source,
                filename=path.name,
                content_type="",
                hints=hints,
                expected_sha256=None,
                user=None,
                now=timezone.now(),
            )
    except (Refused, OSError) as error:
        return {**row, "status": "refused", "errors": [str(error)]}, None
    row |= {"id": receipt.bundle.pk, "sha256": receipt.bundle.sha256}
    if receipt.duplicate and receipt.bundle.status != Bundle.Status.RECEIVED:
        return {**row, "status": "duplicate"}, None
    return row, receipt.bundle


def _outcomes(ids: Sequence[int]) -> dict[int, Row]:
    """The status and the errors of each bundle."""
    told: dict[int, list[str]] = defaultdict(list)
    bad = BundleFile.objects.filter(bundle__in=ids).exclude(errors=[]).order_by("id")
    for key, name, errors in bad.values_list("bundle", "name", "errors"):
        told[key] += [f"{name}: {error}" for error in errors]
    bundles = Bundle.objects.filter(id__in=ids).values_list("id", "status", "errors", "fault")
    return {
        key: {"status": status, "errors": [*errors, *filter(None, [fault]), *told[key][:_MOST_ERRORS]]}
        for key, status, errors, fault in bundles
    }
