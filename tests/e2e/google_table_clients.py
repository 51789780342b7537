"""`user.json` from every language, as far as nobody has to sign in: files of clients, and tokens that were kept."""

from __future__ import annotations

from typing import Any

from google_checks import LIBRARIES, Case, Problems, Row, one_after_the_other
from google_stage import Question, Run
from google_table_users import TOKEN, TOKENINFO, USERINFO, at, file_of, same_members
from http1 import Reply

AT_GOOGLE = {"issuer": "https://accounts.google.com", "token_endpoint": TOKEN, "profile": "google"}
SLACK_S = 3
STORED = {"access_token": "A1", "refresh_token": "R", "scope": "S"}


class ClientRow(Row):
    """The file of a client, or the type of client that suits the session."""

    members = {"call", "file", "files", "parts", "name", "option", "settings", "env", "covered_by"}

    def question(self) -> Question:
        case = self.case
        options: dict[str, Any]
        match case["call"]:
            case "client_type":
                options = {"option": case.get("option")}
            case "settings":
                options = case["settings"]
            case _:
                options = {"given": case.get("file") or file_of(case["parts"])} | self._name()
        return Question(case["call"], at({}), options, env=case.get("env", {}), files=case.get("files", {}))

    def _name(self) -> Case:
        return {"name": self.case["name"]} if "name" in self.case else {}

    def languages(self) -> tuple[str, ...]:
        # A name for people is an argument of R's function.
        return ("r",) if "name" in self.case else LIBRARIES

    def problems(self, run: Run) -> Problems:
        if run.asked:
            yield f"asked were {[asked.url for asked in run.asked]}"
        expected = self.expect.get("client", {"type": self.expect.get("type")})
        # The secret is for nobody to see, nor where it goes; R has what gargle's clients have.
        untold = {"has_secret", "token_endpoint"} | ({"project_id"} if run.language == "r" else set())
        told = {name: value for name, value in expected.items() if name not in untold}
        if "error" not in run.answer:
            yield from same_members(run.answer["told"], told)


class LaterRow(Row):
    """A token that was kept: renewed, or looked at."""

    members = {"call", "client", "answers", "userinfo", "tokeninfo", "covered_by"}

    def question(self) -> Question:
        case = self.case
        if case["call"] == "refresh":
            parts = case["client"]
            client = {"client_id": parts["id"], "client_secret": parts["secret"], "auth_method": "client_secret_post"}
            options = {"client": {**AT_GOOGLE, **client}, "token": STORED}
            return Question("refresh", one_after_the_other(case["answers"], answer), options)
        told = case.get("tokeninfo", {})
        play = at({USERINFO: Reply(200, case.get("userinfo")), TOKENINFO: answer(told) if told else Reply(404)})
        return Question(case["call"], play, {"token": STORED})

    def languages(self) -> tuple[str, ...]:
        # R has httr2's function, to which a refresh token is a text.
        return ("c", "python") if self.case["call"] == "refresh" else LIBRARIES

    def problems(self, run: Run) -> Problems:
        asked = self.expect.get("asked")
        if asked and run.asked[-1].url != asked:
            yield f"asked was {run.asked[-1].url}"
        if any("A1" in asked.url for asked in run.asked):
            yield "the token is in an address"
        if "told" in self.expect:
            # An address, or what is known by names.
            expected = self.expect["told"]
            got, wanted = run.answer.get("told"), expected if isinstance(expected, dict) else {"email": expected}
            yield from same_members(got if isinstance(got, dict) else {"email": got}, wanted)
        if "token" in run.answer:
            token, wanted = run.answer["token"], dict(self.expect.get("token", {}))
            lives_s = token["expires_at_unix_s"] - run.began
            if abs(lives_s - wanted.pop("expires_in_s", lives_s)) > SLACK_S:
                yield f"it lives for {lives_s} s"
            yield from same_members(token, wanted)


def answer(case: Case) -> Reply:
    return Reply(case.get("status", 200), case["json"])
