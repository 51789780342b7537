"""What every request goes through, on whichever port it arrived: record, fault, endpoint, record."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import time
import traceback
from typing import Any

import metadata
from http1 import FORM, Refusal, Reply, Request, read
from records import Fault
from routes import Routes, part_of
from world import World


class Front:
    """Answers for the world of the moment, which a reset replaces."""

    def __init__(self, world: World, routes: Routes) -> None:
        self.world = world
        self._routes = routes
        self._connections = 0

    def number(self) -> int:
        """Of a new connection."""
        self._connections += 1
        return self._connections

    async def converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int, host: str
    ) -> None:
        """Answers the requests of a connection, one after the other, until the client leaves."""
        session = writer.get_extra_info("ssl_object")
        certificate = session.getpeercert(binary_form=True) if session else None
        while request := await read(reader, writer, connection):
            request.host, request.certificate = host, certificate
            said = await self.answer(request)
            if said is None:
                writer.transport.abort()
                return
            writer.write(said)
            await writer.drain()
            if request.headers.get("connection", "").lower() == "close":
                return

    async def answer(self, request: Request) -> bytes | None:
        """The answer's bytes, or nothing: then the connection is to be reset."""
        world = self.world
        entry = _entry(request)
        world.requests.append(entry)
        fault = world.fault_at(request.method, request.host, request.path)
        if fault and fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault and fault.reset:
            entry["status"] = "reset"
            return None
        reply = _faulty(fault) if fault and fault.status else self._reply(world, request)
        entry["status"] = reply.status
        entry["seconds"] = round(time.time() - entry["at"], 6)
        return reply.bytes(world.now())

    def _reply(self, world: World, request: Request) -> Reply:
        part = request.host
        if part not in ("metadata", "local"):
            part = part_of(request.host, tuple(world.settings.universes))
        try:
            reply = self._routes.answer(world, part, request)
        except Refusal as refusal:
            reply = refusal.reply
        except Exception:
            # A fault of the fake's own is not to look like one of the network.
            reply = Reply(500, {"error": "the fake is broken", "trace": traceback.format_exc()})
        return metadata.finish(world, reply) if part == "metadata" else reply


def _faulty(fault: Fault) -> Reply:
    return Reply(fault.status, fault.body, dict(fault.headers))


def _entry(request: Request) -> dict[str, Any]:
    """What the tests get to see of a request. Nothing is left out: it is a fake."""
    entry: dict[str, Any] = {
        "at": time.time(),
        "connection": request.connection,
        "method": request.method,
        "host": request.host,
        "path": request.path,
        "query": {},
        "headers": request.headers,
    }
    with contextlib.suppress(Refusal):
        entry["query"] = request.query
        kind = request.headers.get("content-type", "")
        if kind.startswith(FORM):
            entry["form"] = request.form
        elif kind.startswith("application/json"):
            with contextlib.suppress(ValueError):
                entry["json"] = json.loads(request.body)
        elif request.body:
            entry["body"] = base64.b64encode(request.body).decode()
    return entry
