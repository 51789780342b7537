"""Tokens in the requests of requests and httpx, and the one more try after a refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import httpx
import pytest
import requests

import tokcore
from tokcore.httpx import TokcoreAuth as HttpxAuth
from tokcore.requests import TokcoreAuth as RequestsAuth

Ask = Callable[[str, str], Any]
Get = Callable[..., Any]
NUMBERS = count()


@pytest.fixture
def source(oidc: str, browser: object) -> tokcore.TokenSource:
    client = tokcore.OAuthClient(client_id="public", issuer=oidc)
    return client.source(
        scopes=["openid", "offline_access", "read"],
        prompt="consent",
        interactive=True,
        on_prompt=lambda _: None,
        cache_key=f"adapters-{next(NUMBERS)}",
    )


def with_httpx(source: tokcore.TokenSource, method: str, url: str, **how: Any) -> Any:
    with httpx.Client(auth=HttpxAuth(source), trust_env=False) as client:
        return client.request(method, url, **how)


def with_async_httpx(source: tokcore.TokenSource, method: str, url: str, **how: Any) -> Any:
    async def main() -> httpx.Response:
        async with httpx.AsyncClient(auth=HttpxAuth(source), trust_env=False) as client:
            return await client.request(method, url, **how)

    return asyncio.run(main())


def with_requests(source: tokcore.TokenSource, method: str, url: str, **how: Any) -> Any:
    with requests.Session() as session:
        session.trust_env = False
        session.auth = RequestsAuth(source)
        return session.request(method, url, timeout=10, **how)


@pytest.fixture(params=[with_requests, with_httpx, with_async_httpx])
def call(request: pytest.FixtureRequest) -> Get:
    function: Get = request.param
    return function


def test_a_refused_token_is_renewed_once(call: Get, source: tokcore.TokenSource, oidc: str, asked: Ask) -> None:
    assert call(source, "GET", f"{oidc}/api").json()["sub"] == "alice"
    first = source.token()
    before = asked("oidc", "/__stats")
    asked("oidc", "POST /__end-access-tokens")
    answer = call(source, "GET", f"{oidc}/api")
    assert answer.status_code == 200
    after = asked("oidc", "/__stats")
    assert after["refresh"] == before["refresh"] + 1
    assert after["requests"]["/api"] == before["requests"]["/api"] + 2
    assert source.token().access_token != first.access_token


def test_missing_scopes_are_named(call: Get, source: tokcore.TokenSource, oidc: str) -> None:
    assert source.client is not None
    quiet = source.client.source(
        grant="refresh_token", refresh_token=source.token().refresh_token, cache_key=f"quiet-{next(NUMBERS)}"
    )
    with pytest.raises(tokcore.DeniedError, match="write"):
        call(quiet, "GET", f"{oidc}/api/write")


def test_other_refusals_are_the_programs(call: Get, source: tokcore.TokenSource, oidc: str) -> None:
    assert call(source, "GET", f"{oidc}/nowhere").status_code == 404


@pytest.mark.parametrize("name", ["public-dpop", "public-dpop-nonce"])
def test_proofs_of_bound_tokens(name: str, call: Get, oidc: str, browser: object) -> None:
    client = tokcore.OAuthClient(client_id=name, issuer=oidc, dpop=True)
    source = client.source(scopes="openid", interactive=True, on_prompt=lambda _: None)
    assert call(source, "GET", f"{oidc}/me").json()["sub"] == "alice"


def test_a_body_that_is_gone_is_not_sent_again(source: tokcore.TokenSource, oidc: str, asked: Ask) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"once"

    token = source.token()
    asked("oidc", "POST /__end-access-tokens")
    answer = with_requests(source, "POST", f"{oidc}/api", data=pieces())
    assert answer.status_code == 401
    # The next one has a new token all the same.
    assert source.token().access_token != token.access_token
    asked("oidc", "POST /__end-access-tokens")
    assert with_httpx(source, "POST", f"{oidc}/api", content=pieces()).status_code == 401


def test_nothing_goes_to_an_address_that_others_listen_to(call: Get, source: tokcore.TokenSource) -> None:
    with pytest.raises(tokcore.ConfigInvalidError) as caught:
        call(source, "GET", "http://api.example.invalid/")
    assert caught.value.reason == "insecure_endpoint"
