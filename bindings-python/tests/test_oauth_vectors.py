"""The vectors of tests/vectors/oauth that have a public surface in Python, and the hostile server's answers."""

from __future__ import annotations

import json
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any

import pytest
from vectors import VECTORS, Case

import tokcore
from tokcore import _kinds, flows, jwt

CANARIES = ("access-canary", "refresh-canary", "client-canary", "first-canary", "second-canary")


def table(name: str) -> Any:
    return json.loads((VECTORS / "oauth" / f"{name}.json").read_text())


def cases(name: str, *members: str, lacks: tuple[str, ...] = ()) -> list[Any]:
    """The cases of a table that have all of these members and none of those."""
    found = [
        pytest.param(case, id=case["id"])
        for case in table(name)["cases"]
        if all(member in case for member in members) and not any(member in case for member in lacks)
    ]
    assert found
    return found


def error_class(kind: str) -> type[tokcore.TokcoreError]:
    classes = [getattr(_kinds, name) for name in _kinds.__all__]
    found: type[tokcore.TokcoreError] = next(one for one in classes if one.kind == kind)
    return found


def fetch(address: str, **settings: Any) -> tokcore.Token:
    client = tokcore.OAuthClient(
        client_id="client-1",
        client_secret="client-canary",
        token_endpoint=address,
        auth_method="client_secret_post",
        **settings,
    )
    return flows.client_credentials(client)


def seconds(time: datetime | None) -> float | None:
    return None if time is None else (time - datetime.now(timezone.utc)).total_seconds()


# What a case may ask of the reader beyond an answer.
BEYOND = ("requested", "sent_secret", "carried", "grant", "exchange", "format")


def is_waited_for(param: Any) -> bool:
    """Whether the client would wait as long as the server asks it to."""
    return "retry_after_s" in param.values[0]["expect"].get("failure", {})


ANSWERS = [param for param in cases("responses", "expect", lacks=BEYOND) if not is_waited_for(param)]


def outcome(case: Case, hostile: str) -> tokcore.Token | tokcore.TokcoreError:
    """What the client makes of the answer."""
    settings: dict[str, Any] = {name: case[name] for name in ("dialect", "profile") if name in case}
    try:
        return fetch(f"{hostile}/vector/{case['id']}", **settings)
    except tokcore.TokcoreError as error:
        return error


@pytest.fixture(scope="module")
def outcomes(hostile: str) -> dict[str, tokcore.Token | tokcore.TokcoreError]:
    """Of all cases. At the same time, because some failures are tried again after a pause."""
    table = [param.values[0] for param in ANSWERS]
    with ThreadPoolExecutor(24) as pool:
        found = pool.map(lambda case: outcome(case, hostile), table)
        return {case["id"]: one for case, one in zip(table, found)}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_of_a_token_endpoint(
    case: Case, outcomes: dict[str, tokcore.Token | tokcore.TokcoreError]
) -> None:
    found = outcomes[case["id"]]
    expected = case["expect"].get("failure")
    if expected is None:
        assert isinstance(found, tokcore.Token), found
        check_token(found, case["expect"]["token"])
        return
    assert isinstance(found, tokcore.TokcoreError), found
    error = found
    assert (error.kind, error.reason) == (expected["kind"], expected.get("reason"))
    assert error.oauth_error == expected.get("oauth_error")
    # An exception and all that hangs on it.
    shown = "".join(traceback.format_exception(error)) + repr(vars(error))
    assert not [canary for canary in CANARIES if canary in shown]


def check_token(token: tokcore.Token, expected: dict[str, Any]) -> None:
    if "access_token" in expected:
        assert token.access_token == expected["access_token"]
    assert token.token_type.lower() == expected.get("token_type", "Bearer").lower()
    assert token.refresh_token == expected.get("refresh_token")
    assert token.extra == expected.get("extra", {})
    assert sorted(token.warnings) == sorted(expected.get("warnings", []))
    lifetime, left = expected.get("lifetime_s"), seconds(token.expires_at)
    if lifetime in (None, "never"):
        assert left is None
    # The tables live in the year 2023: an instant of theirs is long gone.
    elif not {"expires_at", "expires_on", "expiration"} & set(expected.get("extra", {})):
        assert left is not None and abs(left - lifetime) < 60
    assert not [canary for canary in CANARIES if canary in repr(token)]


