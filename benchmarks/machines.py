"""Servers of 50 components and the documents that their collectors send; no serial number occurs twice."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import orjson

Json: TypeAlias = dict[str, Any]

FIRST_SNAPSHOT = datetime(2024, 1, 1, tzinfo=UTC)
BETWEEN_SNAPSHOTS = timedelta(hours=1)
DISKS = 20
DISK_FIRMWARES = ("EPK9CB5Q", "EPK9GB5Q", "EPK9HB5Q")
COVERAGE = ["bmc", "cpu", "disk", "memory", "motherboard", "nic", "psu", "transceiver"]


@dataclass(slots=True)
class Machine:
    """One server, what is fitted in it (disks first), and the last document that it sent."""

    number: int
    fitted: list[Json]
    snapshots: int = 0
    changes: int = 0
    last: bytes = b""

    def document(self) -> bytes:
        """The next snapshot, an hour after the last one: about 15 KB of JSON, with measurements that moved on."""
        collected_at = FIRST_SNAPSHOT + self.snapshots * BETWEEN_SNAPSHOTS
        self.snapshots += 1
        self.last = orjson.dumps(
            {
                "format": "reanimator/v1",
                "collected_at": f"{collected_at:%Y-%m-%dT%H:%M:%SZ}",
                "asset": {
                    "vendor": "Dell Inc.",
                    "model": "PowerEdge R750",
                    "serial": f"BN{self.number:06d}",
                    "hostname": f"node-{self.number}.example.net",
                },
                "coverage": COVERAGE,
                "components": [_measured(part, self.snapshots) for part in self.fitted],
            }
        )
        return self.last

    def change_two_parts(self) -> None:
        """Gives one disk another firmware, and puts a new disk in another's place."""
        self.changes += 1
        updated = self.fitted[self.changes % DISKS]
        updated["firmware"] = DISK_FIRMWARES[DISK_FIRMWARES.index(updated["firmware"]) - 1]
        place = (self.changes + DISKS // 2) % DISKS
        self.fitted[place] = _disk(f"{self.number}/{place}/{self.changes}", place)


def build(number: int) -> Machine:
    """The machine of that number, as it came from the factory."""
    kinds: tuple[tuple[Callable[[str, int], Json], int], ...] = (
        (_disk, DISKS),
        (_module, 16),
        (_cpu, 2),
        (_card, 4),
        (_transceiver, 4),
        (_power_supply, 2),
        (_board, 1),
        (_bmc, 1),
    )
    return Machine(number, [make(f"{number}/{place}", place) for make, count in kinds for place in range(count)])


def _measured(part: Json, snapshot: int) -> Json:
    """`part` as its sensors and counters have it at that snapshot."""
    moved = {
        name: value + {"power_on_hours": snapshot, "temperature_celsius": snapshot % 5}.get(name, 0)
        for name, value in part["measurements"].items()
    }
    return {**part, "measurements": moved}


def _disk(key: str, place: int) -> Json:
    digits = _digits("disk", key)
    return {
        "type": "disk",
        "slot": f"Bay {place}",
        "vendor": "Samsung",
        "model": "MZWLJ7T6HALA-00AU3",
        "part_number": "MZWLJ7T6HALA-00AU3",
        "serial": f"S5FN{digits[:10].upper()}",
        "firmware": DISK_FIRMWARES[0],
        "health": "ok",
        "lot": "SAM-2025-W14",
        "identifiers": {"wwn": f"eui.{digits[:16]}002538{digits[16:26]}"},
        "measurements": {"power_on_hours": 18231, "percentage_used": 4, "media_errors": 0, "temperature_celsius": 31},
    }


def _module(key: str, place: int) -> Json:
    return {
        "type": "memory",
        "slot": f"{'AB'[place // 8]}{place % 8 + 1}",
        "vendor": "SK hynix",
        "model": "HMAA8GR7AJR4N-XN",
        "part_number": "HMAA8GR7AJR4N-XN",
        "serial": _digits("memory", key)[:12].upper(),
        "health": "ok",
        "lot": "HYN-2025-W02",
        "measurements": {"correctable_errors": 0, "uncorrectable_errors": 0, "temperature_celsius": 38},
    }


def _cpu(key: str, place: int) -> Json:
    return {
        "type": "cpu",
        "slot": f"CPU.Socket.{place + 1}",
        "vendor": "Intel",
        "model": "Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz",
        "serial": _digits("cpu", key)[:16].upper(),
        "firmware": "0xd0003b9",
        "health": "ok",
        "measurements": {"cores": 32, "temperature_celsius": 52},
    }


def _card(key: str, place: int) -> Json:
    digits = _digits("nic", key)
    return {
        "type": "nic",
        "slot": f"0000:{place + 0x3B:02x}:00.0",
        "vendor": "Mellanox Technologies",
        "model": "ConnectX-6 Dx 100GbE",
        "part_number": "MCX623106AN-CDAT",
        "serial": f"MT{digits[:10].upper()}",
        "firmware": "22.36.1010",
        "health": "ok",
        "identifiers": {"mac": "0c:42:" + ":".join(digits[at : at + 2] for at in (10, 12, 14, 16))},
        "measurements": {"link_speed_mbps": 100000, "temperature_celsius": 55},
    }


def _transceiver(key: str, place: int) -> Json:
    return {
        "type": "transceiver",
        "slot": f"0000:{place + 0x3B:02x}:00.0 port 1",
        "vendor": "Finisar",
        "model": "FTLC9555REPM3-E6",
        "serial": f"X{_digits('transceiver', key)[:9].upper()}",
        "health": "ok",
        "measurements": {"rx_power_uw": 743, "tx_power_uw": 812, "temperature_celsius": 41},
    }


def _power_supply(key: str, place: int) -> Json:
    return {
        "type": "psu",
        "slot": f"PSU {place + 1}",
        "vendor": "DELTA",
        "model": "PWR SPLY,1400W,RDNT,DELTA",
        "part_number": "0M4P8CA01",
        "serial": f"CNDED{_digits('psu', key)[:12].upper()}",
        "firmware": "00.1B.53",
        "health": "ok",
        "measurements": {"input_watts": 312, "temperature_celsius": 36},
    }


def _board(key: str, _place: int) -> Json:
    return {
        "type": "motherboard",
        "vendor": "Dell Inc.",
        "model": "04V528",
        "serial": f".{_digits('motherboard', key)[:20].upper()}.",
        "health": "ok",
        "measurements": {"temperature_celsius": 27},
    }


def _bmc(_key: str, _place: int) -> Json:
    return {
        "type": "bmc",
        "vendor": "Dell Inc.",
        "model": "iDRAC9",
        "firmware": "7.00.00.171",
        "health": "ok",
        "measurements": {"temperature_celsius": 44},
    }


def _digits(kind: str, key: str) -> str:
    """32 hexadecimal digits that belong to the part made for that place."""
    return hashlib.blake2b(f"{kind} {key}".encode(), digest_size=16).hexdigest()
