"""Packs a story into the files that servers send: deterministic bytes, in the order in which they arrive."""

import gzip
import io
import lzma
import random
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from demo.fleet import Snapshot, Story
from demo.render import dmidecode, document, ipmi, lshw, perccli, redfish, smartctl, sosreport
from demo.render.facts import device_names

# How long a bundle lies about before it is delivered, for the one that comes late.
_LATE = timedelta(days=150)


@dataclass(frozen=True, slots=True)
class Bundle:
    """One file as it is delivered. `project`: whose servers it speaks of, ``""`` when of several.

    `oddity`: ``late``, ``duplicate``, ``truncated``, ``broken-member``, ``ghost``, or nothing.
    """

    name: str
    content: bytes
    project: str
    snapshots: tuple[Snapshot, ...]
    delivered_at: datetime
    oddity: str = ""


def bundles(story: Story) -> Iterator[Bundle]:
    """All bundles of `story` in the order of delivery; equal stories give equal bytes."""
    ordinary = sorted(_pack(story), key=lambda one: (one.delivered_at, one.name))
    for number, bundle in enumerate(sorted(_with_oddities(ordinary), key=lambda one: one.delivered_at), 1):
        yield replace(bundle, name=f"{number:04d}-{bundle.name}")


def write(packed: Iterable[Bundle], folder: Path) -> list[Path]:
    """Writes bundles into `folder`; their names sort in the order of delivery."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for bundle in packed:
        path = folder / bundle.name
        path.write_bytes(bundle.content)
        paths.append(path)
    return paths


def tar_gz(files: dict[str, bytes], at: datetime) -> bytes:
    """A tar.gz of `files`, in the order of their names, all of them last changed `at` that time."""
    return gzip.compress(_tar(files, at), compresslevel=2, mtime=int(at.timestamp()))


def tar_xz(files: dict[str, bytes], at: datetime) -> bytes:
    """The same as tar.xz."""
    return lzma.compress(_tar(files, at), preset=1)


def _tar(files: dict[str, bytes], at: datetime) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mtime = int(at.timestamp())
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def zipped(files: dict[str, bytes], at: datetime) -> bytes:
    """A zip of `files`, in the order of their names, all of them last changed `at` that time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # else it tells on which system the demo was run
            archive.writestr(entry, content)
    return buffer.getvalue()


def tool_files(snapshot: Snapshot) -> dict[str, bytes]:
    """What a script on the server itself gathers: dmidecode, lshw, ipmitool, and smartctl or perccli for its drives."""
    texts = {
        "dmidecode.txt": dmidecode.dump(snapshot),
        "lshw.json": lshw.tree(snapshot),
        "ipmitool/fru.txt": ipmi.units(snapshot),
        "ipmitool/sel.txt": ipmi.events(snapshot),
    }
    if snapshot.server.platform.style == "raid":
        texts |= {f"perccli/{name}": text for name, text in perccli.files(snapshot).items()}
    else:
        drives = device_names(snapshot)
        texts["smartctl/scan.json"] = smartctl.scan([name for name, _ in drives])
        texts |= {f"smartctl/{name}.json": smartctl.report(one, name, snapshot.collected_at) for name, one in drives}
    return _encoded({f"{snapshot.server.hostname}/{name}": text for name, text in texts.items()})


def _encoded(texts: dict[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in texts.items()}


def _pack(story: Story) -> Iterator[Bundle]:
    scheduled = [one for one in story.snapshots if one.server.platform.style == "ndjson"]
    # One collector asks all these servers on one day, whosever they are: each line names its own project.
    for day, group in groupby(scheduled, key=lambda one: one.collected_at.date()):
        lines = tuple(group)
        content = "".join(document.document(one) for one in lines).encode()
        yield Bundle(f"collector-{day}.ndjson", content, "", lines, lines[-1].collected_at)
    for snapshot in story.snapshots:
        if snapshot.server.platform.style != "ndjson":
            name, content = _single(snapshot)
            yield Bundle(name, content, snapshot.server.project, (snapshot,), snapshot.collected_at)


def _single(snapshot: Snapshot) -> tuple[str, bytes]:
    at = snapshot.collected_at
    stem = f"{snapshot.server.hostname}-{at:%Y-%m-%dT%H%M}"
    match snapshot.server.platform.style:
        case "tools" | "raid":
            return f"{stem}.tar.gz", tar_gz(tool_files(snapshot), at)
        case "sosreport":
            return f"sosreport-{stem}.tar.xz", tar_xz(_encoded(sosreport.files(snapshot)), at)
        case "redfish-tar":
            return f"{stem}-redfish.tar.gz", tar_gz(_encoded(redfish.files(snapshot)), at)
        case "redfish-zip":
            return f"{stem}-redfish.zip", zipped(_encoded(redfish.files(snapshot)), at)
    return f"{stem}.json", document.document(snapshot).encode()


def _with_oddities(ordinary: list[Bundle]) -> Iterator[Bundle]:
    """The bundles with one that comes late, one that comes twice, one cut short, one with a broken member, and one
    whose collector saw a drive in two bays.
    """
    middle = ordinary[len(ordinary) // 4 : len(ordinary) * 3 // 4]
    chance = random.Random(len(ordinary))
    styles = {
        "late": "redfish-tar",
        "duplicate": "document",
        "truncated": "tools",
        "broken-member": "tools",
        "ghost": "document",
    }
    chosen: dict[str, str] = {}
    for oddity, style in styles.items():
        fit = [one.name for one in middle if _is_ordinary(one, style) and one.name not in chosen]
        chosen[chance.choice(fit)] = oddity
    for bundle in ordinary:
        match chosen.get(bundle.name, ""):
            case "late":
                yield replace(bundle, delivered_at=bundle.delivered_at + _LATE, oddity="late")
            case "duplicate":
                yield bundle
                again = bundle.delivered_at + timedelta(days=2)
                yield replace(bundle, name=f"again-{bundle.name}", delivered_at=again, oddity="duplicate")
            case "truncated":
                yield replace(bundle, content=bundle.content[: len(bundle.content) * 2 // 5], oddity="truncated")
            case "broken-member":
                yield replace(bundle, content=_break_member(bundle.snapshots[0]), oddity="broken-member")
            case "ghost":
                yield replace(bundle, content=_see_double(bundle.snapshots[0]), oddity="ghost")
            case _:
                yield bundle


def _is_ordinary(bundle: Bundle, style: str) -> bool:
    """Whether it is of that style, and nothing special is in it that no other bundle tells."""
    snapshot = bundle.snapshots[0]
    return snapshot.server.platform.style == style and not snapshot.asked


def _break_member(snapshot: Snapshot) -> bytes:
    """A bundle of tools' output in which one drive's report stops in its middle."""
    files = tool_files(snapshot)
    name = max(one for one in files if "/smartctl/sd" in one)
    return tar_gz(files | {name: files[name][: len(files[name]) // 2]}, snapshot.collected_at)


def _see_double(snapshot: Snapshot) -> bytes:
    """A document in which the first drive is also in the last bay."""
    drive = snapshot.of_type("disk")[0]
    last = replace(drive.place, position=snapshot.server.platform.bays - 1)
    both = replace(snapshot, fitted=(*snapshot.fitted, replace(drive, place=last)))
    return document.document(both).encode()
