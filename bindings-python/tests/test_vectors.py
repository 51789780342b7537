"""The conformance vectors through the native API."""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from replay import Replay
from vectors import Case, load

import tokcore

CASES = load()


def client_of(case: Case) -> tokcore.Client:
    return tokcore.Client(**options_of(case))


def options_of(case: Case) -> dict[str, Any]:
    """The case's options by their Python names, times in seconds."""
    options: dict[str, Any] = {}
    for name, value in case.get("options", {}).items():
        if name.endswith("_ms"):
            options[name[: -len("_ms")]] = value / 1000
        else:
            options[{"ca_file": "ca", "verify_tls": "verify"}.get(name, name)] = value
    return options


def call_of(case: Case) -> Callable[[tokcore.Client], Any]:
    arguments = dict(case["call"])
    method = arguments.pop("method")
    verbs: dict[str, Callable[[tokcore.Client], Any]] = {
        "credentials": lambda client: client.get_credentials(**arguments),
        "integrations": lambda client: client.integrations.find(),
        "integration": lambda client: client.integrations.get(**arguments),
        "find_by": lambda client: client.integrations.find_by(**arguments["filter"]),
        "azure_token": lambda client: client.azure_token(**arguments),
        "identity_token": lambda client: client.identity_token(),
    }
    return verbs[method]


def outcomes(case: Case) -> list[Any]:
    """What each run of the call returned or raised."""
    call, runs = call_of(case), case.get("threads", 1) * case.get("repeat", 1)
    client = None if case.get("temporary") else client_of(case)
    results: list[Any] = []
    gate = threading.Barrier(case.get("threads", 1))

    def run() -> None:
        gate.wait()
        try:
            results.append(call(client or client_of(case)))
        except (tokcore.TokcoreError, re.error) as error:
            results.append(error)

    if case.get("threads"):
        threads = [threading.Thread(target=run) for _ in range(runs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    else:
        for _ in range(runs):
            run()
    assert len(results) == runs
    return results


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['file']}-{case['id']}")
def test_vector(case: Case, replay: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = replay.prepare(case, tmp_path, monkeypatch)
    expect = case["expect"]
    if "detection" in expect:
        found = client_of(case).detect(with_user_session_token="user_session_token" in case["call"])
        assert (found.backend, found.subject) == (expect["detection"]["backend"], expect["detection"]["subject"])
        return
    for outcome in outcomes(case):
        check_outcome(expect, outcome)
        check_no_secret(outcome, case["secrets"])
    check_requests(expect, replay.requests(case["id"]))


def check_outcome(expect: Case, outcome: Any) -> None:
    if "error" in expect:
        check_error(expect["error"], outcome)
    elif "ok" in expect:
        check_token(expect["ok"], outcome)
    elif "integrations" in expect:
        assert isinstance(outcome, list), outcome
        assert len(outcome) == len(expect["integrations"])
        for wanted, item in zip(expect["integrations"], outcome):
            check_integration(wanted, item)
    elif "integration" in expect:
        check_integration(expect["integration"], outcome)
    else:
        check_found(expect["found"]["python"], outcome)


def check_error(wanted: Case, error: Any) -> None:
    assert isinstance(error, tokcore.TokcoreError), error
    assert type(error).__name__ == wanted["kind"] + "Error", error
    message = f"{error.message} {error.detail or ''}".lower()
    for text in wanted.get("message_contains", []):
        assert text.lower() in message
    for text in wanted.get("message_lacks", []):
        assert text.lower() not in message
    for text in wanted.get("hint_contains", []):
        assert text.lower() in error.hint.lower()
    for text in wanted.get("attempts_contain", []):
        assert any(text.lower() in " ".join(attempt[:2]).lower() for attempt in error.attempts), error.attempts
    for name in ("http_status", "oauth_error"):
        if name in wanted:
            assert getattr(error, name) == wanted[name]
    if "retry_after_ms" in wanted:
        assert error.retry_after == wanted["retry_after_ms"] / 1000


def check_token(wanted: Case, token: Any) -> None:
    if isinstance(token, Exception):
        raise token
    for name, value in wanted.items():
        if name == "access_token":
            assert (token.token if isinstance(token, tokcore.IdentityToken) else token.access_token) == value
        elif name == "expires_in_s" and value is not None:
            assert abs(token.expires_at.timestamp() - time.time() - value) < 60
        elif name in ("expires_at_unix_s", "expires_in_s"):
            assert (token.expires_at and token.expires_at.timestamp()) == value
        else:
            assert getattr(token, name) == value


def check_integration(wanted: Case | None, item: Any) -> None:
    if isinstance(item, Exception):
        raise item
    if wanted is None:
        assert item is None
        return
    for name, value in wanted.items():
        if name == "extra":
            assert {key: item[key] for key in value} == value
            continue
        found = getattr(item, name)
        # The vectors say "" for an absent text, Python says None.
        assert found == (tuple(value) if isinstance(value, list) else None if value == "" else value), name


def check_found(wanted: Any, outcome: Any) -> None:
    if isinstance(wanted, dict):
        assert wanted == {"error": "re.error"} and isinstance(outcome, re.error)
    elif isinstance(outcome, Exception):
        raise outcome
    else:
        assert (outcome and outcome.name) == wanted


def check_no_secret(outcome: Any, secrets: list[str]) -> None:
    shown = repr(outcome) + str(outcome) + f"{outcome}"
    if isinstance(outcome, Exception):
        shown += repr(vars(outcome))
    for secret in secrets:
        assert secret not in shown


def check_requests(expect: Case, seen: list[dict[str, Any]]) -> None:
    assert len(seen) == expect.get("requests", len(seen))
    if "paths" in expect:
        assert [request["path"] for request in seen] == expect["paths"]
    if "cookies" in expect:
        cookies = [request["headers"].get("x-rs-session-server-rpc-cookie") for request in seen]
        assert cookies == expect["cookies"]
    wanted = expect.get("request", {})
    for name in ("method", "path", "query"):
        if name in wanted:
            assert seen[0][name] == wanted[name]
    for name, value in wanted.get("headers", {}).items():
        assert seen[0]["headers"].get(name) == value
    if "json" in wanted:
        body = json.loads(seen[0]["body"])
        assert {name: body.get(name) for name in wanted["json"]} == wanted["json"]
    if "form" in wanted:
        form = dict(urllib.parse.parse_qsl(seen[0]["body"], strict_parsing=True))
        assert {name: form.get(name) for name in wanted["form"]} == wanted["form"]
        assert form.keys().isdisjoint(wanted.get("form_lacks", []))
