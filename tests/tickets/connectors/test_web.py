"""A tracker's server that fails, is busy, sends elsewhere, or repeats what it should not."""

import socket
import time

import pytest

from tests.builders import NOON
from tests.tickets.connectors.asking import IMPATIENT, asking, pages_of
from tests.tickets.connectors.servers import SECRET, FakeJira, answer, keys, served
from tickets.connectors import Account, Patience, TrackerFault


@pytest.mark.parametrize("mishap", [answer(500), answer(503), answer(429, None, Retry_After="7"), answer(502, {})])
def test_what_may_pass_is_asked_again(jira, mishap):
    jira.put("OPS-1", NOON)
    jira.mishaps = [None, mishap, mishap]

    assert keys(pages_of(jira)) == ["OPS-1"]
    assert len(jira.lists) == 3


def test_a_server_that_asks_for_a_pause_gets_it(jira):
    jira.mishaps = [answer(429, None, Retry_After="1")]
    began = time.monotonic()

    pages_of(jira, patience=Patience(retries=1, backoff=0.001, longest=5))

    assert time.monotonic() - began >= 1


def test_a_pause_is_no_longer_than_we_want(jira):
    jira.mishaps = [
        answer(429, None, Retry_After="86400"),
        answer(429, None, Retry_After="Tue, 01 Jan 2099 00:00:00 GMT"),
    ]

    pages_of(jira)

    assert len(jira.asked) == 4


def test_a_server_that_stays_busy_is_given_up_with_the_pause_it_wants(jira):
    jira.mishaps = [answer(429, None, Retry_After="120")] * 100

    with pytest.raises(TrackerFault, match="fewer requests") as caught:
        pages_of(jira)

    assert (caught.value.status, caught.value.retry_after) == (429, 120)
    assert len(jira.asked) == 1 + IMPATIENT.retries


def test_a_server_that_stays_broken_is_given_up(jira):
    jira.mishaps = [answer(500)] * 100

    with pytest.raises(TrackerFault, match="Status 500"):
        pages_of(jira)

    assert len(jira.asked) == 1 + IMPATIENT.retries


def test_what_does_not_pass_is_asked_once(jira):
    jira.mishaps = [None, answer(400, {"errorMessages": ["Field 'foo' does not exist."]})]

    with pytest.raises(TrackerFault, match="Status 400: Field 'foo' does not exist"):
        pages_of(jira)

    assert len(jira.lists) == 1


def test_wrong_credentials_are_told_so(jira):
    with pytest.raises(TrackerFault, match="refuses these credentials"):
        pages_of(jira, account=Account(secret="something else"))


def test_a_redirect_is_not_followed_and_carries_nothing(jira):
    with served(FakeJira()) as other:
        jira.mishaps = [answer(302, None, Location=f"{other.address}/login?next={SECRET}")]

        with pytest.raises(TrackerFault, match=r"redirected to http://127\.0\.0\.1/login, which is not followed"):
            pages_of(jira)

        assert other.asked == []


@pytest.mark.parametrize("account", [Account(secret=SECRET), Account("bot@example.com", SECRET)], ids=["token", "name"])
def test_a_secret_that_the_server_sends_back_is_in_no_message(jira, account):
    def repeat(asked):
        return answer(400, {"errorMessages": [f"Bad: {asked.headers['Authorization']} and {SECRET}"]})

    jira.everywhere = repeat

    with pytest.raises(TrackerFault) as caught:
        pages_of(jira, account=account)

    assert "Bad:" in str(caught.value)
    assert not any(text in str(caught.value) for text in (SECRET, account.basic()))


@pytest.mark.parametrize("secret", ["two\nlines", "naïve…", "tab\there"])
def test_a_secret_that_no_header_may_hold_is_not_printed(jira, secret):
    with pytest.raises(TrackerFault) as caught:
        asking(jira, account=Account(secret=secret))

    assert secret not in str(caught.value)
    assert secret not in repr(Account(secret=secret))


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"", b"[" * 5000, b'{"a": NaN}'])
def test_what_is_no_json_is_told_so(jira, body):
    jira.everywhere = lambda _: (200, {}, body)

    with pytest.raises(TrackerFault, match="no JSON"):
        pages_of(jira)


def test_a_server_that_is_not_there_is_told_so():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        jira = FakeJira(address=f"http://127.0.0.1:{taken.getsockname()[1]}")

        with pytest.raises(TrackerFault, match=r"No answer: .*refused"):
            pages_of(jira)


def test_a_server_that_is_slow_is_not_waited_for_without_end(jira):
    jira.everywhere = lambda _: time.sleep(0.3)

    with pytest.raises(TrackerFault, match=r"No answer: .*timed out"):
        pages_of(jira, patience=Patience(retries=0, read_seconds=0.05))
