"""What happens to a bundle after it has been received."""

from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string


def advance(bundle_id: int) -> bool:
    """Parses and derives the bundle now, or hands it to a worker; gives whether it was handed on.

    The steps after parsing belong to apps above this one, so the setting ``PIPELINE`` names what runs them.
    """
    step: Callable[[int], bool] = import_string(settings.PIPELINE)
    return step(bundle_id)
