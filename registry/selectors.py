"""Reads that several parts of the registry share."""

from collections.abc import Collection

from registry.models import VendorAlias


def vendor_aliases(keys: Collection[str]) -> dict[str, str]:
    """The vendor that each of `keys` (as `vendor_key` gives them) stands for, where an operator said so."""
    wanted = {key for key in keys if key}
    return dict(VendorAlias.objects.filter(spelling__in=wanted).values_list("spelling", "vendor")) if wanted else {}
