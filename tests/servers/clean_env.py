"""The environment of the tests: whatever the runner is, a laptop, a build server or a session, they find the same.

    clean_env.py COMMAND…

runs the command in it. The list is ``tests/clean-env.txt``.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

LIST = Path(__file__).resolve().parents[1] / "clean-env.txt"


def entries() -> list[str]:
    """The lines of the list that are entries."""
    lines = (line.strip() for line in LIST.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def settings() -> dict[str, str]:
    """What the list sets."""
    return dict(entry.split("=", 1) for entry in entries() if "=" in entry)


def _names(name: str, patterns: list[str]) -> bool:
    return any(name.startswith(each[:-1]) if each.endswith("*") else name == each for each in patterns)


def cleaned(env: Mapping[str, str]) -> dict[str, str]:
    """``env`` as the list wants it."""
    removed = [entry for entry in entries() if entry[0] != "+" and "=" not in entry]
    kept = [entry[1:] for entry in entries() if entry[0] == "+"]
    rest = {name: value for name, value in env.items() if _names(name, kept) or not _names(name, removed)}
    return {**rest, **settings()}


def apply() -> None:
    """Makes this process's own environment so, and the interrupt what it is at a terminal: whoever is started in the
    background may have been told to ignore it, and would tell its children."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    wanted = cleaned(os.environ)
    for name in set(os.environ) - set(wanted):
        del os.environ[name]
    os.environ.update(wanted)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: clean_env.py COMMAND…")
    apply()
    os.execvp(sys.argv[1], sys.argv[1:])
