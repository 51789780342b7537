"""A token endpoint that takes its time and takes each refresh token once; what it was asked is counted.

``POST /__new-grant`` gives a refresh token; ``/__arrived`` answers when a request for a token has come since ``/__expect``.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

__all__ = ["Provider", "provider"]


class Provider:
    """What the server knows. Refresh tokens are `refresh-canary-N`; the number that is good is the newest of its grant."""

    def __init__(self, delay_s: float) -> None:
        self.delay_s = delay_s
        self.address = ""
        self.refreshes = self.reuses = self.revocations = self.machine = 0
        self.arrived = threading.Event()
        self._numbers = count(1)
        self._good: set[str] = set()
        self._lock = threading.Lock()

    def new_grant(self) -> str:
        """A refresh token that is good."""
        with self._lock:
            token = f"refresh-canary-{next(self._numbers)}"
            self._good.add(token)
            return token

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        if path == "/__new-grant":
            return 200, {"text": self.new_grant()}
        if path == "/__expect":
            self.arrived.clear()
            return 200, {"text": ""}
        if path == "/__arrived":
            return 200, {"text": str(self.arrived.wait(10))}
        with self._lock:
            if path == "/revoke":
                self.revocations += 1
                self._good.discard(form["token"])
                return 200, {}
            if form["grant_type"] == "refresh_token":
                if form["refresh_token"] not in self._good:
                    self.reuses += 1
                    return 400, {"error": "invalid_grant"}
                self._good.discard(form["refresh_token"])
                self.refreshes += 1
            else:
                self.machine += 1
        self.arrived.set()
        time.sleep(self.delay_s)
        answer: dict[str, object] = {"access_token": f"access-canary-{time.monotonic_ns()}", "token_type": "Bearer"}
        if form["grant_type"] == "refresh_token":
            answer["refresh_token"] = self.new_grant()
        return 200, {**answer, "expires_in": 3600}


@contextmanager
def provider(delay_s: float = 0) -> Iterator[Provider]:
    """Serves on loopback for as long as the block lasts."""
    state = Provider(delay_s)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, answer = state.answer(self.path, dict(urllib.parse.parse_qsl(body)))
            sent = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            pass

    # Sixteen processes come at once.
    server = type("Server", (ThreadingHTTPServer,), {"request_queue_size": 64})(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
