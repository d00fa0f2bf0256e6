"""A real Redis server on loopback, for as long as a test runs; `MISSING` says why there can be none."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from importlib.util import find_spec

MISSING = " and ".join(
    name
    for name, there in (
        ("a redis-server binary", shutil.which("redis-server")),
        ("the redis library", find_spec("redis")),
    )
    if not there
)


@contextmanager
def serve(folder):
    """Yield the address of a server that writes nothing to disk."""
    from redis import Redis
    from redis.exceptions import RedisError

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = subprocess.Popen([*command, "--dir", str(folder)], stdout=subprocess.DEVNULL)
    try:
        client = Redis(port=port)
        for _ in range(200):
            try:
                client.ping()
                break
            except RedisError:
                time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)
