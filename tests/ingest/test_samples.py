"""Output of real machines, where it is at hand, all the way into the database."""

import io
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from ingest.models import Bundle, BundleFile, Observation, Snapshot
from ingest.services import Hints
from registry.models import Asset, Component
from tests.builders import make_asset
from tests.ingest.deliveries import NOW, deliver
from timeline.models import Event
from timeline.services import derive_everything

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
pytestmark = [
    pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no samples of real machines in {SAMPLES}"),
    pytest.mark.django_db,
    pytest.mark.usefixtures("bundle_folder"),
]

# Independent of the list that the product has: what the samples print where they have no serial number.
FILLERS = {
    "", "NOT SPECIFIED", "NOT AVAILABLE", "NOT PROVIDED", "NOT PRESENT", "NOT APPLICABLE", "TO BE FILLED BY O.E.M.",
    "TO BE FILLED BY O.E.M", "DEFAULT STRING", "DEFAULT", "N/A", "NA", "[N/A]", "NONE", "NULL", "(NULL)", "UNKNOWN",
    "EMPTY", "NO DIMM", "NO MODULE INSTALLED", "SERNUM0", "SERNUM1", "SERNUM2", "SERNUM3", "DIMM_A1_SERNUM",
    "SYSTEM SERIAL NUMBER", "CHASSIS SERIAL NUMBER", "BASE BOARD SERIAL NUMBER", "SERIAL NUMBER", "SERIAL",
    "0123456789", "123456789", "1234567890", "12345678", "1234567", "123456", "0123456789ABCDEF", "FFFFFFFF",
    "437XR1138R2", "OEM", "O.E.M.", "INVALID", "<BAD INDEX>", "<OUT OF SPEC>", "YES", "NO", "TRUE", "FALSE", "4242",
    "SYS-1234567890", "MB-1234567890", "SERIAL_NUMBER", "REDACTED", "[REMOVED]", "XXXXXXXX", "........", "XYZZZZ",
}  # fmt: skip


def tree_of(folder: Path) -> bytes:
    """The folder as one tar.gz."""
    return archive((path, path.relative_to(folder.parent)) for path in sorted(folder.rglob("*")) if path.is_file())


