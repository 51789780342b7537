"""One request on a connection, and the ways to answer it: politely, or byte by byte."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

Headers = list[tuple[str, str]]

# What a well-behaved client may send at most; more is cut off unread.
MOST_BODY = 1 << 20


@dataclass
class Request:
    """What the client sent."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


async def read(reader: asyncio.StreamReader) -> Request | None:
    """The next request, or nothing when the client has left."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        return None
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = min(int(headers.get("content-length", "0")), MOST_BODY)
    return Request(method, target, headers, await reader.readexactly(length))


class Exchange:
    """The answer to ``request``, not yet given. ``sent`` counts what left for the client."""

    def __init__(self, request: Request, writer: asyncio.StreamWriter, address: str) -> None:
        self.request = request
        self.address = address
        self.sent = 0
        self._writer = writer

    async def raw(self, data: bytes) -> None:
        """Bytes, as they are. Waits until the client takes them."""
        self._writer.write(data)
        await self._writer.drain()
        self.sent += len(data)

    async def head(self, status: int, headers: Headers) -> None:
        """Status line and headers, without any of our own."""
        lines = [f"HTTP/1.1 {status} {_phrase(status)}", *(f"{name}: {value}" for name, value in headers)]
        await self.raw("\r\n".join([*lines, "", ""]).encode("utf-8"))

    async def answer(
        self,
        status: int = 200,
        body: Any = b"",
        content_type: str | None = "application/json",
        headers: Headers | None = None,
    ) -> None:
        """A whole, correct answer; what is neither text nor bytes becomes JSON."""
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        data = body.encode() if isinstance(body, str) else body
        own: Headers = [("Content-Type", content_type)] if content_type else []
        if status != HTTPStatus.NO_CONTENT:
            own.append(("Content-Length", str(len(data))))
        own.append(("Connection", "close"))
        await self.head(status, [*own, *(headers or [])])
        await self.raw(data)

    def reset(self) -> None:
        """Ends the connection with RST instead of FIN, as a crashed peer does."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Odd"
