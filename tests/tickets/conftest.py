"""What several modules of tickets' tests ask for by name."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from tests.builders import make_staff


@pytest.fixture
def engineer(client: Client) -> Client:
    """A client of someone with the role of an engineer."""
    person = make_staff(username="erin")
    person.groups.add(Group.objects.get(name="engineer"))
    client.force_login(person)
    return client
