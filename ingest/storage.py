"""Where bundle bytes live."""

import os
from pathlib import Path
from typing import BinaryIO, cast

from django.core.files.storage import FileSystemStorage, Storage, storages


class BundleFolder(FileSystemStorage):
    """A local folder whose files are written once, completely, or not at all."""

    def keep(self, name: str, source: Path) -> None:
        """Moves the finished file `source`, which lies on the same file system, to `name` and makes it durable."""
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)
        _sync_folder(target.parent)

    def workshop(self) -> Path:
        """A folder on the same file system for files that are still being written."""
        folder = Path(self.base_location) / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def bundle_storage() -> Storage:
    """The configured storage for bundle bytes."""
    return storages["bundles"]


def storage_name(sha256: str) -> str:
    """The name under which the bytes with that digest are kept, spread over 65,536 folders."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def open_bytes(sha256: str) -> BinaryIO:
    """The bytes of the bundle with that digest, as they came."""
    return cast(BinaryIO, bundle_storage().open(storage_name(sha256)))
