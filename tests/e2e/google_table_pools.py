"""`external_account.json` from every language: a proof of identity is read, asked for or signed, and exchanged."""

from __future__ import annotations

import base64
import json
import shlex
import urllib.parse
from typing import Any

from google_checks import Case, Problems, Row, one_after_the_other, placed
from google_moved import moved
from google_stage import PLACE, Question, Run
from http1 import Reply
from scripted import Asked

LEAF = base64.b64encode(b"leaf certificate").decode()
"""Stands for a certificate in the table."""
METHOD = "credentials_external_account"
TOLD = "GOOGLE_EXTERNAL_ACCOUNT_"
ALLOWED = TOLD + "ALLOW_EXECUTABLES"


class PoolRow(Row):
    """A pool of identities. ``pem`` is a certificate of a client's, with its key."""

    members = {"config", "wish", "vars", "files", "program", "person", "http"}

    def __init__(self, case: Case, base: Case, pem: str) -> None:
        leaf = "".join(pem.partition("-----END")[0].splitlines()[1:])
        super().__init__(json.loads(json.dumps(case).replace(LEAF, leaf)))
        self._base, self._pem = moved(base, self.by_s), pem

    def question(self) -> Question:
        case, path = self.case, PLACE + "/pool.json"
        members = {**self._base, **case.get("config", {})}
        file = json.dumps({name: value for name, value in members.items() if value is not None})
        files = {PLACE + "/run/token": "HEADER.PAYLOAD.SIG", **case.get("files", {}), path: file}
        if "BEGIN" in files.get(PLACE + "/cert.pem", ""):
            files[PLACE + "/key.pem"] = self._pem[self._pem.index("-----BEGIN PRIVATE KEY") :]
        return Question(
            "fetch" if {"token", "error"} & self.expect.keys() else "explain",
            one_after_the_other(case.get("http", []), answer),
            {"path": path, **case.get("wish", {})},
            env=case.get("vars", {}),
            files=files,
            programs={PLACE + "/opt/proof": program(case["program"])} if "program" in case else {},
        )

    def problems(self, run: Run) -> Problems:
        exchanges = self.case.get("http", [])
        for exchange, asked in zip(exchanges, run.asked, strict=False):
            yield from exchange_problems(exchange, asked)
        if len(run.asked) != len(exchanges):
            yield f"asked were {[asked.url for asked in run.asked]}"
        if "env" in self.case.get("program", {}):
            yield from call_problems(placed(self.case["program"], run), run)
        if "error" not in run.answer:
            got = found(run) if "found" in run.answer else got_with_a_token(run, self.expect)
            for name, value in self.expect.items():
                if got.get(name, value) != value:
                    yield f"{name}: got {got[name]}"


def answer(exchange: Case) -> Reply:
    return Reply(exchange.get("status", 200), exchange.get("text", exchange.get("answer")))


def program(does: Case) -> str:
    """A program that writes down how it was called, and does what the case says."""
    ends = f"exit {does['code']}" if does.get("code") is not None else "kill -9 $$"
    lines = [
        "#!/bin/sh",
        f"env >{PLACE}/called.env",
        f"printf '%s\\n' \"$0\" \"$@\" >{PLACE}/called.words",
        f"printf %s {shlex.quote(does.get('output', ''))}",
        "exec sleep 60" if does.get("hangs") else ends,
    ]
    return "\n".join(lines) + "\n"


def found(run: Run) -> dict[str, Any]:
    """What a credential says of itself before anybody is asked for a token."""
    row = run.answer["found"][METHOD]
    about = row["about"] or {}
    return {
        "opens": row["code"] == "found",
        "project": about.get("project_id"),
        "kind": about.get("kind"),
        "principal": about.get("principal"),
    }


def got_with_a_token(run: Run, expect: Case) -> dict[str, Any]:
    """What a case can expect of a token, by the same names. Who only prints it tells less."""
    token = run.answer["token"]
    got: dict[str, Any] = {"token": token["access_token"], "scopes": token["scopes"]}
    got["expires_at_unix_s"] = token["expires_at_unix_s"]
    if "headers" in expect and "headers" in run.answer:
        headers = {name.lower(): value for name, value in run.answer["headers"].items()}
        got["headers"] = {name: headers.get(name) for name in expect["headers"]}
    if "aws" in expect:
        got["aws"] = signed(run.asked[-1], expect["aws"])
    return got


def signed(asked: Asked, wanted: Case) -> dict[str, Any]:
    """Those members of the request to AWS in the last exchange that ``wanted`` has too."""
    request = json.loads(urllib.parse.unquote(asked.form["subject_token"]))
    headers = {header["key"]: header["value"] for header in request["headers"]}
    return {name: headers.get(name, request.get(name)) for name in wanted}


def exchange_problems(exchange: Case, asked: Asked) -> Problems:
    """Whether the request is the one that this is the answer to."""
    request, form = asked.request, asked.form
    if (request.method, asked.url) != (exchange["method"], exchange["url"]):
        yield f"{request.method} {asked.url} instead of {exchange['method']} {exchange['url']}"
    for name, value in exchange.get("headers", {}).items():
        if request.headers.get(name) != value:
            yield f"the header {name} is {request.headers.get(name)}"
    for name, value in exchange.get("form", {}).items():
        if form.get(name) != value:
            yield f"the parameter {name} is {form.get(name)}"
    if exchange.get("whole_form") and form != exchange["form"]:
        yield f"the form is {form}"
    if "json" in exchange and asked.json != exchange["json"]:
        yield f"the body is {asked.text}"
    if exchange.get("direct", not asked.by_proxy) == asked.by_proxy:
        yield f"{asked.url} was asked {'by a proxy' if asked.by_proxy else 'directly'}"
    if "identity" in exchange and not request.certificate:
        yield "the connection proves nothing"


def call_problems(does: Case, run: Run) -> Problems:
    """Whether the program was told for what it was run."""
    words = (run.folder / "called.words").read_text().splitlines()
    if words != [does["program"], *does["arguments"]]:
        yield f"the program was called {words}"
    lines = (run.folder / "called.env").read_text().splitlines()
    told = dict(line.partition("=")[::2] for line in lines if line.startswith(TOLD) and not line.startswith(ALLOWED))
    if told != does["env"]:
        yield f"the program was told {told}"
