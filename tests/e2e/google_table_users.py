"""`user.json` from every language: a person is shown Google's page and pastes what it answers, and a token is fetched and
kept."""

from __future__ import annotations

import json
import re
import time
import urllib.parse
from typing import Any

from google_checks import LIBRARIES, Case, Problems, Row
from google_moved import encoded
from google_stage import PLACE, Person, Question, Run
from http1 import Reply
from scripted import Asked, Play

PAGE = re.compile(r"https://accounts\.google\.com/\S+")
TOKEN, USERINFO = "https://oauth2.googleapis.com/token", "https://openidconnect.googleapis.com/v1/userinfo"
DEVICE = "https://oauth2.googleapis.com/device/code"
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
TOKENINFO = "https://www.googleapis.com/oauth2/v3/tokeninfo"


class PageRow(Row):
    """Somebody who signs in. A `page` is that of a web client with these addresses, a `request` ends at the page."""

    members = {"call", "client", "uris", "env", "wish", "answer", "claims", "userinfo", "covered_by"}

    def question(self) -> Question:
        case = self.case
        wish = dict(case.get("wish", {}))
        for name in {"any", "new"} & wish.keys():
            del wish[name]
            wish["email"] = name
        options = {"methods": ["user_oauth2"], "client": file_of(self._client()), **self._flow(), **wish}
        env = {"TOKCORE_STORE": PLACE + "/store", **case.get("env", {})}
        return Question("fetch", self._google(), options, env=env, person=self._answers())

    def _client(self) -> Case:
        if self.case["call"] == "page":
            return {"id": "ID.apps.googleusercontent.com", "secret": "s", "kind": "web", "redirect_uris": self.case["uris"]}
        return self.case["client"]

    def _flow(self) -> Case:
        """How the answer comes back, where the case is not about that."""
        if self.case["call"] == "page":
            return {"use_oob": True}
        is_chosen = {"flow", "use_oob"} & self.case.get("wish", {}).keys() or self.expect.get("flow", "none") != "none"
        return {} if is_chosen or self._client().get("kind") == "web" else {"flow": "manual"}

    def _answers(self) -> Person:
        """Somebody who says yes, or turns round at the page."""
        ending = "code=4%2Fabc" if self.case["call"] == "sign_in" else "error=access_denied"

        def answers(said: str) -> str | None:
            page = PAGE.search(said)
            if not page:
                return None
            query = query_of(page[0])
            return f"{query['redirect_uri']}?state={query['state']}&{ending}"

        return answers

    def _google(self) -> Play:
        answers = {USERINFO: Reply(401, {"error": "invalid_request"})}
        if "userinfo" in self.case:
            answers[USERINFO] = Reply(200, self.case["userinfo"])
        if "answer" in self.case:
            claims = self.case.get("claims")
            told = {"id_token": id_token(self._client()["id"], claims)} if claims else {}
            answers[TOKEN] = Reply(200, {**self.case["answer"], **told})
        return at(answers)

    def languages(self) -> tuple[str, ...]:
        return LIBRARIES

    def wrong(self, run: Run) -> Problems:
        if self.case["call"] == "sign_in" or "error" in self.expect:
            yield from super().wrong(run)
        else:
            # Nobody came back, but the page was shown.
            yield from self.problems(run)

    def problems(self, run: Run) -> Problems:
        page = PAGE.search(run.said)
        if self.expect.get("grant") == "device_code":
            # Another device shows the page, when Google has said which.
            if [asked.url for asked in run.asked] != [DEVICE]:
                yield f"got {run.answer}"
        elif page:
            yield from self._page_problems(query_of(page[0]))
        elif "error" not in self.expect:
            yield f"no page was shown: {run.answer} {run.said}"
        if "form" in self.expect:
            yield from same_members(run.asked[0].form, self.expect["form"])
        if "requests" in self.expect and len(run.asked) != self.expect["requests"]:
            yield f"asked were {[asked.url for asked in run.asked]}"
        if "token" in self.expect and "token" in run.answer:
            claims = run.answer["token"]["id_claims"] or {}
            yield from same_members({**claims, **run.answer["token"]}, self.expect["token"])
        if "kept" in self.expect and run.kept() != self.expect["kept"]:
            yield f"kept were {run.kept()}"

    def _page_problems(self, query: dict[str, str]) -> Problems:
        if "state_length" in self.expect and len(query["state"]) != self.expect["state_length"]:
            yield f"the state is {query['state']}"
        wanted = self.expect.get("redirect_uri") or self.expect.get("page")
        if self.expect.get("flow") == "oob":
            wanted = OUT_OF_BAND
        # The port is chosen when the page is opened.
        if wanted and not query["redirect_uri"].startswith(wanted):
            yield f"it comes back to {query['redirect_uri']}"
        prompt = {"prompt": self.expect["prompt"]} if "prompt" in self.expect else {}
        yield from same_members(query, {**prompt, **self.expect.get("url", {})})


def file_of(client: Case) -> str:
    """As the console would write it into a file."""
    members = {"client_id": client["id"], "redirect_uris": client.get("redirect_uris", [])}
    secret = {"client_secret": client["secret"]} if client.get("secret") else {}
    return json.dumps({client.get("kind", "installed"): {**members, **secret}})


def id_token(client_id: str, claims: Case) -> str:
    """Signed by nobody: the connection vouches for it."""
    now = int(time.time())
    usual = {"iss": "https://accounts.google.com", "aud": client_id, "iat": now, "exp": now + 3600}
    return f"{encoded(json.dumps({'alg': 'RS256'}))}.{encoded(json.dumps({**usual, **claims}))}.c2ln"


def at(answers: dict[str, Reply]) -> Play:
    """Who answers at which address. Elsewhere is nobody."""

    def play(asked: Asked) -> Reply:
        return answers.get(asked.url.partition("?")[0], Reply(400, f"nobody is at {asked.url}"))

    return play


def query_of(url: str) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


def same_members(got: dict[str, Any], expected: Case) -> Problems:
    """What is expected as null may not be there, and what as true may be anything."""
    for name, value in expected.items():
        if (name in got) if value is True else (got.get(name) == value):
            continue
        yield f"{name}: got {got.get(name)}"
