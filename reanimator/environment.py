"""Reads settings from the environment and refuses wrong ones by name."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from analytics.domain.windows import LIFETIME, start_of

env = environ.FileAwareEnv()

T = TypeVar("T")


def read(kind: Callable[..., T], name: str, default: T) -> T:
    """The variable `name` read as `kind`; an unreadable value is refused with the variable's name."""
    try:
        return kind(name, default=default)
    except (ValueError, ImproperlyConfigured) as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


def flag(name: str, default: bool) -> bool:
    """A yes-or-no variable; unlike django-environ, a word that means neither is refused."""
    word = env.str(name, default=str(default)).strip().lower()
    if word in {"1", "true", "yes", "on", "y", "t", "ok"}:
        return True
    if word in {"0", "false", "no", "off", "n", "f", ""}:
        return False
    raise ImproperlyConfigured(f"{name}: {word!r} is neither true nor false")


def whole_number(name: str, default: int, least: int = 1) -> int:
    """A whole number of at least `least`."""
    number = read(env.int, name, default)
    if number < least:
        raise ImproperlyConfigured(f"{name}: {number} is less than {least}")
    return number


def one_of(name: str, choices: tuple[str, ...], default: str) -> str:
    """One of `choices`."""
    word = env.str(name, default=default).strip()
    if word not in choices:
        raise ImproperlyConfigured(f"{name}: {word!r} is none of {', '.join(choices)}")
    return str(word)


def some_of(name: str, choices: tuple[str, ...], default: list[str]) -> tuple[str, ...]:
    """Some of `choices`, separated by commas."""
    words = tuple(env.list(name, default=default))
    if wrong := [word for word in words if word not in choices]:
        raise ImproperlyConfigured(f"{name}: {wrong[0]!r} is none of {', '.join(choices)}")
    return words


def windows(name: str, default: list[str]) -> tuple[str, ...]:
    """Windows like ``90d`` and ``lifetime``, separated by commas."""
    words = tuple(env.list(name, default=default))
    for word in words:
        try:
            start_of(word, datetime.now(UTC))
        except ValueError as error:
            raise ImproperlyConfigured(f"{name}: {word!r}: {error}, or {LIFETIME}") from error
    return words


def longer_than(name: str, default: int, other: str, seconds: int) -> int:
    """A number of seconds that must be more than those of the variable `other`; the default grows with them."""
    number = whole_number(name, max(default, 2 * seconds))
    if number <= seconds:
        raise ImproperlyConfigured(f"{name}: {number} is not more than {other}, which is {seconds}")
    return number


def secret_key(debug: bool) -> str:
    """The signing key: given, or a fixed one that only a debugging server accepts."""
    key = env.str("SECRET_KEY", default="").strip()
    if key:
        return str(key)
    if debug:
        return "for-debugging-only-" + "x" * 40
    raise ImproperlyConfigured(
        "SECRET_KEY is not set, and DEBUG is off. Set SECRET_KEY to a long random text "
        "(for example the output of `openssl rand -base64 48`), or DEBUG=true on your own machine."
    )


SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA mmap_size=134217728;"
    "PRAGMA cache_size=-20000;PRAGMA temp_store=MEMORY;"
)


def database(base: Path) -> dict[str, Any]:
    """Django's database settings from ``DATABASE_URL``: SQLite by default, MariaDB by ``mysql://``."""
    url = env.str("DATABASE_URL", default="sqlite:///var/reanimator.sqlite3").strip()
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return _sqlite(url, base)
    if scheme in {"mysql", "mariadb"}:
        return _mariadb(url.replace("mariadb://", "mysql://", 1))
    raise ImproperlyConfigured(
        f"DATABASE_URL: scheme {scheme!r} is not known; use sqlite:///path or mysql://user:password@host:3306/name"
    )


def _sqlite(url: str, base: Path) -> dict[str, Any]:
    settings: dict[str, Any] = environ.Env.db_url_config(url)
    if settings["NAME"] != ":memory:":
        path = base / settings["NAME"]
        path.parent.mkdir(parents=True, exist_ok=True)
        settings["NAME"] = str(path)
    # IMMEDIATE takes the write lock at the start: a read that turns into a write cannot fail half way.
    settings["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": SQLITE_PRAGMAS}
    return settings


def _mariadb(url: str) -> dict[str, Any]:
    settings: dict[str, Any] = environ.Env.db_url_config(url)
    if not settings.get("NAME"):
        raise ImproperlyConfigured("DATABASE_URL: the database's name is missing after the host")
    settings["OPTIONS"] = {
        "charset": "utf8mb4",
        "isolation_level": "read committed",
        "init_command": "SET sql_mode='STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
        **settings.get("OPTIONS", {}),
    }
    settings["CONN_MAX_AGE"] = whole_number("DATABASE_CONN_MAX_AGE", 60, least=0)
    settings["CONN_HEALTH_CHECKS"] = True
    settings["TEST"] = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_unicode_ci"}
    return settings


def bundle_storage(base: Path) -> dict[str, Any]:
    """Django's storage settings for bundle bytes from ``BUNDLE_STORAGE_URL``."""
    url = env.str("BUNDLE_STORAGE_URL", default="file:var/bundles").strip()
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path:
        return {"BACKEND": "ingest.storage.BundleFolder", "OPTIONS": {"location": str(base / parts.path)}}
    if parts.scheme == "s3" and parts.netloc and not (parts.query or parts.fragment):
        options = {"bucket_name": parts.netloc, "location": parts.path.strip("/")}
        return {"BACKEND": "ingest.bucket.BundleBucket", "OPTIONS": options}
    raise ImproperlyConfigured(
        f"BUNDLE_STORAGE_URL: {url!r} is not understood; use file:FOLDER or s3://BUCKET/PREFIX "
        "(endpoint, region and keys come from AWS_ENDPOINT_URL, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, …)"
    )


def broker_url() -> str:
    """The Celery broker's address, or ``""``: then tasks run in the process that starts them."""
    url = env.str("CELERY_BROKER_URL", default="").strip()
    if url and urlsplit(url).scheme not in {"redis", "rediss", "redis+socket"}:
        raise ImproperlyConfigured(f"CELERY_BROKER_URL: {url!r} is not understood; use redis://host:6379/0")
    return str(url)
