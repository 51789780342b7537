"""The network of a case of the tables: whoever is asked, the case's own answers come, and what was asked is written down.

Something has to bring the connections of the program under test here (`elsewhere.c` does): one port is for HTTP, to servers
and to proxies, the other one for TLS. An authority of the test's own gives the certificates.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from authority import Authority
from http1 import FORM, Reply, Request, read

ESTABLISHED = b"HTTP/1.1 200 Connection Established\r\n\r\n"
SILENCE = object()
"""An answer that never comes."""


@dataclass(frozen=True)
class Asked:
    """A request, and how it came."""

    request: Request
    url: str
    by_proxy: bool
    at: float = field(default_factory=time.time)

    @property
    def host(self) -> str:
        return urllib.parse.urlsplit(self.url).netloc

    @property
    def path(self) -> str:
        return urllib.parse.urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        return self.request.query

    @property
    def text(self) -> str:
        return self.request.body.decode("utf-8", "replace")

    @property
    def form(self) -> dict[str, str]:
        is_form = self.request.headers.get("content-type", "").startswith(FORM)
        return self.request.form if is_form else {}

    @property
    def json(self) -> Any:
        with contextlib.suppress(ValueError):
            return json.loads(self.request.body)
        return None


Play = Callable[[Asked], Any]
"""Gives the `Reply` to a request, `SILENCE`, or nothing: then the connection is reset. One call at a time."""


class Network:
    """Plays one case after the other, in a thread of its own."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._play: Play = lambda asked: None
        self._asked: list[Asked] = []
        self._servers: list[asyncio.Server] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.plain, self.tls = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def plays(self, play: Play) -> None:
        """From now on these are the answers; what was asked before is forgotten."""
        with self._lock:
            self._play, self._asked = play, []

    def asked(self) -> list[Asked]:
        """What was asked since then."""
        with self._lock:
            return list(self._asked)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        """Nobody is waited for who has not left."""
        for server in self._servers:
            server.close()
        conversations = asyncio.all_tasks() - {asyncio.current_task()}
        for conversation in conversations:
            conversation.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)

    async def _listen(self) -> list[int]:
        # Asks clients for a certificate: that is settled before they have said whom they want.
        context = self._authority.context("unnamed.mtls.test")

        def named(session: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            if name:
                session.context = self._authority.context(name)

        context.sni_callback = named
        self._servers = [
            await asyncio.start_server(self._plain, "127.0.0.1", 0),
            await asyncio.start_server(self._direct, "127.0.0.1", 0, ssl=context),
        ]
        return [server.sockets[0].getsockname()[1] for server in self._servers]

    async def _plain(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A server, or a proxy: the first line says which."""
        with _until_it_ends():
            request = await read(reader, writer, 0)
            if request and request.method == "CONNECT":
                host = request.target.removesuffix(":443")
                writer.write(ESTABLISHED)
                await writer.start_tls(self._authority.context(host))
                await self._converse(reader, writer, f"https://{host}", by_proxy=True)
            elif request:
                await self._converse(reader, writer, "", first=request)
        writer.close()

    async def _direct(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with _until_it_ends():
            await self._converse(reader, writer, "https://")
        writer.close()

    async def _converse(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        base: str,
        *,
        by_proxy: bool = False,
        first: Request | None = None,
    ) -> None:
        """Answers the requests of a connection, one after the other."""
        while request := first or await read(reader, writer, 0):
            first = None
            session = writer.get_extra_info("ssl_object")
            request.certificate = session.getpeercert(binary_form=True) if session else None
            asked = _asked(request, base, by_proxy=by_proxy)
            with self._lock:
                self._asked.append(asked)
                reply = self._play(asked)
            if reply is SILENCE:
                await reader.read()
                return
            if reply is None:
                writer.transport.abort()
                return
            writer.write(reply.bytes(time.time()))
            await writer.drain()


@contextlib.contextmanager
def _until_it_ends() -> Any:
    """A client may leave whenever it wants to."""
    with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.IncompleteReadError, ValueError):
        yield


def _asked(request: Request, base: str, *, by_proxy: bool) -> Asked:
    if request.target.startswith("http://"):
        return Asked(request, request.target, by_proxy=True)
    host = base if len(base) > len("https://") else f"{base or 'http://'}{request.host}"
    return Asked(request, host + request.target, by_proxy)

