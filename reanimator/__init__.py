"""Wires the apps together: settings, addresses, the Celery app, access, logs, problems."""

__version__ = "0.3.0"