def archive(files: Iterable[tuple[Path, Path]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as tar:
        for path, name in files:
            tar.add(path, name)
    return buffer.getvalue()


def bundles_of(kind: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted((SAMPLES / kind).iterdir()):
        yield (path.name, path.read_bytes()) if path.is_file() else (f"{path.name}.tar.gz", tree_of(path))


def named_wrongly() -> list[Component]:
    """Components whose serial is a filler, or a run of one character."""
    rows = Component.objects.exclude(serial="")
    return [row for row in rows if row.serial in FILLERS or len(set(row.serial) - set(" -_.:")) < 2]


EXPECTED = {
    "smartctl-json": {"parsed": 110, "unrecognised": 8, "failed": 4},  # unrecognised: lists of devices (--scan)
    "smartctl-text": {"parsed": 34},
    "nvme": {"parsed": 4},
    "lsblk": {"parsed": 5},
    "storcli": {"parsed": 10},
    "dmidecode": {"parsed": 35, "partial": 1},
    "lshw-json": {"parsed": 6},
    "nvidia-smi-xml": {"parsed": 8},
    "redfish": {"parsed": 5, "partial": 2},
    "redfish-fragments": {"parsed": 40},
}
WITHOUT_A_NAME = ("failed", ["names no drive: no serial number, model or WWN"])
TOLD = {
    "smartctl-json": {
        # Their publishers took the drive's identity out.
        "insights-health.json": WITHOUT_A_NAME,
        "scrutiny-smart-pass.json": WITHOUT_A_NAME,
        "scrutiny-smart-sat.json": WITHOUT_A_NAME,
        "scrutiny-smart-fail.json": (
            "failed",
            [r"no drive was read: Smartctl open device: /dev/sda failed: \\.\PhysicalDrive0: Open failed, Error=5"],
        ),
    },
    "dmidecode": {
        "linuxhw-ETegro_Technologies-Hyperion-Hyperion_RS125_G4-EC96E97E5D81.txt": (
            "parsed",
            ["Invalid entry length (0). DMI table is broken! Stop."],
        )
    },
    # Collections that are referred to, but were not captured.
    "redfish": {
        "nvidia-dgx-h100.tar.gz": (
            "parsed",
            [
                "no absence follows for disk: /redfish/v1/systems/dgx/storage was not read (and 15 more)",
                "no absence follows for hba: /redfish/v1/systems/dgx/storage was not read",
            ],
        ),
        "supermicro-x10sdv.tar.gz": (
            "parsed",
            ["no absence follows for disk, hba: /redfish/v1/systems/1/storage was not read"],
        ),
    },
}


@pytest.mark.parametrize("kind", EXPECTED)
def test_every_sample_goes_in_and_what_was_not_read_has_its_reason(kind: str) -> None:
    bundles = [deliver(content, name) for name, content in bundles_of(kind)]

    told = BundleFile.objects.exclude(errors=[]).values_list("bundle__filename", "outcome", "errors")
    assert Counter(bundle.status for bundle in bundles) == EXPECTED[kind]
    assert {name: (outcome, errors) for name, outcome, errors in told} == TOLD.get(kind, {})
    assert all(bundle.parsed_at and not bundle.attempts for bundle in bundles)
    assert not Snapshot.objects.waiting().exists()
    assert named_wrongly() == []


def test_all_samples_together_are_a_fleet_without_fillers_for_names() -> None:
    for name, content in [bundle for kind in EXPECTED for bundle in bundles_of(kind)]:
        deliver(content, name)

    keys = set(Event.objects.values_list("key", flat=True))
    derive_everything(now=NOW)

    assets = set(Asset.objects.values_list("serial", flat=True))
    assert set(Event.objects.values_list("key", flat=True)) == keys
    assert {bundle.status for bundle in Bundle.objects.all()} == {"parsed", "partial", "failed", "unrecognised"}
    assert named_wrongly() == []
    assert assets >= {"F54P1G3", "MXQ302099S", "S889914X3710910", "A401031X0502795", "11WLK93"}
    assert not assets & FILLERS


def whole_server(machine: str) -> bytes:
    rows = [line.split("\t") for line in (SAMPLES / "SOURCES.tsv").read_text().splitlines()]
    paths = [Path(row[0]).relative_to("samples") for row in rows if f"machine={machine}" in row[5]]
    return archive((SAMPLES / path, path) for path in paths)


WHOLE_SERVERS = {
    "supermicro-x11dph-t": (
        "A401031X0502795",
        {
            "20032613D813", "20032613EE70", "VDJBP7SD", "VDJBVPXD", "VDJHR67K", "VDJJ51YK", "VDJJ7T3K", "VDJK7E2K",
            "VDJKG9LK", "VDJKVBKK", "VDJL2NUK", "VDJL8MVK", "VDJL8U5K", "VDJLNERD", "Z9DF71TJFY3L", "Z9DF71YGFY3L",
        },
        {"disk": 16, "memory": 12, "cpu": 2, "nic": 2, "psu": 2, "bios": 1, "hba": 1, "motherboard": 1},
    ),
    "dell-r6515": (
        "11WLK93",
        {"202728F691C6", "202728F691F5", "203329F89392", "203329F89796"},
        # Four power supplies: dmidecode ran another day than lshw, and printed two others.
        {"memory": 8, "disk": 4, "psu": 4, "bios": 1, "cpu": 1, "hba": 1, "motherboard": 1, "nic": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("machine", WHOLE_SERVERS)
def test_a_whole_server_is_one_asset_whose_parts_are_each_one_component(machine: str) -> None:
    serial, disks, counts = WHOLE_SERVERS[machine]

    bundle = deliver(whole_server(machine), f"{machine}.tar.gz")

    assert bundle.status == "parsed"
    assert [asset.serial for asset in Asset.objects.all()] == [serial]
    assert Counter(Component.objects.values_list("type", flat=True)) == counts
    assert set(Component.objects.filter(type="disk").values_list("serial", flat=True)) == disks
    seen = Observation.objects.filter(type="disk").values_list("sources", flat=True)
    assert all({"lshw-json", "smartctl-json"} <= set(sources["parsers"]) for sources in seen)
    assert len(seen) == len(disks)
    assert Component.objects.filter(status="installed", asset__serial=serial).count() == sum(counts.values())


def test_lone_drives_reports_of_one_machine_are_of_the_asset_that_the_sender_names() -> None:
    asset = make_asset(serial="PACKET-1")
    hints = Hints(asset_id=asset.pk)

    deliver(whole_server("packet-utils"), "packet-utils.tar.gz", hints=hints)

    disks = Component.objects.filter(asset=asset)
    assert sorted(disks.values_list("serial", flat=True)) == [
        "2013273A99BD", "PHYH1016001D240J", "VDJ6SU9K", "Z9DF70I8FY3L", "Z9DF70I9FY3L",
    ]  # fmt: skip
    assert set(Component.objects.values_list("type", flat=True)) == {"disk"}
    told = disks.get(serial="Z9DF70I8FY3L").observations.get().sources["parsers"]
    assert told == ["nvme-cli", "smartctl-json"]
