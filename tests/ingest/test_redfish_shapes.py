"""No shape of any value in a Redfish tree breaks the parser."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.domain.report import Report
from tests.ingest.json_places import Place, places, put
from tests.ingest.redfish_trees import CHASSIS, SYSTEM, V1, TreeOf, assembled


def _whole_tree() -> TreeOf:
    """A tree with one resource of every kind that is read."""
    device = {"@odata.id": f"{CHASSIS}/PCIeDevices/1"}
    function = {"@odata.id": f"{CHASSIS}/PCIeDevices/1/PCIeFunctions/1"}
    tree = TreeOf().drive("0", SerialNumber="S1", Location=[{"Info": "1"}], Links={"PCIeFunctions": [function]})
    tree.put(f"{V1}/Systems/Node2", "ComputerSystem", SerialNumber="J30A5678", Links={"Chassis": [device]})
    tree.part(SYSTEM, "Memory", "1", "Memory", SerialNumber="M1", CapacityMiB=1024)
    links = {"PCIeDevice": device, "PCIeFunctions": [function]}
    tree.part(SYSTEM, "Processors", "1", "Processor", ProcessorType="GPU", SerialNumber="G1", Links=links)
    controllers = [
        {"FirmwarePackageVersion": "1", "Links": {"PCIeDevices": [device]}, "Location": {"PartLocation": {}}}
    ]
    tree.part(CHASSIS, "NetworkAdapters", "1", "NetworkAdapter", SerialNumber="N1", Controllers=controllers)
    functions = f"{CHASSIS}/NetworkAdapters/1/NetworkDeviceFunctions"
    tree.put(f"{functions}/1", "NetworkDeviceFunction", Ethernet={"PermanentMACAddress": "0c:42:a1:00:00:01"})
    tree.part(CHASSIS, "PCIeDevices", "1", "PCIeDevice", SerialNumber="X1", Slot={"Location": {"PartLocation": {}}})
    tree.put(f"{CHASSIS}/PCIeDevices/1/PCIeFunctions/1", "PCIeFunction", DeviceClass="NetworkController", ClassCode="2")
    tree.put(f"{CHASSIS}/Power", "Power", PowerSupplies=[{"SerialNumber": "P1", "Oem": {"Hpe": {"BayNumber": 1}}}])
    tree.put(f"{CHASSIS}/Thermal", "Thermal", Fans=[{"SerialNumber": "F1"}])
    storage = tree.resources[f"{SYSTEM}/Storage/RAID"]
    storage["StorageControllers"] = [{"MemberId": "0", "SerialNumber": "H1", "Identifiers": [{"DurableName": "x"}]}]
    tree.resources[CHASSIS] |= {name: {"@odata.id": f"{CHASSIS}/{name}"} for name in ("Power", "Thermal")}
    tree.resources[CHASSIS]["Links"] = {"ComputerSystems": [{"@odata.id": SYSTEM}], "ContainedBy": device}
    related = [{"@odata.id": f"{SYSTEM}/Memory/1"}]
    tree.put(f"{V1}/UpdateService/FirmwareInventory/1", "SoftwareInventory", Version="1", RelatedItem=related)
    return tree


WHOLE = _whole_tree().files()
PLACES = [place for place in places(WHOLE) if len(place) > 1]
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, [], {}, "", "text", "/redfish/v1/Systems", 7, -1.5, 1e308, 10**18, True, [[]], [None, 3], {"a": []}]
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(PLACES), ODD), min_size=1, max_size=6))
def test_no_shape_of_any_value_makes_it_raise(changes: list[tuple[Place, Any]]) -> None:
    files = WHOLE
    for place, odd in changes:
        files = put(files, place, odd)

    reports = assembled(files)

    assert all(isinstance(report, Report) for _, report in reports)
