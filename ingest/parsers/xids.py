"""Which of the errors that NVIDIA's driver numbers speak of the hardware, and not of a program."""

from typing import Final

from registry.domain.vocabulary import Severity

# NVIDIA's catalogue: memory (48, 63, 64, 92, 94, 95), the internal micro-controller (62), NVLink (74), off the bus
# (79), the GPU's system processor (119, 120). All others, such as 13 and 43, are told of programs, drivers or heat.
_HARDWARE: Final = frozenset({48, 62, 63, 64, 74, 79, 92, 94, 95, 119, 120})
_GONE: Final = frozenset({79})


def is_hardware_xid(number: int) -> bool:
    return number in _HARDWARE


def xid_severity(number: int) -> Severity:
    """Fatal where the GPU cannot be reached any more."""
    return Severity.FATAL if number in _GONE else Severity.CRITICAL
