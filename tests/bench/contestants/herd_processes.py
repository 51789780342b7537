"""One expired token in the store, found by many at once: herd_processes.py TOKCORE [r]

The processes are loaded before they are let go, but for the shell's, which are new ones. Says how often the server was
asked, and when the last one had its token.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import tokcore
from timing import emit

SHELL, HAS_R = sys.argv[1], "r" in sys.argv[2:]
DELAY_S = 0.05
HANGS_S = 5.0
# The askers of the end-to-end tests: they answer a line with a line.
ASKERS = Path(__file__).resolve().parents[2] / "e2e" / "programs"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    delay_s = DELAY_S

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Endpoint)
        self.asked: list[float] = []
        self._lock = threading.Lock()

    def answer(self) -> bytes:
        """A new token and a new refresh token with each request."""
        with self._lock:
            self.asked.append(time.monotonic())
            number = len(self.asked)
        time.sleep(self.delay_s)
        fields = {"access_token": f"a{number}", "refresh_token": f"r{number}", "token_type": "Bearer", "expires_in": 3600}
        return json.dumps(fields).encode()

    def handle_error(self, *_: object) -> None:
        """Whoever was killed does not read its answer."""


class Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = self.server.answer()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Nothing."""


def expire() -> None:
    """Has the store hold a token that is over."""
    source.adopt(tokcore.Token.of(access_token="old", refresh_token=f"r{len(server.asked)}", expires_in=1))
    time.sleep(1.2)
    server.asked.clear()


def tell(contestant: str, begun: float, failures: int = 0) -> None:
    emit(contestant, "wall", "ms", [(time.monotonic() - begun) * 1e3])
    emit(contestant, "requests", "", [float(len(server.asked))])
    emit(contestant, "failures", "", [float(failures)])


def bare() -> None:
    """The same request without anything around it, on a connection that is there."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    connection.connect()
    begun = time.monotonic()
    connection.request("POST", "/token", b"grant_type=refresh_token")
    connection.getresponse().read()
    emit("one bare request", "wall", "ms", [(time.monotonic() - begun) * 1e3])
    connection.close()


def threads(contestant: str, count: int) -> None:
    expire()
    source.forget()
    together = threading.Barrier(count + 1)

    def one(_: int) -> None:
        together.wait()
        source.token()

    with ThreadPoolExecutor(count) as pool:
        done = [pool.submit(one, number) for number in range(count)]
        together.wait()
        begun = time.monotonic()
        for each in done:
            each.result()
        tell(contestant, begun)


class Asker:
    """A loaded program that asks when it is told to; the shell is started then."""

    def __init__(self, command: list[str], stays: bool = True) -> None:
        self._command, self._stays = command, stays
        self._process = self._start() if stays else None
        if self._process and self._process.stdout:
            assert self._process.stdout.readline() == "ready\n", command

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(self._command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self) -> None:
        self._process = self._process or self._start()
        if self._stays and self._process.stdin:
            self._process.stdin.write("ask\n")
            self._process.stdin.flush()

    def has_token(self) -> bool:
        assert self._process and self._process.stdout
        line = self._process.stdout.readline()
        return line.startswith("token\t") if self._stays else line.startswith("a")

    def kill(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def end(self) -> None:
        if self._process:
            self._process.communicate(timeout=30)


def processes(contestant: str, make: list[Callable[[], Asker]]) -> None:
    expire()
    herd = [each() for each in make]
    begun = time.monotonic()
    for asker in herd:
        asker.ask()
    answers = [asker.has_token() for asker in herd]
    tell(contestant, begun, answers.count(False))
    for asker in herd:
        asker.end()


def killed_holder() -> None:
    """How long after the death of the one whose turn it is the next one asks the server."""
    expire()
    server.delay_s = HANGS_S
    holder, waiting = python(), python()
    holder.ask()
    while not server.asked:
        time.sleep(0.001)
    waiting.ask()
    # Long enough for its steps to have become as long as they get.
    time.sleep(1.5)
    server.delay_s = DELAY_S
    died = time.monotonic()
    holder.kill()
    if not waiting.has_token():
        raise SystemExit("the next one got no token")
    emit("killed holder", "next request after", "ms", [(server.asked[1] - died) * 1e3])
    waiting.end()


def python() -> Asker:
    return Asker([sys.executable, str(ASKERS / "asker.py"), str(client)])


def r() -> Asker:
    return Asker(["Rscript", "--vanilla", str(ASKERS / "asker.R"), str(client)])


def shell() -> Asker:
    return Asker([SHELL, "token", "--client", str(client)], stays=False)


server = Server()
threading.Thread(target=server.serve_forever, daemon=True).start()
with tempfile.TemporaryDirectory() as folder:
    os.environ |= {"HOME": folder, "TOKCORE_STORE": f"{folder}/store"}
    env = dict(os.environ)
    client = Path(folder, "client.toml")
    client.write_text(f'client_id = "bench"\ntoken_endpoint = "http://127.0.0.1:{server.server_port}/token"\nscopes = "read"\n')
    source = tokcore.OAuthClient.from_file(str(client)).source()
    bare()
    threads("32 threads", 32)
    processes("16 processes", [python] * 16)
    processes("Python, R and shell", [*[python] * 6, *([r] * 4 if HAS_R else []), *[shell] * 6])
    killed_holder()
