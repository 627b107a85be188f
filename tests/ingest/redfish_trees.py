"""Trees of Redfish resources, built by hand, and what the parser makes of them."""

import json
from collections.abc import Iterable
from typing import Any

from ingest.domain.report import Member, Report, Sighting
from ingest.parsers.redfish import RedfishParser

V1 = "/redfish/v1"
SYSTEM, CHASSIS, MANAGER = f"{V1}/Systems/1", f"{V1}/Chassis/1", f"{V1}/Managers/1"
ENABLED = {"State": "Enabled", "Health": "OK"}

Resources = dict[str, dict[str, Any]]


class TreeOf:
    """A server's resources by address, with the collections that link them."""

    def __init__(self) -> None:
        self.resources: Resources = {}
        self.put(SYSTEM, "ComputerSystem", Manufacturer="Lenovo", Model="SR650", SerialNumber="J30A1234")
        self.put(CHASSIS, "Chassis", ChassisType="RackMount")
        self.put(MANAGER, "Manager", FirmwareVersion="2.10", DateTime="2024-05-01T12:00:00+02:00")

    def put(self, uri: str, kind: str, **properties: Any) -> "TreeOf":
        """Puts a resource at `uri` and a link to it into the collection around it."""
        around, _, name = uri.rpartition("/")
        known = {"@odata.id": uri, "@odata.type": f"#{kind}.v1_0_0.{kind}", "Id": name, "Status": ENABLED}
        self.resources[uri] = known | properties
        collection = self.resources.setdefault(
            around, {"@odata.id": around, "@odata.type": f"#{kind}Collection.{kind}Collection", "Members": []}
        )
        if "Members" in collection:
            collection["Members"].append({"@odata.id": uri})
        return self

    def part(self, holder: str, collection: str, name: str, kind: str, **properties: Any) -> "TreeOf":
        """Puts a resource into a collection that `holder` links."""
        self.resources[holder][collection] = {"@odata.id": f"{holder}/{collection}"}
        return self.put(f"{holder}/{collection}/{name}", kind, **properties)

    def drive(self, name: str, **properties: Any) -> "TreeOf":
        """Puts a drive behind the controller RAID of the system."""
        storage = f"{SYSTEM}/Storage/RAID"
        if storage not in self.resources:
            self.part(SYSTEM, "Storage", "RAID", "Storage", Drives=[])
        uri = f"{storage}/Drives/{name}"
        self.resources[storage]["Drives"].append({"@odata.id": uri})
        self.resources[uri] = {"@odata.id": uri, "@odata.type": "#Drive.v1_0_0.Drive", "Id": name, **properties}
        return self

    def files(self, folder: str = "host") -> dict[str, dict[str, Any]]:
        """The resources by the name of a file for each."""
        return {f"{folder}{uri}/index.json": resource for uri, resource in self.resources.items()}


def assembled(files: dict[str, dict[str, Any]], broken: Iterable[str] = ()) -> list[tuple[str, Report]]:
    """The reports of these files, each with the path that it speaks of."""
    parser = RedfishParser()
    read = [(name, parser.read(Member(name, json.dumps(value).encode()))) for name, value in files.items()]
    return parser.assemble(read, list(broken))


def only_report(tree: TreeOf) -> Report:
    """The one report of a tree."""
    ((_, report),) = assembled(tree.files())
    return report


def of_type(report: Report, kind: str) -> list[Sighting]:
    """The sightings of one type."""
    return [sighting for sighting in report.sightings if sighting.type == kind]


def serials(report: Report, kind: str) -> list[str]:
    """The serial numbers of the parts of one type, as they are printed."""
    return [sighting.serial for sighting in of_type(report, kind)]
