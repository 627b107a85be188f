"""Both kinds of bundle store behind one face, so that a test can look at what is kept, and damage it."""

from pathlib import Path
from typing import Protocol

from tests.s3 import Bucket


class Store(Protocol):
    """A bundle store as a test sees it."""

    def names(self) -> list[str]:
        """All files."""
        ...

    def read(self, name: str) -> bytes:
        """A file's bytes."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Puts a file there, past the product."""
        ...

    def remove(self, name: str) -> None:
        """Takes a file away, past the product."""
        ...


class Folder:
    """A folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        return sorted(str(one.relative_to(self.path)) for one in self.path.rglob("*") if one.is_file())

    def read(self, name: str) -> bytes:
        return (self.path / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_bytes(content)

    def remove(self, name: str) -> None:
        (self.path / name).unlink()


class ObjectStore:
    """A bucket of the S3 server that runs within this process."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self.names, self.read, self.write = bucket.names, bucket.read, bucket.write

    def remove(self, name: str) -> None:
        self.bucket.client.delete_object(Bucket=self.bucket.name, Key=f"{self.bucket.prefix}/{name}")
