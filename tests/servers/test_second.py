"""The independent server does what the tests of its flows rely on."""

from __future__ import annotations

import time
import urllib.parse

import pytest

from listener import Listener
from pages import Browser
from signin import enter_code, sign_in, walk
from wire import REDIRECT, VERIFIER, Answer, authorization_url, basic, callback_fields, get, post

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
POST = {"client_id": "post", "client_secret": "post-secret-canary"}


def code(address: str, client_id: str = "public", **extra: str) -> dict[str, str]:
    return callback_fields(walk(Browser(), authorization_url(f"{address}/authorize", client_id, **extra)))


def redeem(address: str, value: str, **fields: str) -> Answer:
    fields = {"client_id": "public", "redirect_uri": REDIRECT, "code_verifier": VERIFIER, **fields}
    return post(f"{address}/token", grant_type="authorization_code", code=value, **fields)


def refresh(address: str, token: str, **fields: str) -> Answer:
    return post(
        f"{address}/token", grant_type="refresh_token", refresh_token=token, **{"client_id": "public", **fields}
    )


def test_discovery(second: str) -> None:
    assert get(f"{second}/.well-known/openid-configuration").status == 404
    found = get(f"{second}/.well-known/oauth-authorization-server")
    assert found["issuer"] == second and found["token_endpoint"] == f"{second}/token"
    assert {DEVICE, "password", "client_credentials", "refresh_token"} <= set(found["grant_types_supported"])


def test_code_with_pkce(second: str) -> None:
    answer = code(second, scope="read write")
    assert answer["state"] == "st" and "iss" not in answer
    assert redeem(second, answer["code"], code_verifier="w" * 43).refusal == (400, "invalid_grant")
    token = redeem(second, answer["code"])
    assert token["token_type"] == "Bearer" and token["scope"] == "read write" and token["expires_in"] == 300
    assert get(f"{second}/api/write", token["access_token"])["sub"] == "alice"
    assert redeem(second, answer["code"]).refusal == (400, "invalid_grant"), "a code counts once"


def test_refusals_of_the_authorization(second: str) -> None:
    url = authorization_url(f"{second}/authorize", "public")
    assert callback_fields(walk(Browser(), url, allow=False))["error"] == "access_denied"
    assert code(second, scope="unheard-of")["error"] == "invalid_scope"
    assert code(second, code_challenge_method="plain")["error"] == "invalid_request"


def test_rotation_and_reuse(second: str) -> None:
    first = redeem(second, code(second)["code"])
    again = refresh(second, first["refresh_token"])
    assert again.status == 200 and again["refresh_token"] != first["refresh_token"]
    before = get(f"{second}/__stats")["reuse"]
    for dead in (first, again):
        assert refresh(second, dead["refresh_token"]).refusal == (400, "invalid_grant")
    assert get(f"{second}/__stats")["reuse"] == before + 1
    assert get(f"{second}/api", again["access_token"]).status == 401
    assert {first["access_token"], again["refresh_token"]} <= set(get(f"{second}/__secrets").body)


@pytest.mark.parametrize("allow", [True, False])
def test_device(second: str, allow: bool) -> None:
    begun = post(f"{second}/device/code", client_id="public", scope="read")
    assert begun["interval"] == 1 and begun["verification_uri"] == f"{second}/device"
    poll = {"grant_type": DEVICE, "device_code": begun["device_code"], "client_id": "public"}
    assert post(f"{second}/token", **poll).refusal == (400, "authorization_pending")
    assert post(f"{second}/token", **poll).refusal == (400, "slow_down")
    page = enter_code(begun["verification_uri"], begun["user_code"], allow=allow)
    assert ("Done" if allow else "Refused") in page.text
    polled = post(f"{second}/token", **poll)
    assert polled["refresh_token"] if allow else polled.refusal == (400, "access_denied")


def test_device_by_the_complete_uri(second: str) -> None:
    begun = post(f"{second}/device/code", **POST, scope="read")
    assert "Done" in enter_code(begun["verification_uri_complete"]).text
    assert post(f"{second}/token", **POST, grant_type=DEVICE, device_code=begun["device_code"]).status == 200


def test_password(second: str) -> None:
    fields = {**POST, "grant_type": "password", "username": "alice", "scope": "read"}
    assert post(f"{second}/token", **fields, password="password-canary")["refresh_token"]
    assert post(f"{second}/token", **fields, password="wrong").refusal == (400, "invalid_grant")


def test_client_credentials(second: str) -> None:
    machine = {"grant_type": "client_credentials", "scope": "write"}
    for token in (
        post(f"{second}/token", basic("basic", "basic-secret-canary"), **machine),
        post(f"{second}/token", **POST, **machine),
    ):
        assert token["scope"] == "write" and "refresh_token" not in token.body
        assert get(f"{second}/api/write", token["access_token"]).status == 200
    assert post(f"{second}/token", basic("basic", "wrong"), **machine).refusal == (401, "invalid_client")


def test_this_server_forgets_the_plus(second: str) -> None:
    """It decodes percent signs in Basic, but not the plus that stands for a space."""
    secret, machine = "colon: plus+ percent%41 and& slash/ end", {"grant_type": "client_credentials"}
    assert post(f"{second}/token", basic("basic-special", secret), **machine).status == 401
    assert post(f"{second}/token", basic("basic-special", secret, urllib.parse.quote), **machine).status == 200


def test_revocation_and_introspection(second: str) -> None:
    token = redeem(second, code(second, "post")["code"], **POST)
    for value in (token["access_token"], token["refresh_token"]):
        seen = post(f"{second}/introspect", **POST, token=value)
        assert seen["active"] and seen["sub"] == "alice" and seen["exp"] > time.time()
    assert post(f"{second}/revoke", **POST, token=token["refresh_token"]).status == 200
    assert post(f"{second}/introspect", **POST, token=token["access_token"]).body == {"active": False}
    assert refresh(second, token["refresh_token"], **POST).refusal == (400, "invalid_grant")


def test_ended_grants(second: str) -> None:
    token = redeem(second, code(second)["code"])
    assert post(f"{second}/__end-grants", force="1")["ended"] >= 1
    assert refresh(second, token["refresh_token"]).refusal == (400, "invalid_grant")


def test_sign_in_delivers_the_answer(second: str) -> None:
    with Listener() as listener:
        url = authorization_url(f"{second}/authorize", "public", redirect_uri=listener.address)
        assert sign_in(url)[0].startswith(listener.address)
        assert redeem(second, listener.fields["code"], redirect_uri=listener.address).status == 200
