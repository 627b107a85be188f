"""``python -m demo``: from nothing to a running product, filled with a fleet's story and this very machine."""

import os
import secrets
import sys
from pathlib import Path

import django

VAR = Path(__file__).resolve().parent.parent / "var"


def kept_secret(path: Path) -> str:
    """The signing key in `path`, made at the first call, so that logins outlive a restart of the demo."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text().strip()


def prepare_environment() -> None:
    """Settings for one machine: no broker even where one is set, and logs that leave the terminal to the demo."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reanimator.settings")
    os.environ.pop("CELERY_BROKER_URL", None)
    os.environ["DEBUG"] = "true"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    if not os.environ.get("SECRET_KEY"):
        os.environ["SECRET_KEY"] = kept_secret(VAR / "demo" / "secret-key")


if __name__ == "__main__":
    prepare_environment()
    django.setup()
    from demo.product import main  # models can be imported only now

    sys.exit(main(sys.argv[1:]))
