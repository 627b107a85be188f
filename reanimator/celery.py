"""The Celery app: `celery --app reanimator.celery worker` and `… beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

from reanimator.logs import configure

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reanimator.settings")

app = Celery("reanimator")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def log_as_the_web_server_does(**_: Any) -> None:
    """Keeps Celery from setting up logging of its own, which would write our records in its format."""
    configure(settings.LOGGING)
