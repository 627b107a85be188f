"""The admin's sidebar, and what else the theme's settings name."""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

Entry = tuple[str, str, str]  # title, icon, app_label.model

HARDWARE: list[Entry] = [
    ("Assets", "dns", "registry.asset"),
    ("Components", "memory", "registry.component"),
    ("Installations", "swap_horiz", "registry.installation"),
    ("Events", "timeline", "timeline.event"),
    ("Firmware", "developer_board", "timeline.firmwareperiod"),
    ("Lots", "inventory_2", "registry.lot"),
]
EVIDENCE: list[Entry] = [
    ("Bundles", "inbox", "ingest.bundle"),
    ("Snapshots", "photo_camera", "ingest.snapshot"),
    ("Observations", "visibility", "ingest.observation"),
    ("Assertions", "gavel", "timeline.assertion"),
    ("Identity conflicts", "warning", "timeline.identityconflict"),
    ("Identity decisions", "balance", "registry.identitydecision"),
]
SERVICE: list[Entry] = [
    ("Tickets", "confirmation_number", "tickets.ticket"),
    ("Links", "link", "tickets.ticketlink"),
    ("Unresolved links", "link_off", "tickets.unresolvedlink"),
    ("Failures", "heart_broken", "tickets.failure"),
    ("Removals", "logout", "timeline.removalword"),
    ("Connectors", "sync", "tickets.connector"),
]
RELIABILITY: list[Entry] = [
    ("Alerts", "crisis_alert", "analytics.alert"),
    ("Runs", "query_stats", "analytics.run"),
]
OWNERS: list[Entry] = [
    ("Customers", "business", "registry.customer"),
    ("Projects", "folder", "registry.project"),
    ("Locations", "location_on", "registry.location"),
]
ACCESS: list[Entry] = [
    ("Users", "person", "auth.user"),
    ("Groups", "group", "auth.group"),
    ("API tokens", "key", "registry.apitoken"),
]
SETTINGS: list[Entry] = [
    ("Vendor aliases", "spellcheck", "registry.vendoralias"),
]
ASKING = reverse_lazy("admin:analytics_run_rates")


def sidebar() -> dict[str, Any]:
    """The theme's setting ``SIDEBAR``: what a user may see, by what it is about."""
    return {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": [
            _group("Hardware", HARDWARE),
            _group("Evidence", EVIDENCE),
            _group("Service", SERVICE),
            _group("Reliability", RELIABILITY, _asking()),
            _group("Owners", OWNERS),
            _group("Access", ACCESS),
            _group("Settings", SETTINGS),
        ],
    }


def favicon() -> dict[str, Any]:
    """An entry of the theme's setting ``SITE_FAVICONS``: the picture in the browser's tab."""
    # A callable, since no static file has an address before the settings are loaded.
    return {"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("reanimator/favicon.svg")}


def stylesheet() -> Callable[[HttpRequest], str]:
    """An entry of the theme's setting ``STYLES``."""
    return lambda _: static("reanimator/admin.css")


def _group(title: str, entries: Iterable[Entry], *first: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "separator": True, "items": [*first, *(_item(*entry) for entry in entries)]}


def _item(title: str, icon: str, model: str) -> dict[str, Any]:
    app, name = model.split(".")
    link = reverse_lazy(f"admin:{app}_{name}_changelist")
    return {
        "title": title,
        "icon": icon,
        "link": link,
        "permission": _may_view(f"{app}.view_{name}"),
        # The page of questions lies below the list of runs, and has an entry of its own.
        "active": lambda request: request.path.startswith(str(link)) and request.path != str(ASKING),
    }


def _asking() -> dict[str, Any]:
    """The page where questions about reliability are asked, which is no list of a table."""
    return {
        "title": "Failure rates",
        "icon": "monitoring",
        "link": ASKING,
        "permission": _may_view("analytics.view_run"),
    }


def _may_view(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)
