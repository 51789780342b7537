"""32 threads that find one expired token at the same time: how often is the server asked?"""

from __future__ import annotations

import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import peers
import tokcore
from timing import emit

THREADS = 32
BODY = b'{"access_token":"new","token_type":"Bearer","expires_in":3600}'


class Token(BaseHTTPRequestHandler):
    """Counts, and takes as long as a server on another continent."""

    asked = 0
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        Token.asked += 1
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep(0.1)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *words: object) -> None:
        """Nothing."""


def herd(name: str, ask: Callable[[], object]) -> None:
    Token.asked = 0
    together = threading.Barrier(THREADS)

    def one(_: int) -> None:
        together.wait()
        ask()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, range(THREADS)))
    emit(name, "requests", "", [float(Token.asked)])


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 2 * THREADS


server = Server(("127.0.0.1", 0), Token)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"

client = tokcore.OAuthClient(client_id="bench", client_secret="bench", token_endpoint=f"{address}/token")
source = client.source(grant="client_credentials")
source.invalidate(source.adopt(tokcore.Token.of(access_token="old", expires_in=3600)))
herd("tokcore Python", source.token)


def fetch() -> str:
    with urllib.request.urlopen(f"{address}/token", data=b"", timeout=10) as answer:
        return answer.read().decode()


for name, make in {"authlib": lambda: peers.authlib(address, -10), "msal": lambda: peers.msal(fetch)}.items():
    try:
        herd(name, make())
    except ImportError:
        print(f"{name} is not installed", file=sys.stderr)
