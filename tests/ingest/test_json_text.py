"""JSON from strangers is read strictly and refused with its place."""

import pytest

from ingest.domain.report import MemberError
from ingest.parsers.json_text import MAX_DEPTH, load_json


def test_a_document_is_read_with_its_byte_order_mark_dropped() -> None:
    assert load_json(b'\xef\xbb\xbf{"serial": "0042"}') == {"serial": "0042"}


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"", "line 1 column 1"),
        (b'{"a": 1,\n "b": oops}', "line 2 column 7 (byte 15)"),
        ('{"ключ": oops}'.encode(), "line 1 column 10 (byte 13)"),
        (b'{"a":\n "\xff"}', "invalid UTF-8 at line 2 column 3 (byte 8)"),
        (b'{"a": NaN}', "line 1 column 7"),
        (b'{"a": 1} {"b": 2}', "line 1 column 10"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(content: bytes, place: str) -> None:
    with pytest.raises(MemberError) as refusal:
        load_json(content)

    assert place in str(refusal.value)


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1000, 10_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_refused(opening: bytes, closing: bytes, depth: int) -> None:
    inside = b"1" if opening != b"[" else b""

    with pytest.raises(MemberError):
        load_json(opening * depth + inside + closing * depth)


def test_nesting_up_to_the_limit_is_read() -> None:
    assert load_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


def test_a_wide_document_is_not_taken_for_a_deep_one() -> None:
    assert len(load_json(b"[" + b"[],".join([b""] * 1001) + b"1]")) == 1001
