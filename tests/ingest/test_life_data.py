"""What bundles tell of a part's life, through to its age: when it was made, and how long it has run."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from analytics.domain.spells import DAY, to_seconds
from analytics.domain.windows import Window
from analytics.models import Cohort, Spell
from analytics.selectors.ages import Clock, age_histograms
from analytics.services import count_changes
from ingest.domain.parts import Part, clean_part
from ingest.domain.report import Sighting
from registry.models import Component
from tests.builders import make_lot
from tests.ingest.deliveries import deliver, smartctl, tar_of
from tests.timeline.histories import bring, document, moment

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = 3600


@pytest.mark.parametrize(
    ("kind", "serial", "told", "made"),
    [
        ("memory", "80CE01231404946B35", "", "2023-04-03"),
        ("memory", "0x80CE01231404946B35", "", "2023-04-03"),
        ("memory", "80ce01231404946b35", "", "2023-04-03"),
        ("memory", "80CE01231404946B35", "2023-05-01", "2023-05-01"),
        ("memory", "80CE01000004946B35", "", ""),
        ("memory", "80CE01235404946B35", "", ""),
        ("memory", "04946B35", "", ""),
        ("memory", "80CE01231404946B3", "", ""),
        ("disk", "80CE01231404946B35", "", ""),
    ],
)
def test_the_whole_module_id_tells_the_week_of_making(kind: str, serial: str, told: str, made: str) -> None:
    sighting = Sighting(type=kind, serial=serial, manufactured_on=told)

    cleaned = clean_part(Part("redfish", 0, sighting), frozenset())

    assert cleaned.part.sighting.manufactured_on == made


def births(**fields: Any) -> tuple[int | None, int | None, int | None]:
    """When the one component's life began, by each clock."""
    count_changes()
    return Spell.objects.filter(**fields).values_list("born_installed", "born_made", "born_powered").get()


def drive_and_server(serial: str, hours: int, at: datetime) -> bytes:
    """A server's own document, which names no disk, beside smartctl's report of one."""
    told = smartctl(
        serial,
        power_on_time={"hours": hours},
        local_time={"time_t": int(at.timestamp()), "asctime": at.strftime("%a %b %d %H:%M:%S %Y UTC")},
    )
    server = {"format": "reanimator/v1", "collected_at": at.isoformat(), "asset": {"serial": "SRV-1"}, "components": []}
    return tar_of({"server.json": json.dumps({**server, "coverage": []}).encode(), "sda.json": told})


@pytest.mark.django_db
@pytest.mark.usefixtures("bundle_folder")
class TestAges:
    """Through the whole pipeline."""

    def test_a_part_that_was_there_already_has_the_age_of_its_making(self) -> None:
        bring(document(0, "SRV-1", {"type": "memory", "serial": "80CE01231404946B35", "slot": "A1"}))

        installed, made, powered = births()

        assert Component.objects.get().manufactured_on == date(2023, 4, 3)
        assert (installed, made, powered) == (None, to_seconds(datetime(2023, 4, 3, tzinfo=UTC)), None)

    def test_a_part_without_a_day_of_making_has_that_of_its_lot(self) -> None:
        make_lot(code="LOT-1", manufactured_on=date(2025, 5, 5))
        bring(document(0, "SRV-1", {"type": "disk", "serial": "D-1", "lot": "LOT-1"}))

        _, made, _ = births()

        assert made == to_seconds(datetime(2025, 5, 5, tzinfo=UTC))

    def test_the_hours_of_smartctl_are_a_second_clock(self) -> None:
        deliver(drive_and_server("D-1", 1000, FIRST))
        deliver(drive_and_server("D-1", 1700, datetime(2026, 4, 1, tzinfo=UTC)))

        installed, made, powered = births()

        assert (installed, made) == (None, None)
        assert powered == to_seconds(FIRST) - 1000 * HOUR

    def test_the_hours_of_drive_stats_are_a_second_clock(self) -> None:
        columns = "date,serial_number,model,capacity_bytes,failure,datacenter,pod_id,smart_9_raw"
        rows = [f"2026-03-0{day},ZA10X,ST12000NM0007,12000138625024,0,ams5,7,{500 + 24 * day}" for day in (1, 2)]
        deliver("\n".join([columns, *rows, ""]).encode(), filename="2026-03-01.csv")

        _, _, powered = births()

        first = to_seconds(Component.objects.get().first_seen_at)  # type: ignore[arg-type]  # it was seen
        assert powered == first - 524 * HOUR

    def test_a_life_curve_by_hours_counts_from_when_they_began(self) -> None:
        deliver(drive_and_server("D-1", 24 * 100, FIRST))
        deliver(drive_and_server("D-1", 24 * 131, datetime(2026, 4, 1, tzinfo=UTC)))
        count_changes()
        cohorts = dict.fromkeys(Cohort.objects.values_list("id", flat=True), 0)
        window = Window(to_seconds(FIRST), to_seconds(datetime(2026, 4, 1, tzinfo=UTC)), 90 * DAY)

        by_hours = age_histograms(window, cohorts, Clock.POWERED)
        by_installation = age_histograms(window, cohorts, Clock.INSTALLED)

        assert by_hours[0].ages.tolist() == [100, 131]
        assert by_hours[0].entries.tolist() == [1, 0]
        assert by_installation == {}

    def test_hours_that_cannot_be_are_no_clock(self) -> None:
        bring(
            document(0, "SRV-1", {"type": "disk", "serial": "D-1", "measurements": {"power_on_hours": 281474976710655}})
        )
        bring(document(1, "SRV-1", {"type": "disk", "serial": "D-1", "measurements": {"power_on_hours": 12}}))

        assert births() == (None, None, None)

    def test_a_new_part_is_as_old_as_its_installation(self) -> None:
        bring(document(0, "SRV-1", {"type": "disk", "serial": "D-1"}))
        bring(document(1, "SRV-1", {"type": "disk", "serial": "D-1"}, {"type": "disk", "serial": "D-2"}))

        installed, _, _ = births(component__serial="D-2")

        assert installed == to_seconds(moment(1))
