"""``lshw -json``: the tree of devices that the kernel and the firmware know of."""

import re
from typing import Final

from ingest.domain.report import Member, Report
from ingest.parsers.json_text import load_json
from ingest.parsers.lshw_report import report_of

# lshw writes id and class first, and only its nodes have either beside one of the others.
_OURS: Final = re.compile(rb'^[\s\[{]*"id"\s*:\s*"[^"]*"\s*,')
_ITS_KEYS: Final = re.compile(rb'"(?:class|claimed|handle|physid|businfo|capabilities|children)"\s*:')


class LshwJsonParser:
    """The server with its mainboard, firmware, processors, memory, drives, cards and power supplies.

    Covers what `report_of` says. Tells no time.
    """

    name = "lshw-json"
    version = 1

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` is JSON of lshw."""
        return _OURS.match(head) is not None and _ITS_KEYS.search(head) is not None

    def parse(self, member: Member) -> list[Report]:
        """One report; its asset is None when the file has only some of the devices."""
        document = load_json(member.content)
        roots = document if isinstance(document, list) else [document]
        return [report_of([root for root in roots if isinstance(root, dict)])]
