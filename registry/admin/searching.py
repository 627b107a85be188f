"""What a name that someone types finds.

People type serial numbers as they read them off a label: in any case, with blanks around, often just the beginning.
A search tries one kind of name after another, each by its own index, and the first that finds something is the
answer. Joining the kinds by OR in one query, as Django's admin does, would read whole tables.
"""

from collections.abc import Callable

from django.db.models import Q

from registry.domain.serials import normalise
from registry.domain.vocabulary import COMPONENT_TYPES
from registry.models import Asset, Component, ComponentIdentifier

Step = Callable[[str], Q]

# More things than this with one beginning are no answer anyway.
MOST_NAMED = 200


def serial_begins(term: str) -> Q:
    """Rows whose own serial begins with `term`."""
    # `istartswith`, since MariaDB finds LIKE by index but not LIKE BINARY; the column itself compares case.
    return Q(serial__istartswith=normalise(term))


def hostname_begins(term: str) -> Q:
    """Rows whose own host name begins with `term`."""
    return Q(hostname__istartswith=term)


def tag_begins(term: str) -> Q:
    """Assets whose tag begins with `term`."""
    return Q(tag__istartswith=normalise(term))


def model_begins(term: str) -> Q:
    """Components whose model begins with `term`."""
    return Q(type__in=sorted(COMPONENT_TYPES), model__istartswith=term)  # the index has the type before the model


def has_identifier(term: str) -> Q:
    """Components with that WWN, UUID or MAC address."""
    spellings = {term, term.lower(), normalise(term)}
    rows = ComponentIdentifier.objects.filter(value__in=spellings)
    return Q(pk__in=list(rows.values_list("component_id", flat=True)[:MOST_NAMED]))


def of_component(term: str) -> Q:
    """Rows about components whose serial begins with `term`."""
    return Q(component__in=_named_components(term))


def of_asset(term: str) -> Q:
    """Rows about assets whose serial or host name begins with `term`."""
    return Q(asset__in=named_assets(term))


def named_assets(term: str) -> list[int]:
    """The assets whose serial, else whose host name begins with `term`."""
    # Ids, not a join: joined, MariaDB may walk the big table backwards by its key to save itself the sorting.
    by_serial = list(Asset.objects.filter(serial_begins(term)).values_list("id", flat=True)[:MOST_NAMED])
    return by_serial or list(Asset.objects.filter(hostname_begins(term)).values_list("id", flat=True)[:MOST_NAMED])


def _named_components(term: str) -> list[int]:
    return list(Component.objects.filter(serial_begins(term)).values_list("id", flat=True)[:MOST_NAMED])
