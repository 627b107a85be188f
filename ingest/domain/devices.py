"""Drives by the names that an operating system gives them: good within one collection, and no longer."""

import re
from collections.abc import Iterator

_DRIVE = re.compile(
    r"(?P<nvme>nvme\d+)(?:c\d+)?(?P<namespace>n\d+)?(?:p\d+)?"
    r"|(?P<counted>mmcblk\d+|cciss[/!]c\d+d\d+)(?:p\d+)?"
    r"|(?P<lettered>(?:sd|hd|vd|xvd)[a-z]+)\d*"
)


def drive_names(device: str) -> Iterator[str]:
    """The names of the drive that the device, partition or namespace `device` is on, surest first."""
    name = device.strip().removeprefix("/dev/")
    found = _DRIVE.fullmatch(name)
    if found is None:
        return
    if found["nvme"]:
        if found["namespace"]:
            yield found["nvme"] + found["namespace"]
        yield found["nvme"]  # the drive itself, as smartctl has it
    else:
        yield found["lettered"] or found["counted"].replace("!", "/")
