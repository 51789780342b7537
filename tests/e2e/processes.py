"""Starting the programs of a test, and making sure that none of them stays."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
R_LIBRARY = TARGET / "r-library"

START_SECONDS = 30
END_SECONDS = 10


class Child:
    """A process whose whole output is kept in ``log``, to look for secrets in it."""

    def __init__(self, command: Sequence[str | Path], env: Mapping[str, str], log: Path, cwd: Path = ROOT) -> None:
        self.log = log
        self._process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout
        with self.log.open("a", encoding="utf-8") as log:
            for line in self._process.stdout:
                log.write(line)
                log.flush()

    def wait_until(self, ready: Callable[[], str | None]) -> str:
        """Asks ``ready`` until it answers."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            answer = ready()
            if answer:
                return answer
            time.sleep(0.02)
        self.stop()
        raise RuntimeError(f"{self._process.args} did not start:\n{self.log.read_text()}")

    def line_after(self, sign: str) -> str:
        """The word that follows ``sign`` in the output, once it is there."""

        def ready() -> str | None:
            text = self.log.read_text() if self.log.exists() else ""
            rest = text.partition(sign)[2]
            return rest.split()[0] if "\n" in rest else None

        return self.wait_until(ready)

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """``kill -9``: no time for farewells."""
        self._process.kill()
        self._finish()

    def stop(self) -> None:
        """Ends the process, politely if it listens."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._finish()

    def _finish(self) -> None:
        self._process.wait(END_SECONDS)
        self._reader.join(END_SECONDS)


def free_port() -> int:
    """A loopback port that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cargo_binary(name: str, package: str, variable: str) -> Path:
    """The debug binary of a package of the workspace, built when it has to be; ``variable`` names one that is there."""
    given = os.environ.get(variable)
    if given:
        return Path(given)
    subprocess.run(["cargo", "build", "-q", "-p", package], cwd=ROOT, check=True)
    return TARGET / "debug" / name
