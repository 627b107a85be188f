"""What the demo's fleet is made of: models of servers and parts, with how their makers number them.

Serial patterns: ``#`` a digit, ``@`` a letter, ``%`` a hexadecimal digit, ``*`` a digit or letter; the rest stands
for itself.
"""

from dataclasses import dataclass

TERABYTE = 10**12


@dataclass(frozen=True, slots=True)
class PartModel:
    """A model of replaceable part. `firmwares`: oldest first."""

    type: str
    vendor: str
    model: str
    serial: str = ""
    part_number: str = ""
    firmwares: tuple[str, ...] = ()
    oui: int = 0
    mac: str = ""


@dataclass(frozen=True, slots=True)
class DiskModel(PartModel):
    """`protocol`: ATA, SCSI or NVMe, as smartctl names them. `rpm` 0: no platters."""

    protocol: str = "ATA"
    family: str = ""
    capacity: int = 0
    rpm: int = 0
    pci_vendor: int = 0


@dataclass(frozen=True, slots=True)
class DimmModel(PartModel):
    """`jedec`: the maker's code as controllers print it before a module's serial number."""

    generation: str = "DDR4"
    gibibytes: int = 32
    speed: int = 3200
    jedec: str = ""


@dataclass(frozen=True, slots=True)
class PsuModel(PartModel):
    watts: int = 1400


@dataclass(frozen=True, slots=True)
class CpuModel(PartModel):
    cores: int = 28
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Platform:
    """A model of server as the fleet buys it.

    `style`: how its bundles look: ``tools`` (dmidecode, lshw, smartctl, ipmitool), ``raid`` (dmidecode, lshw, perccli,
    ipmitool), ``sosreport``, ``redfish-tar``, ``redfish-zip``, ``document`` or ``ndjson``.
    `disks`: models with how many of each. `bios`, `bmc`: versions, oldest first.
    """

    vendor: str
    model: str
    style: str
    serial: str
    board: str
    board_serial: str
    bays: int
    disks: tuple[tuple[DiskModel, int], ...]
    dimms: tuple[DimmModel, ...]
    dimm_slots: int
    cpu: CpuModel
    psu: PsuModel
    nics: tuple[PartModel, ...]
    bios: tuple[str, ...]
    bmc: tuple[str, ...]
    bmc_model: str
    gpus: tuple[tuple[PartModel, int], ...] = ()
    hbas: tuple[PartModel, ...] = ()


PM9A3 = DiskModel(
    "disk", "Samsung", "SAMSUNG MZQL23T8HCLS-00A07", "S64HNE0T######", "MZQL23T8HCLS-00A07", ("GDC5602Q", "GDC5902Q"),
    oui=0x002538, protocol="NVMe", capacity=3840755982336, pci_vendor=0x144D,
)  # fmt: skip
M7450 = DiskModel(
    "disk", "Micron", "Micron_7450_MTFDKCC3T8TFR", "2237%%%%%%%%", "MTFDKCC3T8TFR", ("E2MU110", "E2MU200"),
    oui=0x00A075, protocol="NVMe", capacity=3840755982336, pci_vendor=0x1344,
)  # fmt: skip
P5510 = DiskModel(
    "disk", "Intel", "INTEL SSDPF2KX038TZ", "PHAC2######3P8AGN", "SSDPF2KX038TZ", ("JCV10100", "JCV10300"),
    oui=0x5CD2E4, protocol="NVMe", capacity=3840755982336, pci_vendor=0x8086,
)  # fmt: skip
EXOS_X18 = DiskModel(
    "disk", "Seagate", "ST18000NM000J-2TV103", "ZR5#****", "2TV103-001", ("SN02", "SN04"),
    oui=0x000C50, family="Seagate Exos X18", capacity=18000207937536, rpm=7200,
)  # fmt: skip
MG08 = DiskModel(
    "disk", "Toshiba", "TOSHIBA MG08ACA16TE", "##@0A0##FVGG", "MG08ACA16TE", ("0102", "4303"),
    oui=0x000039, family="Toshiba MG08ACA... Enterprise Capacity HDD", capacity=16000900661248, rpm=7200,
)  # fmt: skip
PM893 = DiskModel(
    "disk", "Samsung", "SAMSUNG MZ7L3960HCJR-00A07", "S662NN0T######", "MZ7L3960HCJR-00A07", ("JXTC104Q", "JXTC304Q"),
    oui=0x002538, family="Samsung based SSDs", capacity=960197124096,
)  # fmt: skip
ST2400 = DiskModel(
    "disk", "Seagate", "ST2400MM0129", "WBM2****0000E######*", "ST2400MM0129", ("N003", "N004"),
    oui=0x000C50, protocol="SCSI", capacity=2400476553216, rpm=10500,
)  # fmt: skip

