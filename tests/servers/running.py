"""How to start the servers of the tests: from Python, and around a command of any language.

    running.py oidc second hostile google -- COMMAND…

runs the command in the environment of the tests, with the addresses in ``TOKCORE_TEST_OIDC``, ``TOKCORE_TEST_SECOND``,
``TOKCORE_TEST_HOSTILE`` and (several, as JSON) ``TOKCORE_TEST_GOOGLE``, ends the servers after it, and exits as it did.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import clean_env

FOLDER = Path(__file__).parent
START_SECONDS = 30
END_SECONDS = 10


@dataclass(frozen=True)
class Program:
    """A server: prints ``NAME-server listening on ADDRESS`` and ends when its standard input does."""

    name: str
    command: Sequence[str]
    folder: Path

    @property
    def sign(self) -> str:
        """What comes before the address."""
        return f"{self.name}-server listening on "

    def install(self) -> None:
        """Fetches the packages of the lock file, if there is one, unless they are there."""
        installed, lock = self.folder / "node_modules" / ".package-lock.json", self.folder / "package-lock.json"
        if lock.exists() and (not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime):
            subprocess.run(["npm", "ci", "--omit=dev", "--silent"], cwd=self.folder, check=True)


OIDC = Program("oidc", ["node", "server.mjs"], FOLDER / "oidc")
SECOND = Program("second", [sys.executable, "server.py"], FOLDER / "second")
HOSTILE = Program("hostile", [sys.executable, "server.py"], FOLDER / "hostile")
GOOGLE = Program("google", [sys.executable, "server.py"], FOLDER / "google")
PROGRAMS = {program.name: program for program in (OIDC, SECOND, HOSTILE, GOOGLE)}


class Running:
    """A started server. What it says besides its address is not kept."""

    def __init__(self, program: Program, **env: str) -> None:
        program.install()
        self._process = subprocess.Popen(
            program.command,
            cwd=program.folder,
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout
        too_late = threading.Timer(START_SECONDS, self._process.kill)
        too_late.start()
        line = next((line for line in self._process.stdout if program.sign in line), "")
        too_late.cancel()
        if not line:
            raise RuntimeError(
                f"the {program.name} server ended with {self._process.wait(END_SECONDS)} before it listened"
            )
        self.address = line.split()[-1]

    def stop(self) -> int:
        """Ends the server by closing its standard input; returns its exit code."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        try:
            return self._process.wait(END_SECONDS)
        finally:
            self._process.kill()
            self._process.wait(END_SECONDS)
            self._process.stdout.close()


def main() -> int:
    try:
        split = sys.argv.index("--")
        programs, command = [PROGRAMS[name] for name in sys.argv[1:split]], sys.argv[split + 1 :]
    except (ValueError, KeyError):
        print(f"usage: running.py [{' | '.join(PROGRAMS)}]... -- COMMAND", file=sys.stderr)
        return 2
    with contextlib.ExitStack() as stack:
        env = clean_env.cleaned(os.environ)
        for program in programs:
            server = Running(program)
            stack.callback(server.stop)
            env[f"TOKCORE_TEST_{program.name.upper()}"] = server.address
        return subprocess.run(command, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
