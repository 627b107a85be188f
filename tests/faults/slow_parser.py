"""A parser that another package would offer: the first time it reads a member it never comes to an end."""

import os
import time
from pathlib import Path

from ingest.domain.report import Member, Report


class SlowParser:
    """Says in a file who reads; whoever comes later, after that one was killed, reads on."""

    name, version = "slow", 1

    def wants(self, name: str, head: bytes) -> bool:
        return name.endswith(".slow")

    def parse(self, member: Member) -> list[Report]:
        try:
            with Path(os.environ["SLOW_PARSER_SIGN"]).open("x") as sign:
                sign.write(f"{os.getpid()}\n")
        except FileExistsError:
            return []
        while True:
            time.sleep(1)


def install(folder: Path) -> None:
    """Makes `folder` what an installer would, for a process that has it in its PYTHONPATH."""
    metadata = folder / "slow_parsers-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: slow-parsers\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[reanimator.parsers]\nslow = {__name__}:SlowParser\n")
