"""The strict fake of Google's endpoints.

Prints ``google-server listening on JSON``, where JSON names its ports and the file of its authority, and ends when its
standard input does, at the latest after MAX_SECONDS.

    proxy      HTTPS_PROXY of clients: CONNECT to Google's hosts, whose certificates come from the fake's own authority
    metadata   the metadata server, on plain HTTP
    local      metadata and container endpoints of AWS, subject tokens, on plain HTTP
    control    what tests set up, break and look at (control.py)
    ca         the PEM that clients are to trust
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import apis
import consent
import gdch
import granting
import iam
import identity
import local
import metadata
import sts
from authority import Authority
from control import Control
from front import Front
from http1 import read
from proxy import Proxy
from routes import Routes
from world import seeded, signing_key

# Herds of processes come at once.
BACKLOG = 1024
Connection = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def all_routes() -> Routes:
    """Every endpoint of every part."""
    routes = Routes()
    for module in (granting, sts, iam, metadata, identity, consent, local, apis, gdch):
        routes.include(module.routes)
    return routes


def plain(front: Front, part: str) -> Connection:
    """A port without TLS that plays one part."""

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ValueError):
            await front.converse(reader, writer, front.number(), part)
        writer.close()

    return connection


def controlled(control: Control) -> Connection:
    """The port for tests."""

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ValueError):
            while request := await read(reader, writer, 0):
                writer.write(control.answer(request).bytes(0))
                await writer.drain()
        writer.close()

    return connection


async def serve(folder: Path) -> None:
    authority = Authority()
    # Made before anybody waits for it.
    signing_key()
    front = Front(seeded(authority), all_routes())
    addresses: dict[str, str] = {}
    ports: dict[str, Connection] = {
        "proxy": Proxy(front, authority).connection,
        "metadata": plain(front, "metadata"),
        "local": plain(front, "local"),
        "control": controlled(Control(front, authority, addresses)),
    }
    servers = [await asyncio.start_server(port, "127.0.0.1", 0, backlog=BACKLOG) for port in ports.values()]
    for name, server in zip(ports, servers, strict=True):
        addresses[name] = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    ca = folder / "ca.pem"
    ca.write_text(authority.pem)
    addresses["ca"] = str(ca)
    print(f"google-server listening on {json.dumps(addresses, separators=(',', ':'))}", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


def until_closed(ended: threading.Event) -> None:
    """Waits for the end of the standard input."""
    sys.stdin.read()
    ended.set()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="google-server-") as name:
        loop = asyncio.new_event_loop()
        threading.Thread(target=lambda: loop.run_until_complete(serve(Path(name))), daemon=True).start()
        # The folder of the authority goes with us, whoever ends first.
        ended = threading.Event()
        threading.Thread(target=until_closed, args=(ended,), daemon=True).start()
        ended.wait(float(os.environ.get("MAX_SECONDS", "900")))
    os._exit(0)


if __name__ == "__main__":
    main()
