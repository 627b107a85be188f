"""Queries whose SQL is made once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.compiled import CompiledQuery
from registry.models import Asset
from tests.builders import NOON, make_asset

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen_at() -> CompiledQuery:
    """Serial and time of the assets of one host name."""
    return CompiledQuery(
        lambda name: Asset.objects.filter(hostname=name, status="active").values_list("serial", "last_seen_at"),
        placeholder="a host name",
    )


def test_each_value_has_its_own_rows(seen_at: CompiledQuery):
    make_asset(serial="A1", hostname="db-1", last_seen_at=NOON)
    make_asset(serial="A2", hostname="db-2", last_seen_at=NOON + timedelta(microseconds=1))

    assert seen_at.rows("db-1") == [("A1", NOON)]
    assert seen_at.rows("db-2") == [("A2", NOON + timedelta(microseconds=1))]
    assert seen_at.rows("db-3") == []


def test_a_value_is_a_parameter_and_never_text_of_the_query(seen_at: CompiledQuery):
    make_asset(hostname="db-1")

    assert seen_at.rows("' OR 1=1 --") == []


def test_each_call_is_one_query(seen_at: CompiledQuery):
    with CaptureQueriesContext(connection) as captured:
        seen_at.rows("db-1")
        seen_at.rows("db-2")

    assert len(captured) == 2
