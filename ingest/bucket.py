"""Bundle bytes in an S3-compatible object storage."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime
from typing import IO, Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage

from ingest.storage import PIECE, Kept

_SPOOL = 8 * PIECE
_PARALLEL_PARTS = 2  # each takes the memory of a part, for every upload that runs


class BundleBucket(S3Storage):
    """A bucket, or what lies under a prefix in it. Endpoint, region and keys come from the usual AWS variables.

    An object appears whole or not at all, and the same name always means the same bytes: to write one that is there
    already does no harm, and mends it should it be damaged.
    """

    def get_default_settings(self) -> dict[str, Any]:
        """django-storages' own settings, with limits for what waits and for what is held in memory."""
        return {
            **super().get_default_settings(),
            "client_config": Config(
                connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 3}
            ),
            "transfer_config": _transfer_config(),
        }

    def arrival(self) -> AbstractContextManager[IO[bytes]]:
        """A nameless local file: the digest, and with it the object's name, is known at the end alone."""
        return tempfile.TemporaryFile()

    def keep(self, file: IO[bytes], name: str) -> None:
        """Sends the bytes, in several parts when they are many."""
        file.flush()
        self._save(name, File(file))

    def holds(self, name: str, size: int) -> bool:
        """Whether so many bytes are kept under `name`."""
        try:
            return bool(self._head(name)["ContentLength"] == size)
        except FileNotFoundError:
            return False

    def stream(self, name: str) -> IO[bytes]:
        """The object's body as it comes from the network."""
        with _missing_by_name(name):
            body: IO[bytes] = self._client.get_object(**self._object(name))["Body"]
        return body

    def seekable(self, name: str) -> IO[bytes]:
        """A copy: in memory when it is small, else in a nameless local file."""
        copy = tempfile.SpooledTemporaryFile(_SPOOL)  # noqa: SIM115  # the caller closes it
        try:
            with closing(self.stream(name)) as body:
                shutil.copyfileobj(body, copy, PIECE)
            copy.seek(0)
        except BaseException:
            copy.close()
            raise
        return copy

    def kept(self, folder: str = "") -> Iterator[Kept]:
        """All objects under the prefix, or in that folder under it."""
        start = f"{self._prefix}{folder}/" if folder else self._prefix
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket_name, Prefix=start):
            for found in page.get("Contents", ()):
                yield Kept(found["Key"].removeprefix(self._prefix), found["LastModified"])

    def remove(self, name: str, before: datetime) -> bool:
        """Removes the object, unless it was written at `before` or later; tells whether it did."""
        try:
            if self._head(name)["LastModified"] >= before:
                return False
        except FileNotFoundError:
            return False
        self.delete(name)
        return True

    def tidy(self, before: datetime, *, dry_run: bool) -> int:
        """Gives up uploads in parts that were begun before `before` and never finished."""
        found = 0
        pages = self._client.get_paginator("list_multipart_uploads")
        for page in pages.paginate(Bucket=self.bucket_name, Prefix=self._prefix):
            for upload in page.get("Uploads", ()):
                if upload["Initiated"] >= before:
                    continue
                found += 1
                if not dry_run:
                    self._client.abort_multipart_upload(
                        Bucket=self.bucket_name, Key=upload["Key"], UploadId=upload["UploadId"]
                    )
        return found

    @property
    def _client(self) -> Any:
        return self.connection.meta.client

    @property
    def _prefix(self) -> str:
        return f"{self.location.strip('/')}/" if self.location.strip("/") else ""

    def _object(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket_name, "Key": self._prefix + name}

    def _head(self, name: str) -> Any:
        with _missing_by_name(name):
            return self._client.head_object(**self._object(name))


def _transfer_config() -> TransferConfig:
    config = TransferConfig(multipart_threshold=_SPOOL, multipart_chunksize=_SPOOL, max_concurrency=_PARALLEL_PARTS)
    # Beside those on their way as many wait in memory; boto3 has no argument for it, and would hold ten.
    config.max_in_memory_upload_chunks = _PARALLEL_PARTS
    return config


@contextmanager
def _missing_by_name(name: str) -> Iterator[None]:
    """Turns the storage's 404 into `FileNotFoundError`."""
    try:
        yield
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            raise FileNotFoundError(name) from error
        raise
