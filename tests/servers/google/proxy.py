"""The forward proxy: it ends TLS in the name of Google's hosts, and lets nobody reach any other."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time

from authority import Authority
from front import Front
from http1 import read
from routes import part_of

NOBODY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
ESTABLISHED = b"HTTP/1.1 200 Connection Established\r\n\r\n"


class Proxy:
    """Takes ``CONNECT host:443``. Anything else is recorded and refused."""

    def __init__(self, front: Front, authority: Authority) -> None:
        self._front = front
        self._authority = authority

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client, from its first line to its end."""
        number = self._front.number()
        with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.IncompleteReadError, ValueError):
            request = await read(reader, writer, number)
            if request:
                host, _, port = request.target.rpartition(":")
                if request.method == "CONNECT" and port == "443" and self._is_ours(host):
                    await self._tunnel(reader, writer, number, host)
                else:
                    self._record(request.method, request.target, number)
                    writer.write(NOBODY)
                    await writer.drain()
        writer.close()

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int, host: str) -> None:
        writer.write(ESTABLISHED)
        await writer.start_tls(self._authority.context(host))
        await self._front.converse(reader, writer, number, host)

    def _is_ours(self, host: str) -> bool:
        return bool(part_of(host, tuple(self._front.world.settings.universes)))

    def _record(self, method: str, target: str, number: int) -> None:
        entry = {"at": time.time(), "connection": number, "method": method, "host": "proxy", "path": target}
        self._front.world.requests.append({**entry, "status": 502})