@pytest.mark.parametrize("case", cases("encoding", "verifier"))
def test_a_verifier_and_its_challenge(case: Case) -> None:
    if "error" in case["expect"]:
        with pytest.raises(tokcore.InvalidArgumentError) as caught:
            flows.pkce(verifier=case["verifier"])
        assert len(case["verifier"]) < 8 or case["verifier"] not in str(caught.value)
    else:
        pair = flows.pkce(verifier=case["verifier"])
        assert (pair.challenge, pair.method) == (case["expect"]["challenge"], "S256")


def test_fresh_verifiers() -> None:
    pairs = [flows.pkce() for _ in range(100)]
    assert len({pair.verifier for pair in pairs}) == 100
    assert {len(pair.verifier) for pair in pairs} == {43}


def is_for_us(case: Case) -> bool:
    """Whether the payload is an object, and the rules are those of every crypto provider."""
    return case["payload"].startswith("{") and "only" not in case and "certificate" not in case


SIGNED = [param for param in cases("jose", "payload") if is_for_us(param.values[0])]


@pytest.mark.parametrize("case", SIGNED)
def test_a_signature(case: Case) -> None:
    def sign() -> str:
        if "secret" in case:
            key = jwt.SigningKey.hmac(case["secret"], allow_weak=case.get("weak", False))
        else:
            named = case.get("key_text") or table("jose")["keys"][case["key"]]
            text = named if isinstance(named, str) else json.dumps(named)
            key = jwt.SigningKey(text, passphrase=case.get("passphrase"), key_id=case.get("kid"))
        algorithm, header = case.get("algorithm"), case.get("header")
        return jwt.encode(json.loads(case["payload"]), key, header=header, algorithm=algorithm)

    expected = case["expect"]
    if "message" in expected:
        with pytest.raises(tokcore.TokcoreError) as caught:
            sign()
        error = caught.value
        assert error.reason == expected.get("reason")
        assert all(part in error.message for part in expected["message"]), error.message
        assert case.get("key_text", "canary") not in str(error)
    elif "token" in expected:
        assert sign() == expected["token"]
    else:
        assert sign().count(".") == 2


#: Behaviours of the hostile server: what a client must say of them.
HOSTILE = {
    "html-200": ("protocol", "html_response"),
    "empty": ("protocol", "empty_response"),
    "array": ("protocol", "malformed_response"),
    "truncated-json": ("protocol", "malformed_response"),
    "deep": ("protocol", "malformed_response"),
    "nul": ("protocol", "malformed_response"),
    "line-break": ("protocol", "malformed_response"),
    "token-missing": ("protocol", "malformed_response"),
    "redirect-307": ("protocol", "unexpected_redirect"),
    "huge": ("protocol", "response_too_large"),
    "gzip-bomb": None,
    "flood": None,
    "reset": None,
    "truncated": None,
    "two-lengths": None,
    "hang": ("timeout", None),
    "drip": ("timeout", None),
    "echo": ("denied", None),
    "echo-html": None,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_endpoint(name: str, hostile: str) -> None:
    with pytest.raises(tokcore.TokcoreError) as caught:
        fetch(f"{hostile}/{name}", timeout_ms=400)
    error = caught.value
    if (expected := HOSTILE[name]) is not None:
        assert (error.kind, error.reason) == expected
    assert error.kind not in ("internal", "grant_revoked")
    shown = "".join(traceback.format_exception(error)) + repr(vars(error))
    assert not [canary for canary in CANARIES if canary in shown]


@pytest.mark.parametrize("name", ["html-502", "truncated-json", "reset", "array", "token-missing"])
def test_a_failed_refresh_does_not_end_the_grant(name: str, hostile: str) -> None:
    client = tokcore.OAuthClient(
        client_id="client-1",
        client_secret="client-canary",
        token_endpoint=f"{hostile}/{name}",
        auth_method="client_secret_post",
        timeout_ms=400,
    )
    source = client.source(grant="refresh_token", refresh_token="refresh-canary-77c1", cache_key=name)
    old = source.adopt(
        tokcore.Token.of(access_token="access-canary-old", refresh_token="refresh-canary-77c1", expires_in=1)
    )
    source.invalidate(old)
    with pytest.raises(tokcore.TokcoreError) as caught:
        source.token()
    assert caught.value.kind != "grant_revoked"
    kept = source.current()
    assert kept is None or kept.refresh_token == "refresh-canary-77c1"
