"""Parts as single tools saw them, and the components that are made of them."""

from typing import Any

from ingest.domain.assemble import parser_rank
from ingest.domain.merge import Merged, merge_parts
from ingest.domain.parts import Part
from ingest.domain.report import Sighting

WWN = "5000c500a1b2c3d4"
NGUID = "36354630526001230025384100000001"


def part(parser: str, kind: str = "disk", **fields: Any) -> Part:
    """What that parser saw of one part."""
    return Part(parser, parser_rank(parser), Sighting(kind, **fields))


def merged(*parts: Part) -> tuple[Merged, ...]:
    """The components that they are."""
    return merge_parts(parts)[0]
