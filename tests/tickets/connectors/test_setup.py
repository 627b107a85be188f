"""What is refused when a connector is set up."""

import pytest

from tickets.connectors import problems_of_setup, read_mapping


def problems(**fields):
    usual = {"kind": "jira", "address": "https://jira.example.com/jira", "project": "OPS, HW", "condition": ""}
    return problems_of_setup(**{**usual, "secret_variable": "CONNECTOR_JIRA_TOKEN", "mapping": {}, **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"address": "http://127.0.0.1:8080", "project": "", "secret_variable": ""},
        {"condition": "issuetype in (Incident, Bug) and (labels = hw)"},
        {"kind": "redmine", "project": "operations", "condition": "tracker_id=3&cf_12=yes"},
        {"mapping": {"fields": {"asset_serial": "customfield_10101"}, "statuses": {"Done": "closed"}}},
        {"mapping": {"time_zone": "Europe/Berlin"}},
    ],
)
def test_what_can_work_is_taken(fields):
    assert problems(**fields) == {}


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("base_url", {"address": "ftp://jira.example.com"}),
        ("base_url", {"address": "file:///etc/passwd"}),
        ("base_url", {"address": "https://"}),
        ("base_url", {"address": "https://bot:token@jira.example.com"}),
        ("base_url", {"address": "https://jira.example.com/?os_authType=basic"}),
        ("base_url", {"address": "https://jira.example.com#x"}),
        ("base_url", {"address": "https://jira.example.com:99999"}),
        ("base_url", {"address": "https://[::1"}),
        ("base_url", {"address": "https://jira.example.com/\r\nX: y"}),
        ("project", {"project": 'OPS") OR project in ("X'}),
        ("project", {"kind": "redmine", "project": "a, b"}),
        ("filter", {"condition": "labels = x ORDER  BY key"}),
        ("filter", {"condition": "a = 1) OR (b = 2))"}),
        ("filter", {"kind": "redmine", "project": "", "condition": "updated_on=>=2026-01-01"}),
        ("filter", {"kind": "redmine", "project": "", "condition": "tracker"}),
        ("secret_variable", {"secret_variable": "SECRET_KEY"}),
        ("secret_variable", {"secret_variable": "DATABASE_URL"}),
        ("secret_variable", {"secret_variable": "NjM4MTAxOTYzNzE2OmO7qRk8"}),
        ("mapping", {"mapping": []}),
        ("mapping", {"mapping": {"field": {}}}),
        ("mapping", {"mapping": {"fields": {"asset": "x"}}}),
        ("mapping", {"mapping": {"fields": {"asset_serial": ["x"]}}}),
        ("mapping", {"mapping": {"fields": {"asset_serial": "a,b"}}}),
        ("mapping", {"mapping": {"statuses": {"Done": "ended"}}}),
        ("mapping", {"mapping": {"time_zone": "Europe/Atlantis"}}),
    ],
)
def test_what_cannot_work_is_refused_at_its_field(field, fields):
    assert list(problems(**fields)) == [field]


def test_a_mapping_that_says_nothing_has_sane_defaults():
    assert read_mapping({}).fields.named == {"severity": "priority"}


def test_each_way_of_reading_has_a_word_of_its_own():
    mappings = [{}, {"statuses": {"Done": "open"}}, {"fields": {"slot": "bay"}}, {"time_zone": "UTC"}]

    assert len({read_mapping(one).digest for one in mappings}) == len(mappings)
