"""The certified server does what the tests of every flow rely on."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator

import pytest

from listener import Listener
from pages import Browser
from running import OIDC, Running
from signin import enter_code, sign_in, walk
from wire import (
    ASSERTION_TYPE,
    REDIRECT,
    VERIFIER,
    Answer,
    Dpop,
    assertion_claims,
    authorization_url,
    basic,
    callback_fields,
    get,
    load_key,
    post,
    sign,
)

E2E = {"client_id": "tokcore-e2e", "client_secret": "client-secret-canary"}
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
SPECIAL = 'colon: plus+ percent%41 and& equals= slash/ quote" back\\ tilde~ end'


def code(address: str, client_id: str = "public", **extra: str) -> dict[str, str]:
    """The answer to an authorization request that alice allows."""
    extra = {"scope": "openid", **extra}
    return callback_fields(walk(Browser(), authorization_url(f"{address}/auth", client_id, **extra)))


def redeem(address: str, value: str, headers: dict[str, str] | None = None, **fields: str) -> Answer:
    fields = {"client_id": "public", "redirect_uri": REDIRECT, "code_verifier": VERIFIER, **fields}
    return post(f"{address}/token", headers, grant_type="authorization_code", code=value, **fields)


def refresh(address: str, token: str, headers: dict[str, str] | None = None, **fields: str) -> Answer:
    fields = {"client_id": "public", **fields}
    return post(f"{address}/token", headers, grant_type="refresh_token", refresh_token=token, **fields)


def stats(address: str) -> dict[str, int]:
    return get(f"{address}/__stats").body


def key(address: str, client: str):
    entry = get(f"{address}/__keys")[client]
    return load_key(entry["pem"]), {"kid": entry["kid"]}


@pytest.fixture(scope="module")
def fresh() -> Iterator[str]:
    """A server of one's own, with the defaults, where counts begin at nothing."""
    server = Running(OIDC)
    yield server.address
    assert server.stop() == 0


def test_discovery_and_keys(oidc: str) -> None:
    for name in ("openid-configuration", "oauth-authorization-server"):
        found = get(f"{oidc}/.well-known/{name}").body
        assert found["issuer"] == oidc and found["authorization_response_iss_parameter_supported"]
        assert {DEVICE, EXCHANGE, BEARER, "client_credentials"} <= set(found["grant_types_supported"])
        assert (
            found["code_challenge_methods_supported"] == ["S256"] and "form_post" in found["response_modes_supported"]
        )
        assert found["pushed_authorization_request_endpoint"] == f"{oidc}/request"
        assert {"private_key_jwt", "client_secret_jwt", "none"} <= set(found["token_endpoint_auth_methods_supported"])
        assert "ES256" in found["dpop_signing_alg_values_supported"]
    assert get(found["jwks_uri"])["keys"][0]["alg"] == "ES256"


def test_pkce_is_required(oidc: str) -> None:
    assert code(oidc, code_challenge="", code_challenge_method="")["error"] == "invalid_request"
    assert redeem(oidc, code(oidc)["code"], code_verifier="w" * 43).refusal == (400, "invalid_grant")


def test_rotation_and_reuse(fresh: str) -> None:
    answer = code(fresh, "tokcore-e2e")
    assert answer["state"] == "st" and answer["iss"] == fresh
    first = redeem(fresh, answer["code"], **E2E)
    assert first.status == 200 and first["expires_in"] == 3
    second = refresh(fresh, first["refresh_token"], **E2E)
    assert second.status == 200 and second["refresh_token"] != first["refresh_token"]
    for dead in (first, second):
        assert refresh(fresh, dead["refresh_token"], **E2E).refusal == (400, "invalid_grant")
    secrets = json.loads(Browser().open(f"{fresh}/__secrets").text)
    assert {first["access_token"], second["refresh_token"], first["id_token"], answer["code"], VERIFIER} <= set(secrets)
    counts = stats(fresh)
    assert (counts["code"], counts["refresh"], counts["reuse"], counts["refused"]) == (1, 1, 1, 2)
    assert counts["requests"]["/token"] == 4


def test_ended_grants_refuse_the_next_refresh(fresh: str) -> None:
    first = redeem(fresh, code(fresh)["code"])
    assert post(f"{fresh}/__end-grants", force="1")["ended"] >= 1
    assert refresh(fresh, first["refresh_token"]).refusal == (400, "invalid_grant")


def test_refusing_consent(oidc: str) -> None:
    url = authorization_url(f"{oidc}/auth", "public", scope="openid")
    assert callback_fields(walk(Browser(), url, allow=False))["error"] == "access_denied"


