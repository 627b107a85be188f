"""Django's settings, all from the environment; what is wrong is refused at start, by name."""

import logging
from pathlib import Path

from celery.schedules import crontab

from analytics.domain.question import KEYS
from reanimator import __version__
from reanimator.environment import (
    broker_url,
    bundle_storage,
    database,
    env,
    flag,
    longer_than,
    one_of,
    secret_key,
    some_of,
    whole_number,
    windows,
)
from reanimator.logs import logging_config
from reanimator.navigation import favicon, sidebar, stylesheet
from registry.domain import decisions, vocabulary
from tickets.domain.vocabulary import FailureState, LinkState
from timeline.domain.facts import RANKS

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = flag("DEBUG", False)
SECRET_KEY = secret_key(DEBUG)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_structlog",
    "tree_queries",
    "registry",
    "ingest",
    "timeline",
    "tickets",
    "analytics",
    "reanimator",
]

MIDDLEWARE = [
    "reanimator.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
]

ROOT_URLCONF = "reanimator.urls"
WSGI_APPLICATION = "reanimator.wsgi.application"
APPEND_SLASH = True  # for the admin; the API's own addresses have none
LOGIN_REDIRECT_URL = "/admin/"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": database(BASE_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "reanimator.formats"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(BASE_DIR / "var" / "media")},
    },
    "bundles": bundle_storage(BASE_DIR),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_USE_FINDERS = DEBUG

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "reanimator.access.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["registry.api.permissions.RolePermission"],
    "DEFAULT_RENDERER_CLASSES": ["registry.api.bodies.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["registry.api.bodies.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["registry.api.filters.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "registry.api.pages.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "reanimator.openapi.Schema",
    "EXCEPTION_HANDLER": "reanimator.problems.exception_handler",
    "PAGE_SIZE": 50,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

KNOX_TOKEN_MODEL = "registry.ApiToken"
REST_KNOX = {"TOKEN_PREFIX": "rea_", "TOKEN_TTL": None, "AUTO_REFRESH": False}

SPECTACULAR_SETTINGS = {
    "TITLE": "Reanimator",
    "DESCRIPTION": "The life story of data-centre hardware: which component sat in which server, when, and how it was.",
    "VERSION": __version__,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "ComponentTypeEnum": list(map(str, vocabulary.ComponentType)),
        "HealthEnum": list(map(str, vocabulary.Health)),
        "AssetStatusEnum": list(map(str, vocabulary.AssetStatus)),
        "ComponentStatusEnum": list(map(str, vocabulary.Status)),
        "BundleStatusEnum": "ingest.models.Bundle.Status",
        "EventTypeEnum": list(RANKS),
        "FailureStateEnum": list(map(str, FailureState)),
        "LinkStateEnum": list(map(str, LinkState)),
        "RunKindEnum": "analytics.models.Run.Kind",
        "AlertKindEnum": "analytics.models.Alert.Kind",
        "RunStatusEnum": "analytics.models.Run.Status",
        "IdentityConflictKindEnum": "timeline.models.IdentityConflict.Kind",
        "IdentityDecisionKindEnum": list(map(str, decisions.DecisionKind)),
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "reanimator.openapi.add_problems",
    ],
}

CELERY_BROKER_URL = broker_url()
CELERY_TASK_ALWAYS_EAGER = not CELERY_BROKER_URL
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker however long that is away
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # what is claimed is not done twice
# The answer to an upload waits for this when the broker is away; the sweep hands on what was not.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1, "interval_max": 0.1}
# One step of one bundle takes no longer than this: a worker that does is ended, and a claim runs out soon after.
STEP_SECONDS = whole_number("STEP_SECONDS", 900)
SWEEP_SECONDS = whole_number("SWEEP_SECONDS", 15)
RELIABILITY_COUNT_SECONDS = whole_number("RELIABILITY_COUNT_SECONDS", 180)
# Longer than the longest step, or a slow task is started a second time while it runs.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": longer_than("CELERY_VISIBILITY_TIMEOUT", 3600, "STEP_SECONDS", STEP_SECONDS),
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
}
# What nobody fetched in time is superseded by the next.
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "reanimator.sweep", "schedule": float(SWEEP_SECONDS), "options": {"expires": SWEEP_SECONDS}},
    "settle": {"task": "reanimator.settle", "schedule": 60.0, "options": {"expires": 60}},
    "remove-orphans": {
        "task": "reanimator.remove_orphans",
        "schedule": crontab(hour=3, minute=17),
        "options": {"expires": 3600},
    },
    "pull-tickets": {"task": "tickets.pull_due", "schedule": 60.0, "options": {"expires": 60}},
    "count-changes": {
        "task": "analytics.count_changes",
        "schedule": float(RELIABILITY_COUNT_SECONDS),
        "options": {"expires": RELIABILITY_COUNT_SECONDS},
    },
    "standard-runs": {
        "task": "analytics.answer_standard_questions",
        "schedule": crontab(hour=4, minute=7),
        "options": {"expires": 3600},
    },
    "review-links": {
        "task": "tickets.review_links",
        "schedule": crontab(hour=3, minute=43),
        "options": {"expires": 3600},
    },
}
# Longer than any upload takes, and than it takes to notice that the database was restored from an older backup.
ORPHAN_GRACE_HOURS = whole_number("ORPHAN_GRACE_HOURS", 7 * 24)
# What comes after a bundle was received or evidence was given elsewhere: lower apps name no upper one.
PIPELINE = "reanimator.pipeline.advance"
REPARSE = "reanimator.reparse.reparse_bundle"
SWEEP = "reanimator.pipeline.nudge"

