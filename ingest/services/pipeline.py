"""What happens to a bundle after it has been received."""

from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from ingest.models import Bundle


def advance(bundle_id: int, step: str = Bundle.Step.PARSE) -> bool:
    """Takes the bundle through its steps now, from `step` on, or hands it to a worker; gives whether it was handed on.

    The steps after parsing belong to apps above this one, so the setting ``PIPELINE`` names what runs them.
    """
    run: Callable[[int, str], bool] = import_string(settings.PIPELINE)
    return run(bundle_id, step)
