"""Running contestants and servers on the cores they belong to, and collecting the figures they print."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

#: Any integration would do: the static server gives the same answer for all.
GUID = "4c1cfecb-1927-4f19-bc2f-d8ac261364e0"
#: As the product writes one; its signature is nobody's.
COOKIE = "user|Thu%2C%2001%20Jan%202099%2000%3A00%3A00%20GMT|x"
#: No contestant takes longer, even on a busy machine. Units: seconds.
PATIENCE = 300

SERVER_CORE = 0
#: Where load comes from, so that a server has its core for itself.
LOAD_CORE = 1

Command = Sequence[str | Path]


class Samples:
    """What was measured so far, by contestant and metric: one value per round."""

    def __init__(self) -> None:
        self.lines: list[dict[str, object]] = []
        self.notes: list[str] = []
        self._values: dict[tuple[str, str], list[float]] = {}
        self._units: dict[tuple[str, str], str] = {}

    def add(self, line: dict[str, object]) -> None:
        key = (str(line["contestant"]), str(line["metric"]))
        self.lines.append(line)
        self._values.setdefault(key, []).append(float(line["median"]))  # type: ignore[arg-type]
        self._units[key] = str(line["unit"])

    def put(self, contestant: str, metric: str, unit: str, value: float) -> None:
        self.add({"contestant": contestant, "metric": metric, "unit": unit, "median": value, "n": 1})

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def values(self, contestant: str, metric: str) -> list[float]:
        """One value per round."""
        return self._values.get((contestant, metric), [])

    def unit(self, contestant: str, metric: str) -> str:
        return self._units.get((contestant, metric), "")


def session(server: str) -> dict[str, str]:
    """The variables of a session whose server is the static one, and nothing else that could matter."""
    return {
        **bare_environment(),
        "POSIT_PRODUCT": "WORKBENCH",
        "RSTUDIO_VERSION": "2026.01.0",
        "RS_SERVER_ADDRESS": server,
        "RS_SESSION_RPC_COOKIE": COOKIE,
        "TOKCORE_DEMO_GUID": GUID,
    }


def bare_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "R_LIBS") if name in os.environ}


def collect(samples: Samples, command: Command, env: Mapping[str, str], core: int = SERVER_CORE, stdin: str = "") -> None:
    """Runs one contestant and keeps its figures; a contestant that fails leaves a note instead."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, env=env, input=stdin, capture_output=True, text=True, timeout=PATIENCE, preexec_fn=placed_on(core)
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        samples.note(f"failed: {' '.join(Path(words[0]).name.split() + words[1:3])}: {last}")
        return
    for line in done.stdout.splitlines():
        samples.add(json.loads(line))


@contextmanager
def serving(command: Command, env: Mapping[str, str] | None = None) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server on its core, and the first line that it prints. It ends when its standard input closes."""
    server = subprocess.Popen(
        [str(word) for word in command],
        env=env if env is not None else bare_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=placed_on(SERVER_CORE),
    )
    assert server.stdin is not None and server.stdout is not None
    try:
        yield server, server.stdout.readline().strip()
    finally:
        server.stdin.close()
        try:
            server.wait(timeout=15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        server.stdout.close()


def placed_on(core: int) -> Callable[[], None]:
    """For a child, before it becomes the program: one core, and ahead of all other work if that is allowed.

    A mere `nice` would do little: Linux shares a core between terminals first, and heeds `nice` only within one.
    """

    def place() -> None:
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[core % len(cores)]})
        try:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(20))
        except PermissionError:
            pass

    return place
