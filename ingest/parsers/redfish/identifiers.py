"""The identifiers that Redfish resources carry beside their serial numbers."""

from collections.abc import Iterator

from ingest.domain.identifiers import drive_name, extended_unique_id
from ingest.parsers.redfish.resource import Resource

# NAA type 3 is given by the controller to a port, and stays there when the drive is replaced.
_LOCALLY_ASSIGNED = "3"


def durable_names(resource: Resource) -> Iterator[tuple[str, str]]:
    """(kind, digits) of the resource's ``Identifiers``."""
    for entry in resource.each("Identifiers"):
        known_form = entry.text("DurableNameFormat").upper()
        read = extended_unique_id if known_form in ("EUI", "NGUID") else drive_name
        found = read(entry.text("DurableName")) if known_form != "UUID" else None
        if found and not (found[0] == "wwn" and found[1].startswith(_LOCALLY_ASSIGNED)):
            yield found
