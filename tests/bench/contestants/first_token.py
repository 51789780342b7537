"""Processes that get a service account's token from the fake of Google: first_token.py PROGRAMS RUNS [r]

All come through the fake's proxy and trust its authority alone. The fake shares their core, and its work is in the figures
of all. What a process adds is counted beside one of its language that does nothing, in the same environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from timing import emit

SERVERS = Path(__file__).resolve().parents[2] / "servers"
sys.path.append(str(SERVERS))

from google_fake import GoogleFake  # noqa: E402

PROGRAMS, RUNS, HAS_R = Path(sys.argv[1]), sys.argv[2], "r" in sys.argv[3:]
SCOPE = "https://www.googleapis.com/auth/drive"

GOOGLE_AUTH = """
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials
credentials = Credentials.from_service_account_file({key!r}, scopes=[{scope!r}])
credentials.refresh(Request())
"""
GARGLE = 'stopifnot(nzchar(gargle::credentials_service_account("{scope}", "{key}")$credentials$access_token))'


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, GoogleFake(Path(folder)) as google:
        key = str(google.files.service_account())
        env = {**os.environ, **google.env(metadata=False), "HOME": folder}
        # One language after the other: a process of another one would leave the caches cold for the next.
        for family in families(key):
            walls = spawned(family, env)
            (bare, wall), *others = walls.items()
            emit(bare, "wall", "ms", [wall])
            for name, longer in others:
                emit(name, "added wall", "ms", [longer - wall])


def families(key: str) -> list[dict[str, list[str]]]:
    """What starts in each language, first a process that does nothing."""

    def python(code: str) -> list[str]:
        return [sys.executable, "-c", code]

    def r(code: str) -> list[str]:
        return ["Rscript", "-e", code]

    shell = {"true": ["true"], "tokcore token": [str(PROGRAMS / "tokcore"), "token", "--scopes", SCOPE, "--path", key]}
    pythons = {
        "bare Python": python("pass"),
        "tokcore Python": python(f"import tokcore; tokcore.token_fetch({SCOPE!r}, path={key!r}).token()"),
        "google-auth": python(GOOGLE_AUTH.format(key=key, scope=SCOPE)),
    }
    if not HAS_R:
        return [shell, pythons]
    rs = {
        "bare R": r("1"),
        "tokcore R": r(f'stopifnot(nzchar(tokcore::token_fetch("{SCOPE}", path = "{key}")$credentials$access_token))'),
        "gargle": r(GARGLE.format(key=key, scope=SCOPE)),
    }
    return [shell, pythons, rs]


def spawned(commands: dict[str, list[str]], env: dict[str, str]) -> dict[str, float]:
    """How long each takes until it has ended, the median of its runs. Units: milliseconds."""
    words = json.dumps([{"contestant": name, "argv": argv} for name, argv in commands.items()])
    spawn = [str(PROGRAMS / "spawn"), RUNS]
    done = subprocess.run(spawn, input=words, env=env, stdout=subprocess.PIPE, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["contestant"]: line["median"] for line in lines if line["metric"] == "wall"}


if __name__ == "__main__":
    main()
