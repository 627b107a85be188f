"""More spellings of vendors: JEDEC's codes for makers of memory, servers' and drives' makers; operators edit the list."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# (bank, code) by JEDEC JEP106, the code with its parity bit.
JEDEC = {
    "Samsung": (1, "CE"),
    "SK hynix": (1, "AD"),
    "Micron": (1, "2C"),
    "Intel": (1, "89"),
    "Infineon": (1, "C1"),
    "Kingston": (2, "98"),
    "SMART Modular": (2, "94"),
    "Apacer": (2, "7A"),
    "Transcend": (2, "4F"),
    "Elpida": (3, "FE"),
    "Corsair": (3, "9E"),
    "Nanya": (4, "0B"),
    "Ramaxel": (5, "43"),
    "ADATA": (5, "CB"),
    "G.Skill": (5, "CD"),
    "Crucial": (6, "9B"),
    "Innodisk": (7, "F1"),
    "CXMT": (11, "91"),
}
PCI = {
    "AMD": ["1022"],
    "Broadcom": ["14E4"],
    "Intel": ["8086"],
    "KIOXIA": ["1E0F"],
    "Mellanox": ["15B3"],
    "Micron": ["1344"],
    "NVIDIA": ["10DE"],
    "SK hynix": ["1C5C"],
    "Samsung": ["144D"],
    "Seagate": ["1BB1"],
    "Solidigm": ["025E"],
    "Toshiba": ["1179"],
    "Western Digital": ["1B96", "15B7"],
}
# As `registry.domain.identity.vendor_key` gives them: upper case, without the form of company.
SPELLINGS = {
    "AMD": ["ADVANCED MICRO DEVICES, INC. [AMD]", "ADVANCED MICRO DEVICES, INC. [AMD/ATI]"],
    "AMI": ["AMERICAN MEGATREDS"],  # so printed by real boards
    "ASPEED": ["ASPEED TECHNOLOGY"],
    "Broadcom": ["BROADCOM INC. AND SUBSIDIARIES", "SYMBIOS LOGIC", "EMULEX", "BROADCOM / LSI [DEAD]"],
    "Cisco": ["CISCO SYSTEMS"],
    "Delta": ["DELTA ELECTRONICS (THAILAND)"],
    "Dell": ["DELL TECHNOLOGIES", "DELLEMC", "DELL(TM)"],
    "Fujitsu": ["FUJITSU SIEMENS", "FUJITSU SIEMENS COMPUTERS", "FUJITSU TECHNOLOGY SOLUTIONS"],
    "HGST": ["HGST, A WESTERN DIGITAL COMPANY", "HITACHI GLOBAL STORAGE TECHNOLOGIES"],
    "HPE": ["HP ENTERPRISE", "HEWLETT-PACKARD COMPANY", "HEWLETT PACKARD COMPANY", "HEWLETTPACKARD", "HP COMPANY", "HPQ"],
    "Huawei": ["HUAWEI TECHNOLOGIES"],
    "Inspur": ["INSPUR ELECTRONIC INFORMATION INDUSTRY"],
    "KIOXIA": ["TOSHIBA MEMORY"],
    "Lenovo": ["LENOVO GLOBAL TECHNOLOGY"],
    "Lite-On": ["LITE ON", "LITE-ON POWER"],
    "Mellanox": ["NVIDIA MELLANOX", "MELLANOX TECHNOLOGIES [MLNX]"],
    "Micron": ["MICRON SEMICONDUCTOR PRODUCTS"],
    "NVIDIA": ["NVIDIA CORPORATION [NVDA]"],
    "SK hynix": [
        "SKHYNIX", "HYNIX SEMICONDUCTOR", "SK HYNIX SEMICONDUCTOR", "HYUNDAI ELECTRONICS",
        "HYNIX SEMICONDUCTOR (HYUNDAI ELECTRONICS)", "HYNIX/HYUNDAI",
    ],
    "Samsung": ["SAMSUNG SEMICONDUCTOR", "SAMSUNG ELECTRONICS CO"],
    "SanDisk": ["SANDISK TECHNOLOGIES"],
    "Seagate": ["SEAGATE TECHNOLOGY PLC", "SEAGATE TECH"],
    "Solidigm": ["SOLIDIGM TECHNOLOGY", "SK HYNIX NAND PRODUCT SOLUTIONS"],
    "Supermicro": ["SMC", "SUPERMICRO COMPUTERS"],
    "Toshiba": ["TOSHIBA ELECTRONIC DEVICES & STORAGE"],
    "Tyan": ["TYAN COMPUTER", "MITAC", "MITAC COMPUTING TECHNOLOGY"],
}  # fmt: skip


def jedec_forms(bank: int, code: str) -> list[str]:
    """How tools print a code: the bank before it or behind, plain or with its parity bit."""
    plain = bank - 1
    with_parity = plain if plain.bit_count() % 2 else plain | 0x80
    banks = {f"{plain:02X}", f"{with_parity:02X}"}
    return sorted({form for one in banks for form in (f"{one}{code}", f"{code}{one}")})


def add_spellings(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Adds the spellings that are not there, and drops those that are compared by their first four digits now."""
    alias = apps.get_model("registry", "VendorAlias")
    alias.objects.filter(spelling__regex=r"^(0X[0-9A-F]{4}|[0-9A-F]{12})$").delete()
    codes = {vendor: jedec_forms(*code) for vendor, code in JEDEC.items()}
    rows = [
        alias(spelling=spelling, vendor=vendor)
        for told in (SPELLINGS, codes, PCI)
        for vendor, spellings in told.items()
        for spelling in spellings
    ]
    alias.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_asset_tag")]

    operations = [migrations.RunPython(add_spellings, migrations.RunPython.noop)]
