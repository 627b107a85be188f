"""How gunicorn serves Reanimator. `WEB_CONCURRENCY` (gunicorn's own variable) sets the number of processes."""

import gc
import os

bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
# A worker is alive as long as its main thread is: a slow upload in another thread does not count against it.
timeout = 60
graceful_timeout = 30
keepalive = 5
# Slow leaks in C libraries end with the process; the jitter keeps workers from restarting together.
max_requests = 10_000
max_requests_jitter = 1_000
# Requests are logged by the application, with their id, user and token.
accesslog = None


def post_worker_init(_worker: object) -> None:
    """Keeps the garbage collector from going through all of Django again and again; what requests make is young."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
