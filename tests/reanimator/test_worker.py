"""A real web server, a real worker and a real broker between them."""

import json
import os
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from ingest.models import Bundle
from reanimator import pipeline
from reanimator.pipeline import STEPS
from registry.models import ApiToken, Component
from tests import processes, services
from tests.builders import make_user
from tests.ingest.deliveries import document
from tests.processes import PATIENCE, wait_until
from timeline.models import Event

REQUEST = "upload-4711-abc"


@dataclass(frozen=True, slots=True)
class Product:
    """The running product: its address, a secret, its worker's log, and what stops its broker."""

    address: str
    secret: str
    worker_log: Path
    stop_broker: Callable[[], None]

    def call(self, path: str, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
        """Status and body of an answer; with `body` it is a POST."""
        headers = {"Authorization": f"Token {self.secret}", "X-Request-ID": REQUEST}
        request = urllib.request.Request(self.address + path, body, headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)


@pytest.fixture
def product(pytestconfig: pytest.Config, database_url: str, bundle_folder: Path, tmp_path: Path) -> Iterator[Product]:
    if not services.installed("redis-server") and pytestconfig.getoption("engine") == "sqlite":
        pytest.skip("redis-server is not installed; the run on MariaDB needs it")
    _, secret = ApiToken.objects.create(make_user(), name="collector", role="collector")
    with ExitStack() as until_the_end, ExitStack() as broker:
        environment = os.environ | {
            "DATABASE_URL": database_url,
            "BUNDLE_STORAGE_URL": f"file:{bundle_folder}",
            "CELERY_BROKER_URL": broker.enter_context(services.redis_server(tmp_path)),
            "LOG_FORMAT": "json",
        }
        worker = until_the_end.enter_context(processes.worker(environment, tmp_path / "worker.log"))
        web, address = processes.web(environment, tmp_path / "web.log")
        until_the_end.enter_context(web)
        worker.wait_for(" ready.")
        yield Product(address, secret, worker.log, broker.close)


@pytest.mark.django_db(transaction=True)
def test_bundles_pass_through_the_queue_and_wait_for_the_sweep_when_the_broker_is_gone(
    product: Product,
) -> None:
    status, queued = product.call("/ingest/logbundle?filename=a.json", document("SRV-A", "DSK-1"))

    assert (status, queued["status"], queued["observations"]) == (202, "received", 0)
    wait_until(lambda: Event.objects.filter(type="INSTALLED").exists(), product.worker_log)
    _, done = product.call(f"/logbundles/{queued['id']}")
    assert (done["status"], done["observations"], done["assets"][0]["serial"]) == ("parsed", 1, "SRV-A")
    assert Component.objects.get().asset_id == done["assets"][0]["id"]
    wait_until(lambda: product.worker_log.read_text().count("task_succeeded") == len(STEPS), product.worker_log)
    told = [json.loads(line) for line in product.worker_log.read_text().splitlines() if line.startswith("{")]
    done_by = [line for line in told if line["event"] == "task_succeeded"]
    assert [(line["request_id"], line["token"]) for line in done_by] == [(REQUEST, "collector")] * len(STEPS)

    product.stop_broker()
    began = time.monotonic()
    status, waiting = product.call("/ingest/logbundle?filename=b.json", document("SRV-B", "DSK-2"))

    assert (status, waiting["status"]) == (202, "received")
    assert time.monotonic() - began < 15
    assert pipeline.process_pending(now=timezone.now())["bundles"] == 1
    assert Bundle.objects.get(id=waiting["id"]).status == "parsed"
    assert Component.objects.get(asset__serial="SRV-B").serial == "DSK-2"
