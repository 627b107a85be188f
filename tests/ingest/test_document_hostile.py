"""No input breaks the parser of the canonical document."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.domain.report import MemberError
from tests.ingest.documents import FULL, parsed
from tests.ingest.json_places import Place, places, put


@pytest.mark.parametrize(
    "content",
    [
        b'{"format": "reanimator/v1", "components": [], "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"[" * 10_000,
    ],
    ids=["in an unknown field", "objects", "cut off"],
)
def test_json_nested_ten_thousand_deep_is_refused(content: bytes) -> None:
    with pytest.raises(MemberError, match="JSON"):
        parsed(content)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["", "disk", "ok", "fatal", "reanimator/v1", "2026-03-01T10:00:00Z", "2025-04-07", "x" * 201]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.just("type"), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(places(FULL)), JSON)
def test_any_value_in_any_place_gives_a_storable_report_or_a_refusal(place: Place, value: object) -> None:
    try:
        reports = parsed(json.dumps(put(FULL, place, value)))
    except MemberError:
        return

    for sighting in reports[0].sightings:
        assert len(sighting.serial) <= 128
        assert json.dumps(dict(sighting.measurements))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 400))
def test_no_bytes_raise_anything_but_a_refusal(junk: bytes, place: int) -> None:
    content = json.dumps(FULL).encode()

    try:
        reports = parsed(content[:place] + junk + content[place:])
    except MemberError:
        return

    assert reports
