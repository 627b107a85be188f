"""The bundles that arrive while things break: a few servers over some days, whose disks move about and fail."""

from random import Random

from tests.ingest.deliveries import document, tar_of

SERVERS = ("SRV-A", "SRV-B", "SRV-C")


def bundles(days: int, *, disputed: bool = False) -> list[bytes]:
    """One bundle a day and server. One disk goes round all servers, one has new firmware now and then.

    `disputed`: one serial is of two makers, and which of them often goes without saying.
    """
    return [_bundle(server, day, disputed) for day in range(days) for server in range(len(SERVERS))]


def two_servers() -> bytes:
    """One bundle with a snapshot of each of two servers, after all others."""
    moment = "2026-02-20T10:00:00Z"
    return document("SRV-A", "NEW-A", collected_at=moment) + b"\n" + document("SRV-B", "NEW-B", collected_at=moment)


def with_slow_member(content: bytes) -> bytes:
    """A bundle of `content` and of a member that `tests.faults.slow_parser` reads, slowly at first."""
    return tar_of({"server.json": content, "all.slow": b"so slow\n"})


def shuffled(files: list[bytes]) -> list[bytes]:
    """The same files in another order, the same each time."""
    return Random(4711).sample(files, len(files))


def _bundle(server: int, day: int, disputed: bool) -> bytes:
    own = [{"type": "disk", "slot": f"Bay {bay}", "vendor": "Samsung", "serial": f"D{server}{bay}"} for bay in range(3)]
    own[0]["firmware"] = f"1.{(day + server) // 3}"
    own[1]["health"] = "failed" if day > 3 + server else "ok"
    if day % len(SERVERS) == server:
        own.append({"type": "disk", "slot": "Bay 9", "vendor": "Samsung", "serial": "WANDERER"})
    if disputed:
        maker = ("Seagate", "Toshiba", "")[(day * day + server) % 3]
        own.append({"type": "disk", "slot": f"Bay {4 + server}", "vendor": maker, "serial": "SHARED"})
    # An hour apart, so that the order of the days is that of the servers too.
    moment = f"2026-01-{day + 1:02}T{10 + server}:00:00Z"
    return document(SERVERS[server], collected_at=moment, coverage=["disk"], components=own)
