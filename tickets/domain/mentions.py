"""Serial numbers in what people write."""

import re
from collections.abc import Collection

from registry.domain.serials import is_placeholder, normalise

SHORTEST = 6
LONGEST = 128
MOST = 400  # names in one text: more is a log that was pasted, and its beginning is enough

_RUNS = re.compile(r"[A-Z0-9]+(?:[-._/:=#][A-Z0-9]+)*")
_JOINTS = re.compile(r"[._/:=#]")
_DIGIT = re.compile(r"[0-9]")


def possible_serials(text: str, placeholders: Collection[str] = frozenset()) -> tuple[str, ...]:
    """The words of `text` that may be serial numbers, normalised, each once, in the order in which they come.

    They have a digit and are no placeholder. Of ``SN:S5FNNA0R500123`` both the whole and the parts are tried.
    """
    found: dict[str, None] = {}
    for run in _RUNS.findall(normalise(text)):
        for word in _words(run) if _DIGIT.search(run) else ():
            if _may_be_a_serial(word) and word not in found and not is_placeholder(word, placeholders):
                found[word] = None
                if len(found) == MOST:
                    return tuple(found)
    return tuple(found)


def _words(run: str) -> tuple[str, ...]:
    return (run,) if run.isalnum() else (run, *_JOINTS.split(run), *run.split("-"))


def _may_be_a_serial(word: str) -> bool:
    return SHORTEST <= len(word) <= LONGEST and _DIGIT.search(word) is not None
