"""The server does what the end-to-end tests rely on. Run with pytest."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import urllib.parse
from collections.abc import Iterator

import pytest

import oidc_server
from signin import Browser, walk

VERIFIER = "v" * 43


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    oidc_server.install()
    server = subprocess.Popen(
        oidc_server.COMMAND, cwd=oidc_server.FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert server.stdin and server.stdout
    line = next(line for line in server.stdout if "listening on" in line)
    yield line.split()[-1]
    server.stdin.close()
    assert server.wait(10) == 0


def token(address: str, **fields: str) -> tuple[int, dict[str, str]]:
    client = {"client_id": "tokcore-e2e", "client_secret": "client-secret-canary"}
    page = Browser().open(f"{address}/token", {**client, **fields})
    return page.status, json.loads(page.text)


def code(address: str, **extra: str) -> dict[str, str]:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
    query = {
        "client_id": "tokcore-e2e",
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:7/cb",
        "scope": "openid",
        "state": "st",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        **extra,
    }
    query = {name: value for name, value in query.items() if value}
    callback = walk(Browser(), f"{address}/auth?{urllib.parse.urlencode(query)}")
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(callback).query))


def stats(address: str) -> dict[str, int]:
    return json.loads(Browser().open(f"{address}/__stats").text)


def test_pkce_is_required(address: str) -> None:
    assert code(address, code_challenge="", code_challenge_method="")["error"] == "invalid_request"


def test_rotation_and_reuse(address: str) -> None:
    answer = code(address)
    assert answer["state"] == "st" and answer["iss"] == address
    redirect = {"redirect_uri": "http://127.0.0.1:7/cb", "code_verifier": VERIFIER}
    status, first = token(address, grant_type="authorization_code", code=answer["code"], **redirect)
    assert status == 200 and first["expires_in"] == 3
    status, second = token(address, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert status == 200 and second["refresh_token"] != first["refresh_token"]
    for dead in (first, second):
        status, refusal = token(address, grant_type="refresh_token", refresh_token=dead["refresh_token"])
        assert (status, refusal["error"]) == (400, "invalid_grant")
    secrets = json.loads(Browser().open(f"{address}/__secrets").text)
    assert {first["access_token"], second["refresh_token"], first["id_token"], answer["code"], VERIFIER} <= set(secrets)
    counts = stats(address)
    assert (counts["code"], counts["refresh"], counts["reuse"], counts["refused"]) == (1, 1, 1, 2)


def test_ended_grants_refuse_the_next_refresh(address: str) -> None:
    redirect = {"redirect_uri": "http://127.0.0.1:7/cb", "code_verifier": VERIFIER}
    _, first = token(address, grant_type="authorization_code", code=code(address)["code"], **redirect)
    assert json.loads(Browser().open(f"{address}/__end-grants", {}).text)["ended"] >= 1
    status, refusal = token(address, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (status, refusal["error"]) == (400, "invalid_grant")