MAX_BUNDLE_BYTES = whole_number("MAX_BUNDLE_BYTES", 2 * 1024**3)
ARCHIVE_MAX_MEMBERS = whole_number("ARCHIVE_MAX_MEMBERS", 20_000)
ARCHIVE_MAX_TOTAL_BYTES = whole_number("ARCHIVE_MAX_TOTAL_BYTES", 2 * 1024**3)
ARCHIVE_MAX_MEMBER_BYTES = whole_number("ARCHIVE_MAX_MEMBER_BYTES", 256 * 1024**2)
ARCHIVE_MAX_RATIO = whole_number("ARCHIVE_MAX_RATIO", 200)
ARCHIVE_MAX_DEPTH = whole_number("ARCHIVE_MAX_DEPTH", 3)
PLACEHOLDER_SERIALS = frozenset(serial.strip().upper() for serial in env.list("PLACEHOLDER_SERIALS", default=[]))
IDENTITY_CONFLICT_DAYS = whole_number("IDENTITY_CONFLICT_DAYS", 7)
CLOCK_ERROR_HOURS = whole_number("CLOCK_ERROR_HOURS", 24)
# Tellings of a component that lie no further apart are one failure; one told within the second after a removal because
# of a failure counts at that removal; what failed up to the third before it was taken out was taken out because of it.
FAILURE_EPISODE_HOURS = whole_number("FAILURE_EPISODE_HOURS", 24)
FAILURE_AFTER_REMOVAL_DAYS = whole_number("FAILURE_AFTER_REMOVAL_DAYS", 7)
REMOVAL_FAILURE_DAYS = whole_number("REMOVAL_FAILURE_DAYS", 30)
SILENCE_DAYS = whole_number("SILENCE_DAYS", 90)
ALERT_WINDOW_DAYS = whole_number("ALERT_WINDOW_DAYS", 365)
RELIABILITY_ROLLUP_SPELLS = whole_number("RELIABILITY_ROLLUP_SPELLS", 200_000)
RELIABILITY_COUNT_MOST = whole_number("RELIABILITY_COUNT_MOST", 2_000)
RELIABILITY_LEAST_AT_RISK = whole_number("RELIABILITY_LEAST_AT_RISK", 20)
RELIABILITY_WINDOWS = windows("RELIABILITY_WINDOWS", ["30d", "90d", "365d", "lifetime"])
RELIABILITY_GROUPS = some_of("RELIABILITY_GROUPS", KEYS, list(KEYS))
RELIABILITY_RUN_DAYS = whole_number("RELIABILITY_RUN_DAYS", 90)
CODE_VERSION = __version__

# Bundles are read as streams by their own view; forms and JSON bodies of the rest stay small.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024**2
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024**2

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = flag("SECURE_COOKIES", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if flag("BEHIND_TLS_PROXY", False) else None
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

LOG_FORMAT = one_of("LOG_FORMAT", ("console", "json"), "console" if DEBUG else "json")
LOGGING = logging_config(LOG_FORMAT, env.str("LOG_LEVEL", default="INFO"))
LOGGING_CONFIG = "reanimator.logs.configure"
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True  # RequestIdMiddleware has replaced what is not well-formed
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # its search through all headers is slow; the same middleware binds `ip`
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # one line a request is enough: that of its end

UNFOLD = {
    "SITE_TITLE": "Reanimator",
    "SITE_HEADER": "Reanimator",
    "SITE_SUBHEADER": "The life story of hardware",
    "SITE_SYMBOL": "memory",
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": None,
    "SITE_FAVICONS": [favicon()],
    "STYLES": [stylesheet()],
    "SIDEBAR": sidebar(),
    "COMMAND": {"search_callback": "reanimator.quick_search.find"},
}
