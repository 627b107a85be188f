"""Spellings of vendors, edited by operators: what they touch is derived anew."""

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from registry.domain.identity import vendor_key
from registry.models import Asset, Component, VendorAlias


def save_alias(alias: VendorAlias) -> None:
    """Stores a new or changed alias, and marks the components and assets of all vendors that it concerns."""
    with transaction.atomic():
        alias.spelling = vendor_key(alias.spelling)
        before = VendorAlias.objects.filter(pk=alias.pk).values_list("spelling", "vendor").first() or ()
        alias.save()
        _mark({alias.spelling, alias.vendor, *before})


def delete_alias(alias: VendorAlias) -> None:
    """Takes an alias away, and marks the components and assets of all vendors that it concerned."""
    with transaction.atomic():
        concerned = {alias.spelling, alias.vendor}
        alias.delete()
        _mark(concerned)


def _mark(names: set[str]) -> None:
    keys = {vendor_key(name) for name in names} - {""}
    for things in (Component.objects, Asset.objects):
        known = things.order_by().values_list("vendor", flat=True).distinct()
        spelled = [vendor for vendor in known if vendor_key(vendor) in keys]
        things.filter(vendor__in=spelled).update(stale=True)
    # What derives them belongs to an app above this one.
    transaction.on_commit(import_string(settings.SWEEP))
