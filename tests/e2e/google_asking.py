"""The same input for tokcore, google-auth and gargle, and whose token each of them got."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
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
ASKER = ROOT / "tests" / "e2e" / "programs" / "chain_asker.py"
PATIENCE = 60
OPTIONS = {"id_audience": "id_token_audience", "gdch_audience": "id_token_audience"}
"""Where an option of tokcore has another name than the member of a question."""


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

    @property
    def without_quota(self) -> Outcome:
        return replace(self, identity=self.identity and replace(self.identity, quota_project=""))


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


def environment(google: GoogleFake) -> dict[str, str]:
    """A laptop that reaches the fake, where nobody has ever signed in."""
    home = google.folder / "home"
    home.mkdir(exist_ok=True)
    return {**clean_env.cleaned(os.environ), **google.env(metadata=False), "HOME": str(home)}


def tokcore(env: dict[str, str], question: dict[str, Any], **more: str) -> dict[str, Any]:
    """What tokcore's chain says, in a process of its own."""
    changes, given = question.get("env", {}), {**question, **question.get("tokcore", {}), **more}
    options = {OPTIONS.get(name, name): value for name, value in given.items() if name not in ("env", "tokcore")}
    words = [f"{name}={' '.join(value) if isinstance(value, list) else value}" for name, value in options.items()]
    env = {name: value for name, value in {**env, **changes}.items() if value is not None}
    command = [sys.executable, str(ASKER), *words]
    run = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert run.returncode == 0, run.stderr
    what, *rest = run.stdout.rstrip("\n").split("\t")
    if what == "token":
        return {"token": rest[0], "quota_project": rest[1]}
    return dict(zip(("error", "reason", "message", "hint"), rest, strict=True))


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