def test_par(oidc: str) -> None:
    query = urllib.parse.urlsplit(authorization_url(f"{oidc}/auth", "public-par", scope="openid")).query
    assert callback_fields(walk(Browser(), f"{oidc}/auth?{query}"))["error"] == "invalid_request"
    pushed = post(f"{oidc}/request", **dict(urllib.parse.parse_qsl(query)))
    assert pushed.status == 201 and pushed["expires_in"] > 0
    short = urllib.parse.urlencode({"client_id": "public-par", "request_uri": pushed["request_uri"]})
    answer = callback_fields(walk(Browser(), f"{oidc}/auth?{short}"))
    assert answer["state"] == "st" and redeem(oidc, answer["code"], client_id="public-par").status == 200


def test_form_post(oidc: str) -> None:
    assert {"code", "state", "iss"} <= set(code(oidc, response_mode="form_post"))


@pytest.mark.parametrize(
    "redirect", ["urn:ietf:wg:oauth:2.0:oob", "https://hosted.example.test/oauth/callback", "http://[::1]:7/"]
)
def test_other_redirects(oidc: str, redirect: str) -> None:
    answer = code(oidc, redirect_uri=redirect)
    assert redeem(oidc, answer["code"], redirect_uri=redirect).status == 200


def test_dpop(oidc: str) -> None:
    client, dpop = {"client_id": "public-dpop"}, Dpop()
    assert redeem(oidc, code(oidc, **client)["code"], **client).refusal == (400, "invalid_grant")
    token = redeem(oidc, code(oidc, **client)["code"], dpop.proof("POST", f"{oidc}/token"), **client)
    assert token["token_type"] == "DPoP"
    proof = dpop.proof("GET", f"{oidc}/me", token["access_token"])
    me = Browser().open(f"{oidc}/me", headers={"Authorization": f"DPoP {token['access_token']}", **proof})
    assert (me.status, json.loads(me.text)["sub"]) == (200, "alice")
    assert get(f"{oidc}/me", token["access_token"]).status == 401
    other = Dpop().proof("POST", f"{oidc}/token")
    assert refresh(oidc, token["refresh_token"], other, **client).refusal == (400, "invalid_grant")
    assert refresh(oidc, token["refresh_token"], dpop.proof("POST", f"{oidc}/token"), **client).status == 200


def test_dpop_nonce(oidc: str) -> None:
    client, dpop = {"client_id": "public-dpop-nonce"}, Dpop()
    value = code(oidc, **client)["code"]
    demanded = redeem(oidc, value, dpop.proof("POST", f"{oidc}/token"), **client)
    assert demanded.refusal == (400, "use_dpop_nonce")
    dpop.nonce = demanded.page.headers["DPoP-Nonce"]
    assert redeem(oidc, value, dpop.proof("POST", f"{oidc}/token"), **client)["token_type"] == "DPoP"


@pytest.mark.parametrize(("user", "allow"), [("alice", True), ("bob", False)])
def test_device(oidc: str, user: str, allow: bool) -> None:
    begun = post(f"{oidc}/device/auth", client_id="public", scope="openid read")
    assert begun["verification_uri_complete"].endswith(begun["user_code"]) and begun["expires_in"] == 600
    poll = {"grant_type": DEVICE, "device_code": begun["device_code"], "client_id": "public"}
    assert post(f"{oidc}/token", **poll).refusal == (400, "authorization_pending")
    assert enter_code(begun["verification_uri"], begun["user_code"], user, allow=allow).status in (200, 400)
    polled = post(f"{oidc}/token", **poll)
    if allow:
        assert polled["refresh_token"] and polled["scope"] == "openid read"
    else:
        assert polled.refusal == (400, "access_denied")


def test_device_by_the_complete_uri(oidc: str) -> None:
    begun = post(f"{oidc}/device/auth", client_id="public", scope="openid")
    enter_code(begun["verification_uri_complete"])
    assert post(f"{oidc}/token", grant_type=DEVICE, device_code=begun["device_code"], client_id="public").status == 200


@pytest.mark.parametrize(("client", "secret"), [("basic", "basic-secret-canary"), ("basic-special", SPECIAL)])
def test_basic(oidc: str, client: str, secret: str) -> None:
    machine = {"grant_type": "client_credentials", "scope": "read"}
    token = post(f"{oidc}/token", basic(client, secret), **machine)
    assert token.status == 200 and token["scope"] == "read" and "refresh_token" not in token.body
    assert post(f"{oidc}/token", basic(client, secret + "x"), **machine).refusal == (401, "invalid_client")


def test_secret_in_the_body(oidc: str) -> None:
    machine = {"grant_type": "client_credentials", "client_id": "post-special", "client_secret": SPECIAL}
    assert post(f"{oidc}/token", **machine).status == 200


@pytest.mark.parametrize("client", ["key-rs256", "key-es256"])
def test_private_key_jwt(oidc: str, client: str) -> None:
    private, header = key(oidc, client)
    assertion = sign(private, header, assertion_claims(client, oidc))
    machine = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    assert post(f"{oidc}/token", **machine).status == 200
    assert post(f"{oidc}/token", **machine).refusal == (401, "invalid_client"), "an assertion counts once"


