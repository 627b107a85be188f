"""Lots by their codes."""

from collections.abc import Collection

from registry.models import Lot
from registry.models.bulk import pieces


def name_lots(codes: Collection[str]) -> dict[str, int]:
    """The ids of the lots with those codes, made where there is none."""
    known = _known(codes)
    if missing := set(codes) - known.keys():
        Lot.objects.bulk_create([Lot(code=code) for code in sorted(missing)], ignore_conflicts=True)
        known |= _known(missing)
    return known


def _known(codes: Collection[str]) -> dict[str, int]:
    return {
        code: key
        for some in pieces(codes)
        for code, key in Lot.objects.filter(code__in=some).order_by().values_list("code", "id")
    }
