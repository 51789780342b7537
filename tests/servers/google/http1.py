"""HTTP/1.1 as far as the fake needs it: kept connections, requests with a body, whole answers."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import json
import socket
import urllib.parse
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any

# What a client may send at most; the largest honest request is an assertion with a few hundred scopes.
MOST_BODY = 1 << 20
FORM = "application/x-www-form-urlencoded"


@dataclass
class Reply:
    """An answer. What is neither text nor bytes becomes JSON."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)

    def bytes(self, date: float) -> bytes:
        """The answer as it goes over the wire, said at ``date``."""
        kind = "text/html; charset=utf-8"
        body = self.body
        if not isinstance(body, (bytes, str)):
            body, kind = json.dumps(body), "application/json; charset=utf-8"
        data = body.encode() if isinstance(body, str) else body
        headers = {
            "Content-Type": kind,
            "Date": email.utils.formatdate(date, usegmt=True),
            **self.headers,
            "Content-Length": str(len(data)),
        }
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}", *(f"{name}: {headers[name]}" for name in headers)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + data


class Refusal(Exception):
    """An answer that ends the handling of a request, wherever it is."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def oauth_refusal(status: int, error: str, description: str = "", **more: str) -> Refusal:
    """As the OAuth endpoints refuse."""
    described = {"error_description": description} if description else {}
    return Refusal(Reply(status, {"error": error, **described, **more}))


def api_refusal(status: int, name: str, message: str, **headers: str) -> Refusal:
    """As Google's APIs refuse."""
    body = {"error": {"code": status, "message": message, "status": name}}
    return Refusal(Reply(status, body, {key.replace("_", "-"): value for key, value in headers.items()}))


@dataclass
class Request:
    """What a client sent, and where it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    host: str
    connection: int
    certificate: bytes | None = None
    """The client's certificate, DER, if TLS saw one."""

    @cached_property
    def path(self) -> str:
        return urllib.parse.unquote(urllib.parse.urlsplit(self.target).path)

    @cached_property
    def query(self) -> dict[str, str]:
        return _unique(urllib.parse.urlsplit(self.target).query)

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of a POSTed form; anything else in its place is refused."""
        if self.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            raise oauth_refusal(400, "invalid_request", f"the body must be {FORM}")
        return _unique(self.body.decode("utf-8", "replace"))

    @cached_property
    def json(self) -> dict[str, Any]:
        """A POSTed JSON object; anything else in its place is refused."""
        with contextlib.suppress(ValueError):
            value = json.loads(self.body)
            if isinstance(value, dict) and self.headers.get("content-type", "").startswith("application/json"):
                return value
        raise api_refusal(400, "INVALID_ARGUMENT", "Invalid JSON payload received.")

    @property
    def bearer(self) -> str:
        kind, _, value = self.headers.get("authorization", "").partition(" ")
        return value if kind.lower() == "bearer" else ""


def _unique(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in urllib.parse.parse_qsl(text, keep_blank_values=True):
        if name in fields:
            raise oauth_refusal(400, "invalid_request", f"Parameters occur more than once: {name}")
        fields[name] = value
    return fields


Answerer = Callable[[Request], Awaitable[bytes | None]]
"""Gives the bytes of an answer, or nothing: then the connection is reset."""


async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> Request | None:
    """The next request of a connection, or nothing when the client has left."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        return None
    first, *lines = head[:-4].split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("expect", "").lower() == "100-continue":
        # curl waits a second for it before it sends a longer form.
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = int(headers.get("content-length", "0"))
    if length > MOST_BODY:
        return None
    if length:
        _acknowledge(writer)
    body = await reader.readexactly(length) if length else b""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = await _chunks(reader)
    return Request(method, target, headers, body, headers.get("host", ""), connection)


def _acknowledge(writer: asyncio.StreamWriter) -> None:
    """Says at once that the head has arrived.

    Behind a proxy urllib3 leaves Nagle's algorithm on, and holds the body back until then: 40 ms that would be counted
    against every Python client.
    """
    option = getattr(socket, "TCP_QUICKACK", None)
    if option is not None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, option, 1)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while len(body) <= MOST_BODY:
        length = int((await reader.readline()).partition(b";")[0], 16)
        body += await reader.readexactly(length)
        await reader.readline()
        if not length:
            break
    return body


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Odd"
