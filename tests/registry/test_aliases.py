"""The spellings of vendors that the product knows from the start."""

import pytest

from registry.domain.identity import fold_vendor, vendor_key
from registry.models import VendorAlias
from registry.selectors import vendor_aliases

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("printed", "vendor"),
    [
        ("00CE00B300CE", "Samsung"),
        ("00CE063200CE", "Samsung"),
        ("80CE", "Samsung"),
        ("0xCE00", "Samsung"),
        ("0x80CE", "Samsung"),
        ("Samsung Electronics Co., Ltd.", "Samsung"),
        ("samsung", "samsung"),
        ("00AD00B300AD", "SK hynix"),
        ("0xAD00", "SK hynix"),
        ("Hynix Semiconductor (Hyundai Electronics)", "SK hynix"),
        ("802C", "Micron"),
        ("0x2C80", "Micron"),
        ("Micron Technology, Inc.", "Micron"),
        ("0x0198", "Kingston"),
        ("017A", "Apacer"),
        ("830B", "Nanya"),
        ("Dell Inc.", "Dell"),
        ("DELL EMC", "Dell"),
        ("HP", "HPE"),
        ("Hewlett-Packard Company", "HPE"),
        ("Hewlett Packard Enterprise", "HPE"),
        ("Super Micro Computer, Inc.", "Supermicro"),
        ("SMC", "Supermicro"),
        ("WDC", "Western Digital"),
        ("HGST, a Western Digital Company", "HGST"),
        ("Seagate Technology LLC", "Seagate"),
        ("Toshiba Memory Corporation", "KIOXIA"),
        ("0x144d", "Samsung"),
        ("Advanced Micro Devices, Inc. [AMD]", "AMD"),
        ("Intel (R) Corporation", "Intel"),
        ("Broadcom Inc. and subsidiaries", "Broadcom"),
        ("American Megatreds Inc.", "AMI"),
    ],
)
def test_a_vendor_is_known_by_the_spellings_that_tools_print(printed: str, vendor: str) -> None:
    folded = fold_vendor(printed, vendor_aliases({vendor_key(printed)}))

    assert vendor_key(folded) == vendor_key(vendor)


def test_each_spelling_is_in_the_form_in_which_it_is_looked_up() -> None:
    spellings = set(VendorAlias.objects.values_list("spelling", flat=True))

    # `INTEL(R)` came with the first list, before that form was cut.
    assert {spelling for spelling in spellings if vendor_key(spelling) != spelling} <= {"INTEL(R)"}


def test_no_name_that_an_alias_stands_for_is_itself_a_spelling_of_another() -> None:
    aliases = dict(VendorAlias.objects.values_list("spelling", "vendor"))

    assert {
        vendor
        for vendor in aliases.values()
        if vendor_key(aliases.get(vendor_key(vendor), vendor)) != vendor_key(vendor)
    } == set()
