"""The same input for tokcore, google-auth and gargle, and whose token each of them got."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import clean_env
from google_fake import GoogleFake
from processes import ROOT
from wire import claims_of

PEERS = ROOT / "tests" / "servers" / "peers"
COMMANDS = {
    "google-auth": [sys.executable, str(PEERS / "google_auth_tokens.py")],
    "gargle": ["Rscript", str(PEERS / "gargle_tokens.R")],
}
PYTHON = [sys.executable, str(ROOT / "tests" / "e2e" / "programs" / "chain_asker.py")]
PATIENCE = 30
OPTIONS = {"id_audience": "id_token_audience", "gdch_audience": "id_token_audience"}
"""Where an option of tokcore has another name than the member of a question."""
AROUND = {"env", "machine", "tokcore"}
"""Members of a question that are no options: changes of the environment, where it is asked, what tokcore needs beside."""


@dataclass(frozen=True)
class Identity:
    """What there is to know of a token: whom it acts as, for what, and who pays."""

    principal: str
    scopes: tuple[str, ...]
    kind: str
    quota_project: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of a question: a token of that identity, an error, or, as gargle has it, nothing at all."""

    identity: Identity | None = None
    error: str = ""
    reason: str = ""


class Peers:
    """The peers on a laptop and on a machine of Google's cloud, which google-auth wants to know as soon as it starts."""

    def __init__(self, google: GoogleFake) -> None:
        self._google = google
        self._peers: dict[tuple[str, bool], Peer] = {}

    def ask(self, name: str, question: dict[str, Any]) -> dict[str, Any]:
        where = name, question.get("machine", False)
        if where not in self._peers:
            self._peers[where] = Peer(name, environment(self._google, machine=where[1]))
        return self._peers[where].ask(question)

    def end(self) -> None:
        for peer in self._peers.values():
            peer.end()


class Peer:
    """A process that answers questions, one a line. What a question changes of its environment is put back."""

    def __init__(self, name: str, env: dict[str, str]) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(COMMANDS[name], env=env, stdin=pipe, stdout=pipe, text=True)

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        too_late = threading.Timer(PATIENCE, self._process.kill)
        too_late.start()
        try:
            return json.loads(self._process.stdout.readline())
        finally:
            too_late.cancel()

    def end(self) -> None:
        self._process.communicate(timeout=PATIENCE)


def environment(google: GoogleFake, *, machine: bool = False) -> dict[str, str]:
    """A machine that reaches the fake, where nobody has ever signed in."""
    home = google.folder / "home"
    home.mkdir(exist_ok=True)
    # google-auth looks for a project, too, and takes its time.
    own = {"HOME": str(home), "GOOGLE_CLOUD_PROJECT": "fake-project"}
    return {**clean_env.cleaned(os.environ), **google.env(metadata=machine), **own}


def words(question: dict[str, Any], **more: str) -> list[str]:
    """The question as the programs of all languages take it: NAME=VALUE."""
    given = {**question, **question.get("tokcore", {}), **more}
    options = {OPTIONS.get(name, name): value for name, value in given.items() if name not in AROUND}
    return [f"{name}={' '.join(value) if isinstance(value, list) else value}" for name, value in options.items()]


def surroundings(google: GoogleFake, question: dict[str, Any]) -> dict[str, str]:
    """The environment that the question is asked in."""
    around = {**environment(google, machine=question.get("machine", False)), **question.get("env", {})}
    return {name: value for name, value in around.items() if value is not None}


def tokcore(
    google: GoogleFake, question: dict[str, Any], program: Sequence[str] = PYTHON, **more: str
) -> dict[str, Any]:
    """What tokcore's chain says, in a process of its own."""
    command, env = [*program, *words(question, **more)], surroundings(google, question)
    run = subprocess.run(
        command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert run.returncode == 0, run.stderr
    return said(run.stdout)


def said(line: str) -> dict[str, Any]:
    """An answer of the programs: a token and who pays, or an error."""
    what, *rest = line.rstrip("\n").split("\t")
    if what == "token":
        return {"token": rest[0], "quota_project": rest[1]}
    answer = dict(zip(("error", "reason", "message", "hint"), rest, strict=True))
    # C spells kinds as they are in the list of them, the others in lower case.
    return {**answer, "error": re.sub(r"(?<!^)(?=[A-Z])", "_", answer["error"]).lower()}


def outcome(google: GoogleFake, answer: dict[str, Any]) -> Outcome:
    """Whose token it is, as the fake knows it."""
    token = answer.get("token")
    if not token:
        return Outcome(None, answer.get("error", ""), answer.get("reason", ""))
    about = google.get("tokens").get(token)
    if about:
        scopes, quota = tuple(sorted(about["scopes"])), answer.get("quota_project") or ""
        return Outcome(Identity(about["principal"], scopes, about["kind"], quota))
    claims = claims_of(token)
    return Outcome(Identity(claims["email"], (f"for {claims['aud']}",), "id_token"))
