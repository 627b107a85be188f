"""The parsers in the order in which they are asked: our own by name, then those of other packages."""

from functools import cache
from importlib.metadata import entry_points

from ingest.parsers.dmidecode import DmidecodeParser
from ingest.parsers.document import DocumentParser
from ingest.parsers.drive_stats import DriveStatsParser
from ingest.parsers.interface import Parser, TreeParser
from ingest.parsers.ipmi_fru import IpmiFruParser
from ingest.parsers.ipmi_sel import IpmiSelParser
from ingest.parsers.kernel_log import KernelLogParser
from ingest.parsers.lsblk import LsblkParser
from ingest.parsers.lshw_json import LshwJsonParser
from ingest.parsers.lshw_xml import LshwXmlParser
from ingest.parsers.lspci import LspciParser
from ingest.parsers.mdadm import MdadmParser
from ingest.parsers.nvidia_smi_text import NvidiaSmiTextParser
from ingest.parsers.nvidia_smi_xml import NvidiaSmiXmlParser
from ingest.parsers.nvme_cli import NvmeCliParser
from ingest.parsers.redfish import RedfishParser
from ingest.parsers.rocm_smi import RocmSmiParser
from ingest.parsers.smartctl_json import SmartctlJsonParser
from ingest.parsers.smartctl_text import SmartctlTextParser
from ingest.parsers.sosreport import SosreportParser
from ingest.parsers.storcli import StorcliParser

GROUP = "reanimator.parsers"


class ParserProblem(Exception):
    """A parser of another package that cannot be used; the message names it."""


@cache
def all_parsers() -> tuple[Parser | TreeParser, ...]:
    """Every parser, first wanted first; raises `ParserProblem` when an entry point gives no parser."""
    own: tuple[Parser | TreeParser, ...] = (
        DocumentParser(),
        DriveStatsParser(),
        RedfishParser(),
        SmartctlJsonParser(),
        SmartctlTextParser(),
        NvmeCliParser(),
        StorcliParser(),
        LsblkParser(),
        LshwJsonParser(),
        LshwXmlParser(),
        NvidiaSmiXmlParser(),
        NvidiaSmiTextParser(),
        RocmSmiParser(),
        DmidecodeParser(),
        SosreportParser(),
        MdadmParser(),
        KernelLogParser(),
        IpmiFruParser(),
        IpmiSelParser(),
        LspciParser(),
    )
    return (*own, *_others())


def _others() -> tuple[Parser | TreeParser, ...]:
    found = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        parser = entry.load()()
        if not isinstance(parser, Parser | TreeParser):
            raise ParserProblem(f"entry point {entry.name!r} ({entry.value}) of group {GROUP} gives no parser")
        found.append(parser)
    return tuple(found)
