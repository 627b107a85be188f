"""Who made a drive, told by its model: most tools print no vendor, and a model bears its maker's name or habits."""

import re
from functools import lru_cache
from typing import Final

# Words that stand in models themselves, most of them first. Spelled as the vendor aliases spell them.
_BRANDS: Final = {
    "CRUCIAL": "Crucial",
    "FUJITSU": "Fujitsu",
    "HGST": "HGST",
    "HITACHI": "Hitachi",
    "HYNIX": "SK hynix",
    "IBM": "IBM",
    "INTEL": "Intel",
    "KINGSTON": "Kingston",
    "KIOXIA": "KIOXIA",
    "LITEON": "Lite-On",
    "MAXTOR": "Maxtor",
    "MICRON": "Micron",
    "QUANTUM": "Quantum",
    "SAMSUNG": "Samsung",
    "SANDISK": "SanDisk",
    "SEAGATE": "Seagate",
    "SOLIDIGM": "Solidigm",
    "TOSHIBA": "Toshiba",
    "WD": "Western Digital",
    "WDC": "Western Digital",
}

# How makers number their models, where no brand stands before the number. What HPE, Dell and others number anew tells
# no maker, and is left out.
_NUMBERS: Final = {
    "Seagate": r"ST\d{3}|X[AFS]\d{3,4}[A-Z]{2}\d|ZA\d+CM",
    "Western Digital": r"WD\d{2}|W[DU][AHS]7\d|WDS\d",
    "HGST": r"H(?:CC|DP|DS|DT|TE|TS|UA|UC|UH|US)[A-Z]{0,3}\d{2}",
    "Toshiba": r"DT0\d[A-Z]{3}|M[CDGNQ]0\d[A-Z]{3}|MG1\d[A-Z]{3}|MK\d{4}G|HDW[A-Z]\d|AL1\dS|PX0\d|THN[A-Z]{2}",
    "KIOXIA": r"K(?:BG|CD|CM|LC|PM|RM|XD|XG)\d",
    "Samsung": r"MZ[0-9A-Z]{5}|H[DEMN]\d{3}[A-Z]{2}",
    "Micron": r"MTF[CD]D",
    "Crucial": r"CT\d+[A-Z]+\d+\w*SSD",
    "Solidigm": r"SB[0-9A-Z]P[FH]\d",
    "Intel": r"SSD(?:PD|PE|PF|SA|SC)[0-9A-Z]|MEMPE",
    "SK hynix": r"HF[BS]\d|SHG[PS]\d|HFM\d",
    "SanDisk": r"SD(?:FA|LF|SS|LL)[0-9A-Z]|SD[5-9][A-Z]",
    "Kingston": r"S(?:A4|KC|UV|EDC)\d{2}",
}
_NUMBERED: Final = [(maker, re.compile(numbers)) for maker, numbers in _NUMBERS.items()]
_WORDS: Final = re.compile(r"[A-Z0-9]+")


@lru_cache(maxsize=4096)  # a fleet's drives are of few models
def drive_maker(model: str) -> str:
    """The maker of the drive with that model, as vendors are spelled; ``""`` where the model does not tell."""
    text = model.strip().upper()
    words = _WORDS.findall(text)
    brand = next((_BRANDS[word] for word in words if word in _BRANDS), "")
    return brand or next((maker for maker, numbers in _NUMBERED if numbers.match(text)), "")
