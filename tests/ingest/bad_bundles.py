"""Bundles that no collector should send, and what the API answers to them."""

import hashlib
import io
import tarfile
from typing import Any

from rest_framework.test import APIClient

from tests.ingest.deliveries import document, smartctl

MIB = 1 << 20
# Does not compress, so that archives of it can be cut in the middle.
NOISE = b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(8_000))
LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE nvidia_smi_log [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>
<nvidia_smi_log><driver_version>&c;</driver_version><gpu id="00000000:5E:00.0"></gpu></nvidia_smi_log>"""
FILE_OF_OURS = b"""<?xml version="1.0"?>
<!DOCTYPE nvidia_smi_log [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<nvidia_smi_log><gpu id="00000000:5E:00.0"><product_name>&secret;</product_name></gpu></nvidia_smi_log>"""


def post(client: APIClient, body: bytes, query: str = "", **headers: str) -> Any:
    """The answer to an upload."""
    more: Any = {"headers": headers}
    return client.post(f"/ingest/logbundle{query}", body, content_type="application/octet-stream", **more)


def reasons(client: APIClient, bundle: int) -> dict[str, list[str]]:
    """The errors of the members that have any, as the API tells them."""
    rows = client.get(f"/logbundles/{bundle}/files", {"page_size": 200}).json()["results"]
    return {row["name"]: row["errors"] for row in rows if row["errors"]}


def deep(levels: int) -> bytes:
    """A document with measurements nested that deep."""
    nest = b"[" * levels + b"]" * levels
    return (
        b'{"format": "reanimator/v1", "components": [{"type": "disk", "serial": "D1", "measurements": {"x": %s}}]}'
        % (nest)
    )


# By what is wrong with it: a file's name and content, what becomes of the bundle, and a word of the reason.
BAD_FILES: dict[str, tuple[str, bytes, str, str]] = {
    "not JSON": ("a.json", b'{"format": "reanimator/v1", "components": [}', "failed", "not JSON: "),
    "half a document": ("a.json", document("SRV-X", "D1")[:-40], "failed", "not JSON: unexpected end of data"),
    "half a report": ("sda.json", smartctl("D1")[:-10], "failed", "not JSON: unexpected end of data"),
    "bytes that are no text": ("a.json", document("SRV-X", "D1").replace(b"Samsung", b"\xff\xfe"), "failed", "UTF-8"),
    "a document of no known version": (
        "a.json",
        b'{"format": "reanimator/v9", "components": []}',
        "failed",
        "format: expected 'reanimator/v1', got 'reanimator/v9'",
    ),
    "JSON 10,000 deep": ("a.json", deep(10_000), "failed", "depth"),
    "JSON 10,000 deep, never closed": (
        "a.json",
        b'{"format": "reanimator/v1", "x": ' + b"[" * 10_000,
        "failed",
        "not JSON",
    ),
    "JSON 10,000 deep that smartctl might have printed": (
        "sda.json",
        b'{"smartctl": {"version": [7, 3]}, "x": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001,
        "failed",
        "depth",
    ),
    "XML whose entities multiply": ("gpu.xml", LAUGHS, "failed", "entit"),
    "XML that asks for a file of ours": ("gpu.xml", FILE_OF_OURS, "failed", "entit"),
    "XML cut off": ("gpu.xml", b"<?xml version='1.0'?><nvidia_smi_log><gpu id='0'>", "failed", "XML"),
    "a format that no parser knows": ("core", b"\x7fELF" + NOISE[:5_000], "unrecognised", ""),
    "a text that no parser knows": ("notes.txt", b"Rack 7, visited on Monday\n", "unrecognised", ""),
    "one byte": ("x", b"\0", "unrecognised", ""),
}


def with_path_tricks() -> bytes:
    """An archive of names that lead elsewhere, links and devices, and of one good document."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:

        def add(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", content: bytes = b"") -> None:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname, entry.size = kind, link, len(content)
            tar.addfile(entry, io.BytesIO(content))

        add("../../etc/cron.d/x.json", content=document("SRV-E", "DSK-EVIL"))
        add("/etc/x.json", content=document("SRV-E", "DSK-EVIL"))
        add("a/../../x.json", content=document("SRV-E", "DSK-EVIL"))
        add("C:\\windows\\x.json", content=document("SRV-E", "DSK-EVIL"))
        add("link.json", tarfile.SYMTYPE, "/etc/passwd")
        add("hard.json", tarfile.LNKTYPE, "link.json")
        add("sda", tarfile.BLKTYPE)
        add("pipe", tarfile.FIFOTYPE)
        add("good.json", content=document("SRV-A", "DSK-1"))
    return buffer.getvalue()
