"""Serial numbers in what people write."""

import pytest

from tickets.domain.mentions import MOST, possible_serials


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Disk s5fnna0r500123 is gone.", ["S5FNNA0R500123"]),
        ("(SN:S5FNNA0R500123), please", ["SN:S5FNNA0R500123", "S5FNNA0R500123"]),
        ("serial=7XK2M93;", ["SERIAL=7XK2M93", "7XK2M93"]),
        ("PHLN-9230-01", ["PHLN-9230-01"]),
        ("nothing to see here", []),
        ("rack 12, bay 3", []),
        ("serial 0123456789 and 00000000", []),
        ("7XK2M93 again: 7xk2m93", ["7XK2M93"]),
        ("", []),
    ],
)
def test_words_with_a_digit_that_are_long_enough_may_be_serials(text, found):
    assert list(possible_serials(text)) == found


def test_a_sites_own_placeholders_are_none():
    assert possible_serials("ACME0000", frozenset({"ACME0000"})) == ()


def test_a_log_that_was_pasted_is_read_up_to_a_limit():
    text = " ".join(f"WORD{number:06}" for number in range(100_000))

    assert len(possible_serials(text)) == MOST
