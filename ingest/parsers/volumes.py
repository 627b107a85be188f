"""Telling drives from what only looks like one: volumes that a controller, an array or a hypervisor makes up."""

import re
from collections.abc import Iterable
from typing import Final

_MADE_UP: Final = re.compile(
    r"""
      .*\b(?:virtual|logical\ volume|perc|raid|megaraid|serveraid|smart\ array|file-stor\ gadget|virtio|qemu|vbox
            |vmware)\b.*
    | LUN(?:\ .*)? | (?:DELL)?BOSS\ VD | VD | MR9\d{3}.* | RS3\w+ | \S*-MRAID\S*
    | Amazon\ (?:Elastic\ Block\ Store|EC2\ NVMe.*) | nvme_card.* | MSFT\ NVMe.* | LIO-ORG
    | Linux                              # a namespace that another Linux machine lends out
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LENT: Final = frozenset({"iscsi", "fc", "fcoe", "tcp", "rdma", "loop"})


def is_volume(*names: str) -> bool:
    """Whether one of `names` (vendor, model) is that of a volume, whose drives are hidden or far away."""
    return any(_MADE_UP.fullmatch(name) for name in names)


def has_volume_name(identifiers: Iterable[tuple[str, str]]) -> bool:
    """Whether a SCSI device's world-wide name is of the long kind, which arrays and controllers make for volumes."""
    return any(kind == "wwn" and value.startswith("6") for kind, value in identifiers)


def is_lent(transport: str) -> bool:
    """Whether what comes by `transport` sits in another machine. Drives with Fibre Channel have gone out of use."""
    return transport.lower() in _LENT
