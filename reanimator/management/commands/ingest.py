"""``manage.py ingest``: brings in files and folders as if each had been uploaded."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from ingest.models import Bundle
from ingest.services import Hints, Refused, receive
from reanimator import pipeline


class Command(BaseCommand):
    """Each file is one bundle. What was brought in before is known by its content, so a second run only adds."""

    help = "Ingest bundles: files, archives, and folders with all that is in them."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Defines the command line."""
        parser.add_argument("paths", nargs="+", metavar="PATH", type=Path)
        parser.add_argument("--asset-serial", default="", help="the asset of bundles that do not tell it")
        parser.add_argument("--project", default="", help="code of the project of bundles that do not tell it")
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="print one JSON object a file, and a summary"
        )

    def handle(self, *, paths: list[Path], asset_serial: str, project: str, as_json: bool, **_: Any) -> None:
        """Takes the files in, one by one; an interrupted run loses nothing that it told of."""
        missing = [str(path) for path in paths if not path.exists()]
        if missing:
            raise CommandError(f"There is no such file or folder: {', '.join(missing)}")
        files = sorted(set(_files(paths)))
        hints = Hints(asset_serial=asset_serial, project=project)
        counts: Counter[str] = Counter()
        try:
            for path in tqdm(files, unit="file", disable=True if as_json else None, file=sys.stderr):
                row = _bring_in(path, hints)
                counts[row["status"]] += 1
                self._tell(row, as_json=as_json)
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


def _bring_in(path: Path, hints: Hints) -> dict[str, Any]:
    """What became of one file: `status` is the bundle's, or ``duplicate`` or ``refused``."""
    row: dict[str, Any] = {"path": str(path), "id": None, "errors": []}
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
        return {**row, "status": "refused", "errors": [str(error)]}
    if receipt.duplicate and receipt.bundle.status != Bundle.Status.RECEIVED:
        return {**row, "id": receipt.bundle.id, "sha256": receipt.bundle.sha256, "status": "duplicate"}
    pipeline.advance(receipt.bundle.id)
    bundle = Bundle.objects.get(id=receipt.bundle.id)
    return {**row, "id": bundle.id, "sha256": bundle.sha256, "status": bundle.status, "errors": _errors(bundle)}


def _errors(bundle: Bundle) -> list[str]:
    told = bundle.files.exclude(errors=[]).order_by("id").values_list("name", "errors")[:20]
    general = [*bundle.errors, bundle.fault] if bundle.fault else bundle.errors
    return [*general, *(f"{name}: {error}" for name, errors in told for error in errors)]
