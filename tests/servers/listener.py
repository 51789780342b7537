"""A loopback redirect listener for tests of the person, not of the client: takes one answer and keeps it."""

from __future__ import annotations

import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType


class Listener:
    """Listens at ``address`` while it is open; ``fields`` waits for the answer, by query or by form."""

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}
        self._arrived = threading.Event()
        self._server = HTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_port}/cb"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def fields(self) -> dict[str, str]:
        if not self._arrived.wait(20):
            raise TimeoutError("nobody came back to the listener")
        return self._fields

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._take(urllib.parse.urlsplit(self.path).query)

            def do_POST(self) -> None:
                self._take(self.rfile.read(int(self.headers["Content-Length"])).decode())

            def _take(self, text: str) -> None:
                fields = dict(urllib.parse.parse_qsl(text))
                if fields:
                    listener._fields = fields
                    listener._arrived.set()
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<title>signed in</title><p>You may close this window.")

            def log_message(self, *args: object) -> None:
                pass

        return Handler
