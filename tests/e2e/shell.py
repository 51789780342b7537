"""The binary as a script and as a person at a terminal use it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import subprocess
import termios
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import clean_env
from signin import Browser
from wire import get

PATIENCE = 30


@dataclass(frozen=True)
class Done:
    """A run that has ended. At a terminal, ``stderr`` is what stood on the screen."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)

    @property
    def error(self) -> Any:
        return json.loads(self.stderr)["error"]


class Shell:
    """Runs the binary with nothing of this environment but ``PATH``, in a folder of its own.

    Nothing is kept from one run to the next, unless a test gives ``TOKCORE_STORE``.
    """

    def __init__(self, binary: Path, folder: Path) -> None:
        self.binary, self.folder = binary, folder
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), **clean_env.settings()}

    def with_a_store(self) -> Shell:
        """From now on what a person gave is kept below this folder, as it is in anybody's home."""
        self.env.pop("TOKCORE_STORE", None)
        return self

    def client(self, issuer: str, client_id: str = "public", **settings: str) -> Path:
        """A client file; the secret is what the servers of the tests give their clients."""
        file = self.folder / f"{client_id}.toml"
        settings = {"client_id": client_id, "issuer": issuer, "discovery": "auto", **settings}
        file.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items()))
        return file

    def secret(self, text: str, name: str = "secret.txt") -> Path:
        """A file with a secret."""
        file = self.folder / name
        file.write_text(f"{text}\n")
        return file

    def run(self, *words: str | Path, stdin: str = "", **env: str) -> Done:
        """A run without a terminal."""
        return self.command([str(word) for word in (self.binary, *words)], {**self.env, **env}, stdin)

    def command(self, command: list[str], env: dict[str, str], stdin: str = "") -> Done:
        """The same for any program."""
        done = subprocess.run(
            command, input=stdin, env=env, cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def terminal(self, *words: str | Path, **env: str) -> contextlib.AbstractContextManager[Terminal]:
        """A run at a terminal: standard input and errors are there, the output is a pipe, as in ``x=$(tokcore …)``."""
        talk = [str(word) for word in (self.binary, *words)]
        return self.at_terminal(talk, {**self.env, **env}, output_too=False)

    @contextlib.contextmanager
    def at_terminal(self, command: list[str], env: dict[str, str], *, output_too: bool = True) -> Iterator[Terminal]:
        """Any program at a terminal."""
        talk = Terminal(command, env, self.folder, output_too)
        try:
            yield talk
        finally:
            talk.end()


class Terminal:
    """What a person does at a terminal where a program runs."""

    def __init__(self, command: list[str], env: dict[str, str], folder: Path, output_too: bool) -> None:
        self._screen = ""
        self._master, slave = pty.openpty()

        def own_terminal() -> None:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        stdout = slave if output_too else subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=slave, stderr=slave, stdout=stdout, env=env, cwd=folder, preexec_fn=own_terminal
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        # The terminal is gone when the last program on it is.
        with contextlib.suppress(OSError):
            while read := os.read(self._master, 4096):
                self._screen += read.decode(errors="replace").replace("\r\n", "\n")

    @property
    def screen(self) -> str:
        return self._screen

    def wait_for(self, pattern: str) -> str:
        """The first match of ``pattern`` on the screen, once it is there: its group, if it has one."""
        deadline = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self._screen)):
            assert self.process.poll() is None and time.monotonic() < deadline, f"no {pattern} on:\n{self._screen}"
            time.sleep(0.01)
        return found.group(found.lastindex or 0)

    def sign_in_page(self) -> str:
        """The address to open, as soon as the screen shows it whole."""
        return self.wait_for(r"(https?://\S+[?&]\S+)\n")

    def type(self, line: str) -> None:
        os.write(self._master, f"{line}\n".encode())

    def interrupt(self) -> float:
        """Ctrl-C; returns how many seconds the program still took."""
        begun = time.monotonic()
        os.write(self._master, b"\x03")
        self.process.wait(PATIENCE)
        return time.monotonic() - begun

    def done(self) -> Done:
        """Waits for the end."""
        stdout, _ = self.process.communicate(timeout=PATIENCE)
        self._reader.join(PATIENCE)
        return Done(self.process.returncode, (stdout or b"").decode(), self._screen)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(PATIENCE)
        if self.process.stdout:
            self.process.stdout.close()
        self._reader.join(PATIENCE)
        os.close(self._master)


def secrets(server: str) -> list[str]:
    """Every secret that the server has seen so far."""
    return [secret for secret in json.loads(Browser().open(f"{server}/__secrets").text) if len(secret) > 8]


def opens_the_api(server: str, token: str) -> bool:
    """Whether the server's own API takes the token."""
    return get(f"{server}/api", token).status == 200
