"""The spellings of vendors that are met most often; operators edit the list."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# As `registry.domain.identity.vendor_key` gives them: upper case, without the form of company.
SPELLINGS = {
    "Dell": ["DELL EMC", "DELL COMPUTER"],
    "HPE": ["HP", "HEWLETT-PACKARD", "HEWLETT PACKARD", "HEWLETT PACKARD ENTERPRISE", "HEWLETT-PACKARD ENTERPRISE"],
    "Supermicro": ["SUPER MICRO COMPUTER", "SUPER MICRO", "SUPERMICRO COMPUTER"],
    "Lenovo": ["LNVO"],
    "ASUS": ["ASUSTEK COMPUTER", "ASUSTEK"],
    "GIGABYTE": ["GIGABYTE TECHNOLOGY", "GIGA COMPUTING"],
    "Quanta": ["QUANTA COMPUTER", "QUANTA CLOUD TECHNOLOGY", "QCT"],
    "Samsung": ["SAMSUNG ELECTRONICS", "00CE", "80CE", "00CE00B300CE", "00CE063200CE", "00CE00B380CE", "0X00CE", "0X80CE"],
    "SK hynix": ["HYNIX", "SK HYNIX", "00AD", "80AD", "00AD00B300AD", "00AD063200AD", "0X00AD", "0X80AD"],
    "Micron": ["MICRON TECHNOLOGY", "002C", "802C", "002C00B3002C", "002C0632002C", "0X002C", "0X802C"],
    "Kingston": ["KINGSTON TECHNOLOGY", "0198", "0X0198", "8198"],
    "Western Digital": ["WDC", "WD", "WESTERN DIGITAL TECHNOLOGIES"],
    "Seagate": ["SEAGATE TECHNOLOGY"],
    "Toshiba": ["TOSHIBA AMERICA"],
    "Intel": ["INTEL(R)", "GENUINEINTEL"],
    "AMD": ["ADVANCED MICRO DEVICES", "AUTHENTICAMD", "ADVANCED MICRO DEVICES [AMD]"],
    "Mellanox": ["MELLANOX TECHNOLOGIES", "MLNX", "HTTPS://WWW.MELLANOX.COM"],
    "Broadcom": ["BROADCOM / LSI", "LSI LOGIC", "LSI LOGIC / SYMBIOS LOGIC", "AVAGO", "AVAGO TECHNOLOGIES", "LSI"],
    "Delta": ["DELTA ELECTRONICS"],
    "Lite-On": ["LITEON", "LTEON", "LITE-ON TECHNOLOGY"],
    "AMI": ["AMERICAN MEGATRENDS", "AMERICAN MEGATRENDS INTERNATIONAL"],
}


def add_spellings(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Adds the spellings that are not there."""
    alias = apps.get_model("registry", "VendorAlias")
    rows = [alias(spelling=spelling, vendor=vendor) for vendor, spellings in SPELLINGS.items() for spelling in spellings]
    alias.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_no_overlap")]

    operations = [migrations.RunPython(add_spellings, migrations.RunPython.noop)]
