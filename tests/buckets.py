"""A bucket on an S3 server of this machine."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def bucket(address: str, name: str) -> Iterator[dict[str, str]]:
    """The variables by which programs reach a bucket, set in this process within the block."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address=address, port=0, verbose=False)
    server.start()
    environment = {
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{address}:{server.get_host_and_port()[1]}",
    }
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in environment.items():
            patch.setenv(variable, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket=name)
        client.close()
        yield environment
    server.stop()
