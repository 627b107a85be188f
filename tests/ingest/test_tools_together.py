"""What several tools print of one server, all the way into the database: each part once, each failure at its part."""

from pathlib import Path

import pytest

from ingest.models import FailureSignal, Observation
from registry.models import Asset, Component
from tests.ingest.deliveries import deliver, tar_of

DATA = Path(__file__).parents[1] / "data"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bundle_folder")]

UNITS = b"""FRU Device Description : Builtin FRU Device (ID 0)
 Board Mfg Date        : Tue Mar  5 14:12:00 2021
 Board Mfg             : DELL
 Board Product         : PowerEdge R750
 Board Serial          : CNIVC0014M0388
 Board Part Number     : 0R4CNNA05
 Product Manufacturer  : DELL
 Product Name          : PowerEdge R750
 Product Serial        : 7XK2M93

FRU Device Description : PS1 (ID 1)
 Board Mfg Date        : Wed Jan 23 06:40:00 2021
 Board Mfg             : DELL
 Board Product         : PWR SPLY,1100W,RDNT,DELTA
 Board Serial          : CNDED0012A3BCD

FRU Device Description : PS2 (ID 2)
 Board Mfg Date        : Wed Jan 23 06:41:00 2021
 Board Mfg             : DELL
 Board Product         : PWR SPLY,1100W,RDNT,DELTA
 Board Serial          : CNDED0012A3BCE

"""
EVENTS = b"""   1 | 02/27/2026 | 21:13:00 | Power Supply PS2 Status | Failure detected | Asserted
   2 | 02/27/2026 | 21:20:00 | Memory DIMM_A9 | Uncorrectable ECC | Asserted
"""
NETWORK_CARD = b"""41:00.0 Ethernet controller: Intel Corporation Ethernet Controller XXV710 for 25GbE SFP28 (rev 02)
	Capabilities: [e0] Vital Product Data
		Product Name: XXV710 25GbE Controller
		Read-only fields:
			[PN] Part number: 0V5DG9
			[SN] Serial number: 40A6B70102AA
		End

45:00.0 Non-Volatile memory controller: Micron Technology Inc 9300 PRO (rev ff)
	!!! Unknown header type 7f
"""


def golden_input(case: str) -> bytes:
    return next((DATA / case).glob("input.*")).read_bytes()


def test_units_and_firmware_tables_are_one_server_and_each_failure_is_at_its_part() -> None:
    bundle = deliver(
        tar_of(
            {
                "sos/sos_commands/hardware/dmidecode": golden_input("dmidecode/dell-whole-table"),
                "sos/sos_commands/ipmitool/ipmitool_fru_print": UNITS,
                "sos/sos_commands/ipmitool/ipmitool_sel_elist": EVENTS,
                "sos/sos_commands/ipmitool/ipmitool_sel_info": b"SEL Information\nVersion : 1.5\n",
                "sos/sos_commands/ipmitool/ipmitool_sdr": b"bash: ipmitool: command not found\n",
            }
        ),
        "sos.tar.gz",
    )

    supplies = Component.objects.filter(type="psu").order_by("serial")
    board = Component.objects.get(type="motherboard")
    told = FailureSignal.objects.order_by("occurred_at").values_list("mode", "slot", "observation__component__serial")
    assert bundle.status == "parsed"
    assert [asset.serial for asset in Asset.objects.all()] == ["7XK2M93"]
    assert [(one.serial, str(one.manufactured_on)) for one in supplies] == [
        ("CNDED0012A3BCD", "2021-01-23"),
        ("CNDED0012A3BCE", "2021-01-23"),
    ]
    assert (board.serial, str(board.manufactured_on)) == ("CNIVC0014M0388", "2021-03-05")
    assert list(told) == [("psu_failure", "PS2", "CNDED0012A3BCE"), ("uncorrectable_ecc", "DIMM_A9", None)]


def test_cards_at_one_address_are_one_and_a_drive_that_fell_off_the_bus_is_the_one_that_sat_there() -> None:
    deliver(
        tar_of({"lshw.xml": golden_input("lshw-xml/dell-read-by-root"), "lspci.txt": NETWORK_CARD}), "server.tar.gz"
    )

    (card,) = Observation.objects.filter(component__type="nic").values_list("component__serial", "sources__parsers")
    told = FailureSignal.objects.values_list("mode", "observation__component__serial")
    assert card == ("40A6B70102AA", ["lshw-xml", "lspci"])
    assert list(told) == [("fallen_off_bus", "202728AA01F5")]
