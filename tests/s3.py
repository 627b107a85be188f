"""A real S3 server on loopback, for one test run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import boto3
from moto.server import ThreadedMotoServer

# What the product reads too: the usual variables, so that a test talks to it as an operator would have it talk.
KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, and the environment in which it is found."""

    name: str
    endpoint: str
    prefix: str = "fleet/bundles"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which the product finds it."""
        return {**KEYS, "AWS_ENDPOINT_URL": self.endpoint, "BUNDLE_STORAGE_URL": f"s3://{self.name}/{self.prefix}"}

    @property
    def client(self) -> Any:
        """A client of the test's own."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=KEYS["AWS_DEFAULT_REGION"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def read(self, name: str) -> bytes:
        """The bytes of an object under the prefix."""
        body: bytes = self.client.get_object(Bucket=self.name, Key=f"{self.prefix}/{name}")["Body"].read()
        return body

    def write(self, name: str, content: bytes) -> None:
        """Puts an object under the prefix."""
        self.client.put_object(Bucket=self.name, Key=f"{self.prefix}/{name}", Body=content)

    def names(self) -> list[str]:
        """All objects, by their names under the prefix."""
        found = self.client.list_objects_v2(Bucket=self.name).get("Contents", ())
        return sorted(one["Key"].removeprefix(f"{self.prefix}/") for one in found)


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of a running server."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def bucket(endpoint: str) -> Iterator[Bucket]:
    """An empty bucket; it is gone afterwards, with all that is in it."""
    made = Bucket(f"bundles-{uuid4().hex[:8]}", endpoint)
    made.client.create_bucket(
        Bucket=made.name, CreateBucketConfiguration={"LocationConstraint": KEYS["AWS_DEFAULT_REGION"]}
    )
    try:
        yield made
    finally:
        urlopen(Request(f"{endpoint}/moto-api/reset", method="POST")).close()
