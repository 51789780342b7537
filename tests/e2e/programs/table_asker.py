"""Asks what a line of JSON says, in a fork of its own, and says in another line what came of it. table_asker.R and .c do
the same.

    {"call": "fetch", "env": {…}, "options": {…}}    a token of the chain, and what is known of it
    {"call": "explain", "probe": true, …}            what each method would say
    {"call": "check", "given": "…"}                  whether that is a credential, in R

and, by the names of the table `user.json`, what tokcore.google and a client at Google tell.

`env` is added to the environment. With `alone` there is no fork: a person sits in front of the program, is shown texts as
{"say": …}, and answers with a line.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import tokcore
from tokcore import google

NOBODY = {"client_id": "nobody", "token_endpoint": "https://as.example/token"}
ANYWHERE = "https://www.googleapis.com/"


def fetch(asked: dict[str, Any]) -> dict[str, Any]:
    source = tokcore.token_fetch(**asked["options"], **person(asked))
    return about_token(source, source.token())


def about_token(source: tokcore.TokenSource, token: tokcore.Token) -> dict[str, Any]:
    headers = source.request_headers(token, "GET", ANYWHERE)
    return {"token": shown(token), "about": told(source.about), "headers": headers}


def told(about: tokcore.About | None) -> dict[str, Any] | None:
    return about and {"kind": about.kind, "principal": about.principal, "project_id": about.project_id}


def shown(token: tokcore.Token) -> dict[str, Any]:
    expires_at = token.expires_at
    return {
        "access_token": token.access_token,
        "refresh_token": token.refresh_token,
        "scopes": list(token.scopes),
        "account": token.account,
        "id_claims": token.id_claims,
        "warnings": list(token.warnings),
        "expires_at_unix_s": expires_at and int(expires_at.timestamp()),
    }


def explain(asked: dict[str, Any]) -> dict[str, Any]:
    findings = tokcore.explain(**asked["options"], probe=asked.get("probe", False))
    return {"found": {each.method: {"code": each.code, "words": each.words, "about": told(each.about)} for each in findings}}


def client(asked: dict[str, Any]) -> dict[str, Any]:
    file = google.read_client(asked["options"]["given"])
    return {"told": {**file._asdict(), "type": "web" if file.is_web else "installed"}}


def client_type(asked: dict[str, Any]) -> dict[str, Any]:
    return {"told": {"type": google.default_client_type(asked["options"]["option"])}}


def settings(asked: dict[str, Any]) -> dict[str, Any]:
    return {"told": {"key": tokcore.OAuthClient(**NOBODY).source(**asked["options"]).key}}


def refresh(asked: dict[str, Any]) -> dict[str, Any]:
    token = tokcore.Token.of(**asked["options"]["token"])
    return {"token": shown(tokcore.OAuthClient(**asked["options"]["client"]).refresh(token))}


def look(asked: dict[str, Any]) -> dict[str, Any]:
    token = tokcore.Token.of(**asked["options"]["token"])
    return {"told": getattr(google, asked["call"])(token)}


def machine(asked: dict[str, Any]) -> dict[str, Any]:
    found = google.machine()
    return {"told": found and found._asdict()}


def person(asked: dict[str, Any]) -> dict[str, Any]:
    """Somebody who reads what is said, and answers with a line."""
    if not asked.get("alone"):
        return {}
    return {
        "interactive": True,
        "on_prompt": lambda text: say({"say": text}),
        "ask": lambda question, hidden: sys.stdin.readline().strip(),
    }


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    os.environ.update(asked["env"])
    try:
        return CALLS[asked["call"]](asked)
    except tokcore.TokcoreError as error:
        known = {"kind": error.kind, "reason": error.reason, "message": error.message, "hint": error.hint}
        return {"error": known, "shown": f"{error!r} {error}"}


def say(what: dict[str, Any]) -> None:
    os.write(1, f"{json.dumps(what)}\n".encode())


CALLS = {
    "fetch": fetch,
    "explain": explain,
    "client": client,
    "client_type": client_type,
    "settings": settings,
    "refresh": refresh,
    "userinfo": look,
    "tokeninfo": look,
    "email": look,
    "machine": machine,
}

for line in sys.stdin:
    asked = json.loads(line)
    if asked.get("alone"):
        say(answer(asked))
        continue
    child = os.fork()
    if not child:
        say(answer(asked))
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        say({"crash": True})