SAMSUNG_32 = DimmModel(
    "memory", "Samsung", "M393A4K40EB3-CWE", "%%%%%%%%", "M393A4K40EB3-CWE", jedec="80CE",
)  # fmt: skip
HYNIX_32 = DimmModel(
    "memory", "SK Hynix", "HMA84GR7DJR4N-XN", "%%%%%%%%", "HMA84GR7DJR4N-XN", jedec="80AD",
)  # fmt: skip
MICRON_32 = DimmModel(
    "memory", "Micron Technology", "36ASF4G72PZ-3G2R1", "%%%%%%%%", "36ASF4G72PZ-3G2R1", jedec="802C",
)  # fmt: skip
SAMSUNG_64 = DimmModel(
    "memory", "Samsung", "M321R8GA0BB0-CQKZJ", "%%%%%%%%", "M321R8GA0BB0-CQKZJ",
    generation="DDR5", gibibytes=64, speed=4800, jedec="80CE",
)  # fmt: skip
HYNIX_64 = DimmModel(
    "memory", "SK Hynix", "HMCG94MEBRA109N", "%%%%%%%%", "HMCG94MEBRA109N",
    generation="DDR5", gibibytes=64, speed=4800, jedec="80AD",
)  # fmt: skip

GOLD_6330 = CpuModel(
    "cpu", "Intel", "Intel(R) Xeon(R) Gold 6330 CPU @ 2.00GHz", cores=28, signature="Model 106, Stepping 6"
)
PLATINUM_8462 = CpuModel(
    "cpu", "Intel", "Intel(R) Xeon(R) Platinum 8462Y+", cores=32, signature="Model 143, Stepping 8"
)
EPYC_7543 = CpuModel("cpu", "AMD", "AMD EPYC 7543 32-Core Processor", cores=32, signature="Model 1, Stepping 1")
EPYC_9354 = CpuModel("cpu", "AMD", "AMD EPYC 9354 32-Core Processor", cores=32, signature="Model 17, Stepping 1")

DELL_PSU = PsuModel("psu", "Dell", "PWR SPLY,1400W,RDNT,DELTA", "CNDED00#######", "0GDF0TA00", ("00.1B.53",))
HPE_PSU = PsuModel("psu", "HPE", "HPE 1600W FS Platinum PSU", "5WBXK0########", "P38997-B21", ("2.00",), watts=1600)
SMC_PSU = PsuModel("psu", "Supermicro", "PWS-2K05A-1R", "P2K5ACM##A#####", "PWS-2K05A-1R", ("1.4",), watts=2000)
LENOVO_PSU = PsuModel("psu", "Lenovo", "1100W Platinum Hot-Swap", "K1DG######", "SP57A02023", ("5.81",), watts=1100)
GIGABYTE_PSU = PsuModel("psu", "Delta", "DPS-1600AB-39", "CCZD########", "25EP0-216001-D0S", ("S3F",), watts=1600)

BCM57414 = PartModel("nic", "Broadcom", "BCM57414", "VNFCVBA##I##*#", "0KHCTP", ("21.80.16.95",), mac="B0:26:28")
CONNECTX6 = PartModel(
    "nic", "Mellanox", "MCX623106AN-CDAT", "MT22##X#####", "MCX623106AN-CDAT", ("22.35.1012",), mac="B8:3F:D2"
)
E810 = PartModel("nic", "Intel", "E810-XXVDA2", "B4969149####", "K58132-006", ("4.00",), mac="B4:96:91")

L40S = PartModel("gpu", "NVIDIA", "NVIDIA L40S", "132402#######", "900-2G133-0080-000", ("95.02.66.00.02",))
A100 = PartModel("gpu", "NVIDIA", "NVIDIA A100 80GB PCIe", "132042#######", "900-21001-0020-000", ("92.00.A0.00.05",))

H755 = PartModel("hba", "Broadcom", "PERC H755 Front", "MX7#######@", "0J46V8", ("5.250.02-3847", "5.290.02-3997"))

