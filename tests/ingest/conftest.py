"""What tests of ingest ask for by name."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def bundle_folder(settings: Any, tmp_path: Path) -> Path:
    """An empty bundle store of the test's own."""
    folder = tmp_path / "bundles"
    storage = {"BACKEND": "ingest.storage.BundleFolder", "OPTIONS": {"location": str(folder)}}
    settings.STORAGES = {**settings.STORAGES, "bundles": storage}
    return folder