def test_client_secret_jwt(oidc: str) -> None:
    assertion = sign(b"secret-jwt-canary-of-at-least-32-bytes", {}, assertion_claims("secret-jwt", oidc))
    machine = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    assert post(f"{oidc}/token", **machine).status == 200


def test_resource_indicators(oidc: str) -> None:
    opaque, jwt = "https://opaque.example.test/", "https://jwt.example.test/"
    assert code(oidc, resource="https://unknown.example.test/")["error"] == "invalid_target"
    for resource, dots in ((opaque, 0), (jwt, 2)):
        token = redeem(oidc, code(oidc, resource=resource, scope="openid read")["code"], resource=resource)
        assert token["access_token"].count(".") == dots and token["scope"] == "read"
        assert refresh(oidc, token["refresh_token"])["access_token"].count(".") == dots
    machine = post(f"{oidc}/token", **E2E, grant_type="client_credentials", resource=jwt, scope="write")
    assert machine["access_token"].count(".") == 2 and machine["scope"] == "write"


def test_revocation_and_introspection(oidc: str) -> None:
    token = redeem(oidc, code(oidc, "tokcore-e2e")["code"], **E2E)
    refresh_token = token["refresh_token"]
    seen = post(f"{oidc}/token/introspection", **E2E, token=refresh_token)
    assert seen["active"] and (seen["sub"], seen["client_id"]) == ("alice", "tokcore-e2e")
    assert post(f"{oidc}/token/revocation", **E2E, token=refresh_token, token_type_hint="refresh_token").status == 200
    assert post(f"{oidc}/token/introspection", **E2E, token=refresh_token).body == {"active": False}
    assert refresh(oidc, refresh_token, **E2E).refusal == (400, "invalid_grant")


def test_token_exchange(oidc: str) -> None:
    subject = redeem(oidc, code(oidc, scope="openid read write")["code"])["access_token"]
    exchange = {**E2E, "grant_type": EXCHANGE, "subject_token": subject, "subject_token_type": ACCESS_TOKEN}
    token = post(f"{oidc}/token", **exchange, scope="read")
    assert (token["issued_token_type"], token["scope"]) == (ACCESS_TOKEN, "read")
    assert get(f"{oidc}/api", token["access_token"])["sub"] == "alice"
    assert post(f"{oidc}/token", **{**exchange, "subject_token": "x"}).refusal == (400, "invalid_request")
    assert post(f"{oidc}/token", **exchange, audience="https://unknown.example.test/").refusal == (
        400,
        "invalid_target",
    )


def test_jwt_bearer(oidc: str) -> None:
    private, header = key(oidc, "service-account")
    grant = {"grant_type": BEARER, "client_id": "service-account", "scope": "write"}
    claims = assertion_claims("service-account", f"{oidc}/token", sub="carol")
    token = post(f"{oidc}/token", **grant, assertion=sign(private, header, claims))
    assert get(f"{oidc}/api/write", token["access_token"])["sub"] == "carol"
    late = sign(private, header, {**claims, "exp": claims["iat"] - 60})
    assert post(f"{oidc}/token", **grant, assertion=late).refusal == (400, "invalid_grant")


def test_resource_server(oidc: str) -> None:
    token = redeem(oidc, code(oidc, scope="openid read")["code"])["access_token"]
    assert get(f"{oidc}/api", token)["scope"] == "openid read"
    assert get(f"{oidc}/api/write", token).refusal == (403, "insufficient_scope")
    refused = get(f"{oidc}/api", "no-such-token")
    challenge = refused.page.headers["WWW-Authenticate"]
    assert refused.status == 401 and 'error="invalid_token"' in challenge
    metadata = get(challenge.split('resource_metadata="')[1].split('"')[0])
    assert (metadata["resource"], metadata["authorization_servers"]) == (f"{oidc}/api", [oidc])


def test_short_lives_and_ended_access_tokens(fresh: str) -> None:
    assert redeem(fresh, code(fresh, "short-lived")["code"], client_id="short-lived")["expires_in"] == 1
    token = redeem(fresh, code(fresh)["code"])
    assert post(f"{fresh}/__end-access-tokens", force="1")["ended"] >= 1
    assert get(f"{fresh}/api", token["access_token"]).status == 401
    assert refresh(fresh, token["refresh_token"]).status == 200


def test_sign_in_delivers_the_answer(oidc: str) -> None:
    """The whole of a loopback login but the client: somebody listens, the person's browser arrives."""
    with Listener() as listener:
        url = authorization_url(f"{oidc}/auth", "public", scope="openid", redirect_uri=listener.address)
        callback, said = sign_in(url)
        assert callback.startswith(listener.address) and said.status == 200
        assert redeem(oidc, listener.fields["code"], redirect_uri=listener.address).status == 200
