"""`metadata.json` from every language: the metadata server of Google's machines, where it is, whether it is there, what it
gives."""

from __future__ import annotations

import dataclasses
import json
import urllib.parse
from typing import Any

from google_checks import Case, Problems, Row
from google_moved import NOW_UNIX_S
from google_stage import PLACE, Question, Run
from http1 import Reply
from scripted import SILENCE, Asked, Play

METHOD = "credentials_gce"
ACCOUNTS = "/computeMetadata/v1/instance/service-accounts/"
MACHINE = [
    {"path": "/", "body": "computeMetadata/\n"},
    {"path": ACCOUNTS, "json": {"default": {"aliases": ["default"], "email": "vm@example.com", "scopes": []}}},
    {"path": ACCOUNTS + "default/token", "json": {"access_token": "AT", "expires_in": 3599, "token_type": "Bearer"}},
]
TOLD = [
    {"path": "/computeMetadata/v1/project/project-id", "body": "p"},
    {"path": "/computeMetadata/v1/universe/universe-domain", "body": "googleapis.com"},
]
"""What is answered where the case has an eye for something else only."""
SLACK_S = 3
GLANCE_S = 0.7
"""A look at the network takes 0.8 s where nobody answers."""


class MachineRow(Row):
    """A program that may be on such a machine."""

    members = {"call", "env", "files", "options", "service_account", "wish", "http"}

    def question(self) -> Question:
        case, options = self.case, {"methods": ["gce"], **self._options()}
        answers = [*case.get("http", []), *self._beside()]
        files = {PLACE + name: text for name, text in case.get("files", {}).items()}
        probes = {"probe": True} if case["call"] == "probe" else {}
        if case["call"] in ("project", "universe"):
            return Question("machine", by_place([*answers, *TOLD]), env=case.get("env", {}))
        call = "explain" if probes else "fetch"
        return Question(call, by_place(answers), options, probes, case.get("env", {}), files)

    def explanation(self) -> Question:
        """Where nobody wants the network to be asked."""
        return dataclasses.replace(self.question(), more={})

    def explained(self, run: Run) -> Problems:
        """Whether it is told that only the network knows, and the network left alone."""
        row = run.answer["found"][METHOD]
        is_silent = row["code"] == "not_asked" and "only the network could tell" in row["words"]
        if is_silent != self.expect["would_ask"]:
            yield f"got {row}"
        if any(asked.path == "/" for asked in run.asked):
            yield "the network was asked"

    def _options(self) -> Case:
        case = self.case
        wish, options = case.get("wish", {}), case.get("options", {})
        given = {
            "metadata_use_ip": options.get("use_ip"),
            "metadata_timeout_s": options.get("timeout_s"),
            # Who names an account wants to hear what is wrong.
            "service_account": "default" if case["call"] == "timeout" else case.get("service_account"),
            "scopes": wish.get("scopes"),
            "id_token_audience": wish.get("audience"),
        }
        return {name: value for name, value in given.items() if value is not None}

    def _beside(self) -> list[Case]:
        """A credential is more than its server's address, or its presence."""
        match self.case["call"]:
            case "probe":
                return MACHINE[1:]
            case "token":
                return MACHINE[:1]
        return MACHINE

    def problems(self, run: Run) -> Problems:
        is_probe = self.case["call"] == "probe"
        asked = [asked for asked in run.asked if (asked.path == "/") == is_probe]
        most = self.expect.get("requests", len(asked))
        # When one of two places has answered, the other one need not be asked any more.
        least = 1 if is_probe and most == 2 and self.expect.get("here") else most
        if not least <= len(asked) <= most:
            yield f"asked were {[each.url for each in asked]}"
        if any(each.request.headers.get("metadata-flavor") != "Google" for each in run.asked):
            yield "the header is missing"
        yield from probe_problems(self.expect, run) if is_probe else sent_problems(self.expect, asked)
        if self.expect.get("direct") and any(each.by_proxy for each in run.asked):
            yield "a proxy was asked"
        if "token" in run.answer:
            yield from self._token_problems(run)
        named = {"project": "project_id", "universe": "universe_domain"}.get(self.case["call"], "")
        if "told" in run.answer and run.answer["told"][named] != self.expect["text"]:
            yield f"got {run.answer}"

    def wrong(self, run: Run) -> Problems:
        if "unfit" not in self.expect:
            yield from super().wrong(run)
            return
        # The chain goes on, and finds nobody.
        error = run.answer.get("error", {"message": f"got {run.answer}"})
        if self.expect["unfit"] not in error["message"]:
            yield error["message"]
        yield from self.problems(run)

    def _token_problems(self, run: Run) -> Problems:
        expected, token = self.expect.get("token", {}), run.answer["token"]
        access_token = token["access_token"]
        got: dict[str, Any] = {
            "access_token": access_token,
            "access_token_parts": access_token.count(".") + 1,
            "scopes": token["scopes"],
            "account": token.get("account"),
        }
        for name, value in expected.items():
            if name in got and got[name] != value:
                yield f"{name}: got {got[name]}"
        expires_at = token["expires_at_unix_s"]
        if "expires_in_s" in expected and not is_about(expires_at, expected["expires_in_s"], run.asked[-1].at):
            yield f"it expires at {expires_at}"
        at = expected.get("expires_at_unix_s")
        if at and expires_at != at + self.by_s:
            yield f"it expires at {expires_at}, {expires_at - at - self.by_s} s too late"


def is_about(instant: float | None, after_s: int | None, since: float) -> bool:
    if instant is None or after_s is None:
        return instant is after_s
    return abs(instant - since - after_s) <= SLACK_S


def sent_problems(expect: Case, asked: list[Asked]) -> Problems:
    """Whether the last request was the one that is expected, where the case has an eye for it."""
    last = urllib.parse.urlsplit(asked[-1].url) if asked else None
    got = last and {
        "host": f"http://{last.netloc}/",
        "path": last.path,
        "query": last.query,
        "scopes_sent": asked[-1].query.get("scopes"),
    }
    for name, value in expect.items():
        if got and name in got and got[name] != value:
            yield f"{name}: got {got[name]}"


def probe_problems(expect: Case, run: Run) -> Problems:
    """Whether the server counts as present, and why not."""
    row = run.answer["found"][METHOD]
    if (row["code"] != "not_applicable") != expect.get("here", False):
        yield f"got {row}"
    if expect.get("not_here", "") not in row["words"]:
        yield f"the reason is {row['words']}"
    if run.seconds * 1000 < expect.get("took_ms", 0):
        yield f"it took {run.seconds} s only"
    # What is asked next is asked at once.
    if "took_ms" in expect and run.asked[-1].at - run.asked[0].at > GLANCE_S:
        yield f"it took {run.asked[-1].at - run.asked[0].at} s"


def by_place(answers: list[Case]) -> Play:
    """The first answer that fits the host and the path, and has not been given often enough. Others are refused."""
    left = [{**answer, "left": answer.get("times", -1)} for answer in answers]

    def play(asked: Asked) -> Any:
        for answer in left:
            host = asked.host.partition(":")[0]
            if answer["left"] and answer.get("host", host) == host and answer.get("path", asked.path) == asked.path:
                answer["left"] -= 1
                return SILENCE if answer.get("silent") else None if answer.get("refused") else reply(answer)
        return None

    return play


def reply(answer: Case) -> Reply:
    flavor = answer.get("flavor", "Google")
    body = json.dumps(answer["json"]) if "json" in answer else answer.get("body", "")
    return Reply(answer.get("status", 200), body, {"Metadata-Flavor": flavor} if flavor else {})
