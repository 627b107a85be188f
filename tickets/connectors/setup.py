"""What is wrong with how a connector is set up."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tickets.connectors.mapping import BadMapping, read_mapping
from tickets.connectors.trackers import Kind

# By its name, so that no connector can be told to send away another secret of this process.
SECRET_PREFIX = "CONNECTOR_"
_SECRET = re.compile(rf"{SECRET_PREFIX}[A-Z0-9_]+")
_CODES = re.compile(r"[\w.-]+(\s*,\s*[\w.-]+)*")
_ORDER = re.compile(r"\border\s+by\b", re.IGNORECASE)
_OURS = {"status_id", "updated_on", "sort", "offset", "limit", "key", "project_id"}


def problems_of_setup(
    *, kind: str, address: str, project: str, condition: str, secret_variable: str, mapping: Any
) -> dict[str, list[str]]:
    """What is wrong, by field; empty when it may be tried."""
    told = {
        "base_url": _of_address(address),
        "project": _of_project(kind, project),
        "filter": _of_jql(condition) if kind == Kind.JIRA else _of_parameters(condition),
        "secret_variable": _of_secret(secret_variable),
        "mapping": _of_mapping(mapping),
    }
    found = {name: list(problems) for name, problems in told.items()}
    return {name: problems for name, problems in found.items() if problems}


def _of_address(address: str) -> Iterator[str]:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  # raises for one that is no number
    except ValueError:
        yield "This is no web address."
        return
    if parts.scheme not in ("http", "https") or not parts.hostname or not address.isprintable() or " " in address:
        yield "A web address is expected: https://tracker.example.com."
    if parts.username is not None or parts.password is not None:
        yield "No credentials here: they stay in the environment."
    if parts.query or parts.fragment:
        yield "The address of the tracker itself is expected, without a query."


def _of_project(kind: str, project: str) -> Iterator[str]:
    if project and not _CODES.fullmatch(project):
        yield "Keys of projects are expected, separated by commas."
    elif kind == Kind.REDMINE and "," in project:
        yield "Redmine is asked for one project (with those below it), or for all."


def _of_jql(text: str) -> Iterator[str]:
    if _ORDER.search(text):
        yield "The order is fixed: leave ORDER BY out."
    if text.count("(") != text.count(")"):
        yield "Its parentheses do not match."


def _of_parameters(text: str) -> Iterator[str]:
    try:
        names = {name for name, _ in parse_qsl(text, strict_parsing=True)} if text else set()
    except ValueError:
        yield "Parameters of a query are expected: tracker_id=3&cf_12=yes."
        return
    if names & _OURS:
        yield f"These are fixed: {', '.join(sorted(names & _OURS))}."


def _of_secret(name: str) -> Iterator[str]:
    if name and not _SECRET.fullmatch(name):
        yield f"The name of a variable is expected that begins with {SECRET_PREFIX}: capitals, digits, underscores."


def _of_mapping(raw: Any) -> Iterator[str]:
    try:
        read_mapping(raw)
    except BadMapping as problem:
        yield str(problem)
