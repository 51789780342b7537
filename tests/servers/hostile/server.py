"""The hostile server of the tests: each path answers wrongly in its own way. Standard library only.

Prints ``hostile-server listening on ADDRESS`` and ends when its standard input does, at the latest after MAX_SECONDS.

    /NAME                            a behaviour of bodies.py or network.py
    /sequence/KEY/NAME,NAME,…        the first request with KEY gets the first one, the last one stays
    /vector/ID                       the answer of a case of tests/vectors/oauth
    /discovery/NAME/.well-known/…    a discovery document with the fault NAME; also /jwks-many, /jwks-huge
    /__names                         all names, by kind
    /__requests                      what arrived since the last DELETE: method, path, bytes sent in answer
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import sys
import threading
from collections import Counter
from typing import Any

import bodies
import discovery
import network
from bodies import Answer
from exchange import Exchange, read
from vectors import Vectors

REASONABLE_HEAD = 1 << 20


class Server:
    """What happened so far, and what comes next."""

    def __init__(self) -> None:
        self.address = ""
        self._vectors = Vectors()
        self._turns: Counter[str] = Counter()
        self._log: list[dict[str, Any]] = []

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read(reader)
        with contextlib.suppress(ConnectionError):
            if request:
                await self._serve(Exchange(request, writer, self.address), reader)
            writer.close()
            await writer.wait_closed()

    async def _serve(self, exchange: Exchange, reader: asyncio.StreamReader) -> None:
        request = exchange.request
        path = request.path.partition("?")[0]
        if path.startswith("/__"):
            return await exchange.answer(*self._inner(request.method, path))
        entry = {"method": request.method, "path": path, "sent": 0}
        self._log.append(entry)
        try:
            await self._until_the_client_leaves(self._behave(exchange, path), reader)
        finally:
            entry["sent"] = exchange.sent

    @staticmethod
    async def _until_the_client_leaves(answering: Any, reader: asyncio.StreamReader) -> None:
        """A client that gives up ends even what would go on for ever."""
        work, gone = asyncio.ensure_future(answering), asyncio.ensure_future(reader.read())
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        for task in (work, gone):
            task.cancel()
        for outcome in await asyncio.gather(work, gone, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, ConnectionError):
                raise outcome

    async def _behave(self, exchange: Exchange, path: str) -> None:
        name = path.removeprefix("/")
        if name.startswith("sequence/"):
            _, key, names = name.split("/", 2)
            turns = names.split(",")
            name = turns[min(self._turns[key], len(turns) - 1)]
            self._turns[key] += 1
        if name in network.BEHAVIOURS:
            return await network.BEHAVIOURS[name](exchange)
        answer = self._answer(exchange, path, name)
        await exchange.answer(answer.status, answer.body, answer.content_type, answer.headers)

    def _answer(self, exchange: Exchange, path: str, name: str) -> Answer:
        found: Any = bodies.BEHAVIOURS.get(name)
        if place := discovery.place(path):
            found = discovery.answer(self.address, *place)
        elif path.startswith("/vector/"):
            found = self._vectors.answer(path.removeprefix("/vector/"))
        found = found or discovery.keys(path)
        if found is None:
            return Answer({"error": "no such behaviour"}, 404)
        return found(exchange) if inspect.isfunction(found) else found

    def _inner(self, method: str, path: str) -> tuple[int, Any]:
        match method, path:
            case "GET", "/__names":
                kinds = {"bodies": bodies.BEHAVIOURS, "network": network.BEHAVIOURS, "discovery": discovery.FAULTS}
                return 200, {kind: list(names) for kind, names in kinds.items()}
            case "GET", "/__requests":
                return 200, self._log
            case "DELETE", "/__requests":
                self._log.clear()
                return 200, []
        return 404, {"error": "not found"}


async def main() -> None:
    server = Server()
    port = int(os.environ.get("PORT", "0"))
    listener = await asyncio.start_server(server.connection, "127.0.0.1", port, limit=REASONABLE_HEAD)
    server.address = "http://127.0.0.1:%d" % listener.sockets[0].getsockname()[1]
    print(f"hostile-server listening on {server.address}", flush=True)
    loop, over = asyncio.get_running_loop(), asyncio.Event()

    def watch() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(over.set)

    threading.Thread(target=watch, daemon=True).start()
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(over.wait(), float(os.environ.get("MAX_SECONDS", "900")))


if __name__ == "__main__":
    asyncio.run(main())
