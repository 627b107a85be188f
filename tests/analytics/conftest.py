"""What several modules of analytics' tests ask for by name."""

import pytest
from rest_framework.test import APIClient

from registry.models import Component
from tests.analytics.fleets import Fleet, Part, build
from tests.clients import client_as


@pytest.fixture
def viewer() -> APIClient:
    """A caller of the API that may read."""
    return client_as("viewer")


@pytest.fixture
def fleet() -> list[Component]:
    """Two disks that move, change firmware and fail, and one of another lot that does neither."""
    moved = Part(model=1, lot=1, moves=((0, 0), (30, 1)), updates=((40, 1),), failures=(50, 100))
    still = Part(model=0, lot=2, moves=((5, 0),), updates=(), failures=())
    return build(Fleet(parts=(moved, moved, still), heard=(300, 200, 0)))
