"""Processes that read bundles for another one. Nothing here needs loaded models: they begin with this module."""

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

import django


def readers(processes: int) -> ProcessPoolExecutor:
    """A pool of so many processes with Django set up, which end with this one, also when that is killed."""
    # Spawned, not forked: a child must not have this process's connection to the database.
    return ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), initializer=_prepare)


def _prepare() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the parent's affair
    threading.Thread(target=_end_with_parent, daemon=True).start()
    django.setup()
    _calm_collector()


@contextmanager
def calm_collector() -> Iterator[None]:
    """Spares the garbage collector its rounds over what stays: a third of the work, with thousands of parts."""
    before = gc.get_threshold()
    _calm_collector()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _calm_collector() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
