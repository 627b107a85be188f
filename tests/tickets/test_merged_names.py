"""What a ticket names by a serial that an operator merged into another thing's."""

from typing import Any

import pytest

from registry.models import Asset, Component
from tests.timeline.histories import RECEIVED, bring, disk, document
from tickets.domain.naming import Name
from tickets.domain.vocabulary import NameKind
from tickets.selectors.names import Directory
from timeline.services import Word, merge_assets, merge_components, revoke_decision

pytestmark = pytest.mark.django_db

WORD = Word(None, RECEIVED)


def found(kind: NameKind, text: str, **narrower: str) -> int | None:
    name = Name(by=kind, name=text, **narrower)
    return Directory([name]).find(name, RECEIVED)


@pytest.mark.parametrize("narrower", [{}, {"component_type": "disk"}, {"vendor": "Samsung"}])
def test_a_merged_serial_names_the_component_that_was_kept(
    narrower: dict[str, str], django_capture_on_commit_callbacks: Any
) -> None:
    bring(document(0, "ALPHA", disk("S1"), disk("S2"), disk("S3")))
    parts = list(Component.objects.order_by("serial").values_list("id", flat=True))
    with django_capture_on_commit_callbacks(execute=True):
        merge_components(parts[1:], WORD)
        decision = merge_components(parts[:2], WORD)

    assert found(NameKind.COMPONENT_SERIAL, "S3", **narrower) == found(NameKind.COMPONENT_SERIAL, "S1") == parts[0]
    with django_capture_on_commit_callbacks(execute=True):
        revoke_decision(decision.id, WORD)
    assert found(NameKind.COMPONENT_SERIAL, "S3") == found(NameKind.COMPONENT_SERIAL, "S2") != parts[0]


def test_a_merged_serial_names_the_asset_that_was_kept(django_capture_on_commit_callbacks: Any) -> None:
    bring(document(0, "ALPHA"), document(0, "BETA"))
    kept, other = Asset.objects.order_by("serial").values_list("id", flat=True)
    with django_capture_on_commit_callbacks(execute=True):
        merge_assets([kept, other], WORD)

    assert found(NameKind.ASSET_SERIAL, "BETA") == kept
