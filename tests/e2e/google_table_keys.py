"""`service_account.json` from every language: a key is given, a statement is signed with it, and exchanged."""

from __future__ import annotations

import json
import time

from google_checks import Case, Problems, Row, one_after_the_other
from google_moved import decoded
from google_stage import PLACE, Question, Run
from http1 import Reply
from processes import ROOT

KEYS = json.loads((ROOT / "tests" / "vectors" / "oauth" / "jose.json").read_text())["keys"]
ISSUED_AT = 1_700_000_000
"""What the statements of the table say, ten seconds before its clock."""
BACKDATED_S, LIFE_S = 10, 3600
SLACK_S = 3
"""Between the moment that a client looks at its clock and the one that its request arrives, in a debug build."""


class KeyRow(Row):
    """A service account's key."""

    members = {"file", "key", "holds", "given", "before", "check", "wish", "http"}

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        if "error" in self.expect:
            # The words of a message and of a hint have other names here.
            error = self.expect["error"]
            self.expect["error"] = {**error, "message": error["says"], "hint": error["hints"]}

    def question(self) -> Question:
        case, path = self.case, PLACE + "/keys/sa.json"
        content = case.get("before", "") + case.get("holds", json.dumps(members(case)))
        given = {"path": path, "json": content}.get(case.get("given", "path"), case.get("given", ""))
        play = one_after_the_other(case.get("http", []), answer)
        if case.get("check"):
            return Question("check", play, more={"given": given or None}, files={path: content})
        return Question("fetch", play, {"path": given, **case.get("wish", {})}, files={path: content})

    def languages(self) -> tuple[str, ...]:
        # Packages that take a user's key are a matter of R's.
        return ("r",) if self.case.get("check") else super().languages()

    def problems(self, run: Run) -> Problems:
        wanted = self.expect.get("requests", len(run.asked))
        if len(run.asked) != wanted:
            yield f"{len(run.asked)} requests"
        if "token" not in run.answer:
            return
        # A statement that nobody was sent is the token itself.
        sent = [(asked.form["assertion"], asked.at) for asked in run.asked]
        statements = sent or [(run.answer["token"]["access_token"], run.began)]
        yield from self._said(statements[-1][0])
        yield from self._issued(statements)
        body = self.expect.get("body", "").replace("{assertion}", statements[-1][0])
        if body and run.asked[-1].text != body:
            yield f"sent {run.asked[-1].text}"

    def _said(self, statement: str) -> Problems:
        """Whether it says what it should, in this order, but for when."""
        header, payload, _ = statement.split(".")
        claims = decoded(payload)
        if self.expect.get("header", header) != header:
            yield f"the header is {header}"
        if claims["exp"] - claims["iat"] != LIFE_S:
            yield f"it lasts from {claims['iat']} to {claims['exp']}"
        as_then = {**claims, "iat": ISSUED_AT, "exp": ISSUED_AT + LIFE_S}
        if "payload" in self.expect and list(as_then.items()) != list(decoded(self.expect["payload"]).items()):
            yield f"the claims are {as_then}"
        for name, value in self.expect.get("claims", {}).items():
            if as_then.get(name) != value:
                yield f"{name} is {as_then.get(name)}"

    def _issued(self, statements: list[tuple[str, float]]) -> Problems:
        """Whether each was issued when it should, by the server's clock where that is ahead."""
        expected = self.expect.get("issued_at", [ISSUED_AT] * len(statements))
        for (statement, at), then in zip(statements, expected, strict=True):
            off_s = decoded(statement.split(".")[1])["iat"] - (at - BACKDATED_S + then - ISSUED_AT)
            if abs(off_s) > SLACK_S:
                yield f"issued {off_s:.1f} s after its time"


def members(case: Case) -> dict[str, str]:
    """Of the key's file."""
    usual = {
        "type": "service_account",
        "project_id": "p",
        "private_key": KEYS[case.get("key", "rsa")],
        "client_email": "sa@p.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return {name: value for name, value in {**usual, **case.get("file", {})}.items() if value is not None}


def answer(case: Case) -> Reply:
    """With the time of a server whose clock may be ahead."""
    shown = time.gmtime(time.time() + case.get("date_ahead_s", 0))
    return Reply(case.get("status", 200), case["json"], {"Date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", shown)})

