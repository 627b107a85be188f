"""The identifiers that Redfish resources carry beside their serial numbers."""

from collections.abc import Iterator

from ingest.domain.identifiers import drive_name, extended_unique_id
from ingest.parsers.redfish.resource import Resource


def durable_names(resource: Resource) -> Iterator[tuple[str, str]]:
    """(kind, digits) of the resource's ``Identifiers``."""
    for entry in resource.each("Identifiers"):
        found = _read(entry.text("DurableNameFormat").upper(), entry.text("DurableName"))
        if found:
            yield found


def _read(scheme: str, name: str) -> tuple[str, str] | None:
    if scheme == "NAA":  # said so that an authority which names no drive is not taken for an EUI-64
        return drive_name("naa." + name.lower().removeprefix("naa.").removeprefix("0x"))
    if scheme in ("EUI", "NGUID"):
        return extended_unique_id(name)
    return None if scheme == "UUID" else drive_name(name)
