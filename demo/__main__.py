"""``python -m demo``: from nothing to a running product, filled with a fleet's story and this very machine."""

import os
import secrets
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import django

VAR = Path(__file__).resolve().parent.parent / "var"


def kept(path: Path, made: str) -> str:
    """The text in `path`, which only its owner can read; at the first call, what was `made` for it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(made)
    return path.read_text().strip()


def prepare_environment() -> None:
    """Settings for one machine: no broker even where one is set, and logs that leave the terminal to the demo."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reanimator.settings")
    os.environ.pop("CELERY_BROKER_URL", None)
    os.environ["DEBUG"] = "true"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    # A year's figures want larger lots than a fleet of this size has.
    os.environ.setdefault("ALERT_WINDOW_DAYS", "90")
    if not os.environ.get("SECRET_KEY"):
        # Kept, so that logins outlive a restart of the demo.
        os.environ["SECRET_KEY"] = kept(VAR / "demo" / "secret-key", secrets.token_urlsafe(48))


def last_day() -> date:
    """The day before the demo's first run. Later runs make the same bundles, and find them there already."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    return date.fromisoformat(kept(VAR / "demo" / "last-day", yesterday.isoformat()))


if __name__ == "__main__":
    prepare_environment()
    django.setup()
    from demo.product import main  # models can be imported only now

    sys.exit(main(sys.argv[1:], last_day()))
