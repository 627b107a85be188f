"""The maker of a drive by its model."""

import pytest

from registry.domain.drive_makers import drive_maker

MAKERS = {
    "ST4000DM000": "Seagate",
    "ST31500541AS": "Seagate",
    "ST320005XXXX": "Seagate",
    "SEAGATE ST373453LC": "Seagate",
    "Seagate BarraCuda SSD ZA250CM10002": "Seagate",
    "ZA250CM10003": "Seagate",
    "XS1600LE70004": "Seagate",
    "Hitachi HDS5C3030ALA630": "Hitachi",
    "HGST HMS5C4040BLE640": "HGST",
    "HUSMM1640ASS200": "HGST",
    "HUC101212CSS600": "HGST",
    "HDS721010CLA332": "HGST",
    "WDC WD30EFRX-68EUZN0": "Western Digital",
    "WDC  WUH721816ALE6L4": "Western Digital",
    "WD4000FYYX": "Western Digital",
    "WUH721414ALE6L4": "Western Digital",
    "WD Red SA500 2.5 4TB": "Western Digital",
    "TOSHIBA MG07ACA14TA": "Toshiba",
    "DT01ACA300": "Toshiba",
    "MG10ACA20TE": "Toshiba",
    "KXG60ZNV256G TOSHIBA": "Toshiba",
    "KCM6DRUL3T84": "KIOXIA",
    "SAMSUNG HD103UJ": "Samsung",
    "Samsung SSD 850 PRO 1TB": "Samsung",
    "MZXLR6T4HALA-000H3": "Samsung",
    "MZ7LH960HAJR-00005": "Samsung",
    "Micron_5200_MTFDDAK960TDN": "Micron",
    "MTFDDAV240TDU": "Micron",
    "CT250MX500SSD1": "Crucial",
    "INTEL SSDSC2KB019T8": "Intel",
    "SSDSCKKB240G8R": "Intel",
    "SOLIDIGM SSDPFKNU010TZ": "Solidigm",
    "HFS480G32FEH-BA10A": "SK hynix",
    "PC711 NVMe SK hynix 512GB": "SK hynix",
    "KINGSTON SA400S37240G": "Kingston",
}
TELLS_NOTHING = ("", "MB0500EBNCR", "VK000480GZXRF", "Dell Ent NVMe CM6 RI 1.92TB", "STEC ZeusIOPS", "DELLBOSS VD")


@pytest.mark.parametrize(("model", "maker"), MAKERS.items())
def test_a_model_tells_its_maker(model: str, maker: str) -> None:
    assert drive_maker(model) == maker


@pytest.mark.parametrize("model", TELLS_NOTHING)
def test_a_model_numbered_by_others_tells_no_maker(model: str) -> None:
    assert drive_maker(model) == ""


def test_case_and_blanks_do_not_matter() -> None:
    assert drive_maker("  toshiba mq01abf050 ") == "Toshiba"