# The order matters: the first four alone make a story with every element in it.
PLATFORMS = (
    Platform(
        "Dell Inc.", "PowerEdge R750", "redfish-tar", "@#*@#*#", "06V45N", "CNIVC00##M####", bays=12,
        disks=((PM9A3, 6), (PM893, 2)), dimms=(SAMSUNG_32, MICRON_32), dimm_slots=16, cpu=GOLD_6330, psu=DELL_PSU,
        nics=(BCM57414, CONNECTX6), bios=("1.8.2", "1.13.2"), bmc=("6.00.30.00", "7.00.60.00"),
        bmc_model="15G Monolithic",
    ),
    Platform(
        "Supermicro", "SSG-640SP-E1CR60", "tools", "S4428##X#####", "X12DSC-6", "OM22#S######", bays=60,
        disks=((EXOS_X18, 48), (MG08, 6), (PM893, 2)), dimms=(SAMSUNG_32, HYNIX_32), dimm_slots=16, cpu=GOLD_6330,
        psu=SMC_PSU, nics=(E810,), bios=("1.4b", "1.8"), bmc=("01.02.14", "01.04.08"), bmc_model="ASPEED",
    ),
    Platform(
        "Lenovo", "ThinkSystem SR650 V2", "document", "J30#****", "SB27A93462", "Z1ZT%%%%###", bays=10,
        disks=((PM9A3, 4), (EXOS_X18, 4)), dimms=(SAMSUNG_32, HYNIX_32), dimm_slots=16, cpu=GOLD_6330, psu=LENOVO_PSU,
        nics=(CONNECTX6,), bios=("AFE118M", "AFE126I"), bmc=("AFBT32E", "AFBT58B"), bmc_model="XClarity Controller",
        gpus=((A100, 1),),
    ),
    Platform(
        "Giga Computing", "R282-Z93", "ndjson", "GNG3N####A####", "MZ92-FS0-00", "JG4P#######", bays=12,
        disks=((P5510, 4), (EXOS_X18, 4)), dimms=(MICRON_32, SAMSUNG_32), dimm_slots=16, cpu=EPYC_7543,
        psu=GIGABYTE_PSU, nics=(E810,), bios=("M23", "M26"), bmc=("12.60.39", "12.61.21"), bmc_model="AST2600",
    ),
    Platform(
        "HPE", "ProLiant DL385 Gen11", "redfish-zip", "CZ2D######", "P58345-001", "PWUHT0BLM######", bays=8,
        disks=((PM9A3, 4), (M7450, 2)), dimms=(SAMSUNG_64, HYNIX_64), dimm_slots=16, cpu=EPYC_9354, psu=HPE_PSU,
        nics=(CONNECTX6,), bios=("A55 v1.30 (03/01/2023)", "A55 v1.58 (01/04/2024)"),
        bmc=("iLO 6 v1.40", "iLO 6 v1.56"), bmc_model="iLO 6",
    ),
    Platform(
        "Dell Inc.", "PowerEdge R650", "raid", "@#*@#*#", "0PYXKY", "CNFCP00##P####", bays=10,
        disks=((ST2400, 6), (PM893, 2)), dimms=(SAMSUNG_32, MICRON_32), dimm_slots=16, cpu=GOLD_6330, psu=DELL_PSU,
        nics=(BCM57414,), bios=("1.8.2", "1.13.2"), bmc=("6.00.30.00", "7.00.60.00"), bmc_model="15G Monolithic",
        hbas=(H755,),
    ),
    Platform(
        "Supermicro", "SYS-421GE-TNRT", "sosreport", "S5270##X#####", "X13DEG-OA", "OM23#S######", bays=8,
        disks=((PM9A3, 4),), dimms=(SAMSUNG_64, HYNIX_64), dimm_slots=16, cpu=PLATINUM_8462, psu=SMC_PSU,
        nics=(CONNECTX6,), bios=("1.4", "2.1"), bmc=("01.01.32", "01.03.12"), bmc_model="ASPEED", gpus=((L40S, 4),),
    ),
    Platform(
        "HPE", "ProLiant DL380 Gen10 Plus", "tools", "CZ22######", "P19713-001", "PWEAH0ARH######", bays=12,
        disks=((ST2400, 8), (PM893, 2)), dimms=(SAMSUNG_32, HYNIX_32), dimm_slots=16, cpu=GOLD_6330, psu=HPE_PSU,
        nics=(BCM57414,), bios=("U46 v1.58 (01/13/2022)", "U46 v2.02 (12/14/2023)"),
        bmc=("iLO 5 v2.72", "iLO 5 v3.01"), bmc_model="iLO 5",
    ),
)  # fmt: skip

PROJECTS = (
    ("ACME", "Acme Cloud", "ACME-EU", "Acme Cloud Europe"),
    ("ACME", "Acme Cloud", "ACME-US", "Acme Cloud America"),
    ("NORDBANK", "Nordbank", "NORDBANK-CORE", "Core banking"),
    ("NORDBANK", "Nordbank", "NORDBANK-DR", "Second site"),
    ("UNIHPC", "University computing centre", "UNIHPC-AI", "Machine learning cluster"),
)

ROLLED_OUT = PM9A3
BAD_LOT_MODEL = EXOS_X18


@dataclass(frozen=True, slots=True)
class Wear:
    """How a drive's life ends: Weibull's shape (above 1: they wear out) and its scale in days."""

    shape: float
    scale: float


DISK_WEAR = Wear(1.1, 10_000)
BAD_LOT_WEAR = Wear(2.2, 900)
