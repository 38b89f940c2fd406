"""A real PostgreSQL and an S3 server (moto) on loopback, for tests of the lake."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BUCKET = "tidegauge"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}


@dataclass(frozen=True)
class Postgres:
    """A cluster of one test process; anyone of this machine may connect."""

    port: int

    def database(self, name: str) -> str:
        """Make an empty database; return what a client needs to connect to it."""
        import psycopg2

        connection = psycopg2.connect(self._address("postgres"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"drop database if exists {name} with (force)")
            cursor.execute(f"create database {name}")
        connection.close()
        return self._address(name)

    def _address(self, name: str) -> str:
        return f"dbname={name} host=127.0.0.1 port={self.port} user=postgres"


def binary(name: str) -> str:
    """Find a program of PostgreSQL, which Debian keeps off the path."""
    found = shutil.which(name) or max(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), default=None)
    assert found, "PostgreSQL is needed to test the lake: apt-get install postgresql"
    return found


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a cluster in a folder of its own. PostgreSQL refuses to be run by root: then its own user runs it."""
    folder, port = Path(tempfile.mkdtemp(prefix="pg-")), free_port()
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data = str(folder / "data")
    how = {"user": user, "cwd": folder, "check": True, "stdout": subprocess.DEVNULL}
    subprocess.run([binary("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"], **how)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    control = [binary("pg_ctl"), "-D", data, "-l", str(folder / "log"), "-w"]
    subprocess.run([*control, "-o", options, "start"], **how)
    try:
        yield Postgres(port)
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **how)
        shutil.rmtree(folder)


@contextmanager
def object_store() -> Iterator[str]:
    """Run an S3 server with an empty bucket; yield its address."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=free_port(), verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    boto3.client(
        "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    ).create_bucket(Bucket=BUCKET)
    try:
        yield address
    finally:
        server.stop()
