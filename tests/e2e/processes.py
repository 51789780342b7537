"""Starting the programs of a test, and making sure that none of them stays."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """A child process that says on standard output where it listens, and ends when its standard input closes.

    Everything it writes is kept in ``log``, to look for secrets in it.
    """

    def __init__(self, command: Sequence[str | Path], cwd: Path, env: Mapping[str, str], log: Path, sign: str) -> None:
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
        self._ready = threading.Event()
        self._sign = sign
        self.address = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(30) or not self.address:
            self.stop()
            raise RuntimeError(f"{command[0]} did not start:\n{self.log.read_text()}")

    def _read(self) -> None:
        assert self._process.stdout
        with self.log.open("a", encoding="utf-8") as log:
            for line in self._process.stdout:
                log.write(line)
                log.flush()
                if self._sign in line and not self.address:
                    self.address = line.split(self._sign, 1)[1].split()[0]
                    self._ready.set()
        self._ready.set()

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """``kill -9``: no time for farewells."""
        self._process.kill()
        self._process.wait(10)
        self._reader.join(10)

    def stop(self) -> None:
        """Ends the process, politely if it listens."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._reader.join(10)


def cargo_binary(name: str, package: str) -> Path:
    """The debug binary of a package of the workspace, built when it has to be. ``TOKCORE_BIN_DIR`` overrides the place."""
    folder = os.environ.get("TOKCORE_BIN_DIR")
    if folder:
        return Path(folder) / name
    subprocess.run(["cargo", "build", "-q", "-p", package], cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / name
