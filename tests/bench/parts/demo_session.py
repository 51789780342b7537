"""A broker with a signed-in user: `tokcore demo`, its own authorization server idle beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from machine import serving

#: Prints its environment, then stays until its standard input closes.
SHOW_SESSION = "import json, os, sys; print(json.dumps(dict(os.environ)), flush=True); sys.stdin.read()"


@contextmanager
def demo_session(tokcore: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The process that is the broker, and the variables of a session there."""
    with serving([tokcore, "demo", *options, "--", sys.executable, "-c", SHOW_SESSION]) as (broker, session):
        if not session:
            raise RuntimeError("tokcore demo did not start")
        yield broker, json.loads(session)
