"""``nvidia-smi -q -x``: the GPUs of a server and their condition."""

import re
from typing import Final
from xml.etree.ElementTree import Element

from ingest.domain.report import Member, MemberError, Report
from ingest.parsers.nvidia_gpu import Answers, gpu_report
from ingest.parsers.xml_text import load_xml

_OURS: Final = re.compile(rb"<nvidia_smi_log[\s>]")


class NvidiaSmiXmlParser:
    """The GPUs and what failed in them, of no asset that the file could name.

    Covers GPUs when there is an element for each one that the driver counted (``attached_gpus``). The time has no zone.
    """

    name = "nvidia-smi-xml"
    version = 2

    def wants(self, name: str, head: bytes) -> bool:
        """Whether `head` has the top element of nvidia-smi's XML."""
        return _OURS.search(head) is not None

    def parse(self, member: Member) -> list[Report]:
        """One report of all GPUs in the file."""
        top = load_xml(member.content)
        if top.tag != "nvidia_smi_log":
            raise MemberError(f"the top element is {top.tag[:50]}, not nvidia_smi_log")
        report = gpu_report(
            [_answers(element) for element in top.findall("gpu")],
            driver=top.findtext("driver_version") or "",
            attached=top.findtext("attached_gpus") or "",
            printed_at=top.findtext("timestamp") or "",
        )
        return [report]


def _answers(element: Element) -> Answers:
    def answer(path: str) -> str:
        return element.get("id", "") if path == "@id" else element.findtext(path) or ""

    return answer
