"""Every flow against the certified server, and those of the second server against it too."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import signin
from pages import Browser

import tokcore
from tokcore import flows

Ask = Callable[[str, str], Any]


@pytest.fixture(params=["oidc", "second"])
def server(request: pytest.FixtureRequest) -> str:
    """Each of the two servers."""
    address: str = request.getfixturevalue(request.param)
    return address


@pytest.fixture
def public(server: str) -> tokcore.OAuthClient:
    return tokcore.OAuthClient(client_id="public", issuer=server, discovery="auto")


@pytest.fixture
def machine(server: str) -> tokcore.OAuthClient:
    return tokcore.OAuthClient(
        client_id="basic", client_secret="basic-secret-canary", issuer=server, discovery="auto"
    )


def signed_in_by(user: str, code: dict[str, str]) -> Callable[[str], None]:
    """A person who enters the code of the prompt that they are shown."""

    def on_prompt(text: str) -> None:
        words = text.replace("\n", " ").split()
        if "code" in words and words[0] == "Open":
            code["shown"] = text
            place, user_code = words[1], words[words.index("code") + 1]
            threading.Thread(target=signin.enter_code, args=(place, user_code, user)).start()

    return on_prompt


def test_authorization_code_in_a_browser(public: tokcore.OAuthClient, browser: object) -> None:
    shown: list[str] = []
    token = flows.authorization_code(public, scopes="read", interactive=True, on_prompt=shown.append)
    assert token.token_type == "Bearer"
    assert token.scopes == ("read",)
    assert token.origin["grant"] == "authorization_code"
    assert any("sign in" in text for text in shown)


def test_a_person_who_says_no(public: tokcore.OAuthClient, browser: Callable[..., None]) -> None:
    browser("--visit", "--deny")
    with pytest.raises(tokcore.DeniedError) as caught:
        flows.authorization_code(public, scopes="read", interactive=True, on_prompt=lambda _: None)
    assert caught.value.reason == "authorization_denied"
    assert caught.value.oauth_error == "access_denied"


def test_device(public: tokcore.OAuthClient) -> None:
    code: dict[str, str] = {}
    token = flows.device(public, scopes="read", interactive=True, on_prompt=signed_in_by("bob", code))
    assert token.scopes == ("read",)
    assert code["shown"]


def test_client_credentials(machine: tokcore.OAuthClient) -> None:
    token = flows.client_credentials(machine, scopes=["read"])
    assert token.access_token
    assert token.refresh_token is None
    assert token.origin["auth_method"] == "client_secret_basic"


def test_a_refresh_token_from_elsewhere(public: tokcore.OAuthClient, browser: object) -> None:
    request: dict[str, Any] = {"scopes": ["openid", "offline_access"], "prompt": "consent"}
    if "openid" not in (public.metadata().scopes or []):
        request = {"scopes": ["read"]}
    first = flows.authorization_code(public, interactive=True, on_prompt=lambda _: None, **request)
    assert first.refresh_token
    second = flows.refresh(public, refresh_token=first.refresh_token)
    assert second.access_token != first.access_token
    # The servers rotate: what came last goes on.
    third = public.refresh(second)
    assert third.refresh_token not in (None, first.refresh_token, second.refresh_token)
    assert third.generation == second.generation + 1
    with pytest.raises(tokcore.GrantRevokedError) as caught:
        flows.refresh(public, refresh_token=first.refresh_token)
    assert caught.value.oauth_error == "invalid_grant"
    assert first.refresh_token not in str(caught.value)


def test_password_given_and_asked_for(second: str) -> None:
    client = tokcore.OAuthClient(
        client_id="basic", client_secret="basic-secret-canary", issuer=second, discovery="auto"
    )
    assert flows.password(client, username="alice", password="password-canary", scopes="read").access_token
    asked: list[tuple[str, bool]] = []

    def ask(question: str, hidden: bool) -> str:
        asked.append((question, hidden))
        return "password-canary"

    assert flows.password(client, username="alice", scopes="read", ask=ask, interactive=True).access_token
    assert asked and asked[0][1] and "alice" in asked[0][0]
    with pytest.raises(tokcore.InteractionRequiredError):
        flows.password(client, username="alice", interactive=False)


def test_jwt_bearer(oidc: str, asked: Ask) -> None:
    key = asked("oidc", "/__keys")["service-account"]
    client = tokcore.OAuthClient(
        client_id="service-account", issuer=oidc, auth_method="none", key=key["pem"], key_id=key["kid"]
    )
    before = asked("oidc", "/__stats")["bearer"]
    claims = {"iss": "service-account", "sub": "alice", "aud": oidc}
    token = flows.jwt_bearer(client, claims=claims, scopes="read")
    assert token.origin["grant"] == "jwt_bearer"
    assert asked("oidc", "/__stats")["bearer"] == before + 1


@pytest.mark.parametrize("name", ["key-rs256", "key-es256"])
def test_private_key_jwt(name: str, oidc: str, asked: Ask) -> None:
    key = asked("oidc", "/__keys")[name]
    client = tokcore.OAuthClient(client_id=name, issuer=oidc, key=key["pem"], key_id=key["kid"])
    assert flows.client_credentials(client, scopes="read").origin["auth_method"] == "private_key_jwt"


@pytest.mark.parametrize(
    ("name", "secret"),
    [("tokcore-e2e", "client-secret-canary"), ("secret-jwt", "secret-jwt-canary-of-at-least-32-bytes")],
)
def test_other_proofs_of_a_secret(name: str, secret: str, oidc: str) -> None:
    method = "client_secret_jwt" if name == "secret-jwt" else "client_secret_post"
    client = tokcore.OAuthClient(client_id=name, client_secret=secret, issuer=oidc, auth_method=method)
    assert flows.client_credentials(client, scopes="read").origin["auth_method"] == method


def test_token_exchange(oidc: str, browser: object) -> None:
    client = tokcore.OAuthClient(client_id="basic", client_secret="basic-secret-canary", issuer=oidc)
    given = flows.authorization_code(
        client, scopes="openid read write", interactive=True, on_prompt=lambda _: None
    )
    token = flows.token_exchange(
        client, subject_token=given.access_token, subject_token_type="access_token", scopes="read"
    )
    assert token.access_token != given.access_token
    assert token.issued_token_type == "urn:ietf:params:oauth:token-type:access_token"


def test_a_grant_by_its_name(machine: tokcore.OAuthClient) -> None:
    token = flows.generic(machine, grant_type="client_credentials", token_params={"scope": "read"})
    assert token.access_token


def test_a_pushed_request(oidc: str, browser: object, asked: Ask) -> None:
    before = asked("oidc", "/__stats")["requests"].get("/request", 0)
    client = tokcore.OAuthClient(client_id="public-par", issuer=oidc)
    token = flows.authorization_code(client, par=True, scopes="openid", interactive=True, on_prompt=lambda _: None)
    assert token.id_claims is not None and token.id_claims["iss"] == oidc
    assert token.account == token.id_claims["sub"]
    assert asked("oidc", "/__stats")["requests"]["/request"] == before + 1


@pytest.mark.parametrize("name", ["public-dpop", "public-dpop-nonce"])
def test_a_token_bound_to_a_key(name: str, oidc: str, browser: object) -> None:
    client = tokcore.OAuthClient(client_id=name, issuer=oidc, dpop=True)
    source = client.source(scopes="openid", interactive=True, on_prompt=lambda _: None)
    token = source.token()
    assert token.token_type == "DPoP"
    with pytest.raises(tokcore.ConfigInvalidError, match="proof"):
        source.headers()
    headers = source.request_headers(token, "GET", f"{oidc}/me")
    assert headers["authorization"].startswith("DPoP ") and headers["dpop"].count(".") == 2


def test_login_is_what_the_source_gives_from_then_on(public: tokcore.OAuthClient, browser: object) -> None:
    request: dict[str, Any] = {"scopes": ["read"], "cache_key": f"login-{time.monotonic()}"}
    token = public.login(interactive=True, on_prompt=lambda _: None, **request)
    source = public.source(interactive=False, **request)
    assert source.token().access_token == token.access_token
    source.forget()
    assert source.current() is None
    with pytest.raises(tokcore.InteractionRequiredError):
        source.token()


def test_nobody_there_is_said_at_once(public: tokcore.OAuthClient) -> None:
    begun = time.monotonic()
    with pytest.raises(tokcore.InteractionRequiredError):
        public.token(scopes="read", cache_key="nobody")
    assert time.monotonic() - begun < 1


def test_revocation_and_introspection(machine: tokcore.OAuthClient) -> None:
    token = flows.client_credentials(machine, scopes="read")
    before = machine.introspect(token, hint="access_token")
    assert before.active and before["client_id"] == "basic" and "read" in before.scopes
    revocation = machine.revoke(token)
    assert (revocation.outcome, revocation.error) == ("revoked", None)
    assert machine.introspect(token.access_token).active is False
    assert token.access_token not in repr(before)


def test_discovery(oidc: str, second: str) -> None:
    metadata = tokcore.discover(oidc)
    assert metadata.issuer == oidc
    assert metadata.endpoints["token_endpoint"].startswith(oidc)
    assert "client_credentials" in (metadata.grant_types or [])
    assert tokcore.discover(second, form="oauth").issuer == second


def test_userinfo(oidc: str, browser: object) -> None:
    client = tokcore.OAuthClient(client_id="public", issuer=oidc)
    token = flows.authorization_code(client, scopes="openid", interactive=True, on_prompt=lambda _: None)
    assert client.userinfo(token)["sub"] == token.account


def test_proofs_for_requests_of_ones_own(oidc: str) -> None:
    client = tokcore.OAuthClient(client_id="basic", client_secret="basic-secret-canary", issuer=oidc)
    proof = client.authentication(f"{oidc}/token")
    assert proof.headers["authorization"].startswith("Basic ")
    assert "Basic" not in repr(proof)


def test_an_api_says_whom_it_trusts(oidc: str) -> None:
    client = tokcore.OAuthClient(client_id="public", issuer=oidc)
    about = client.resource_metadata(f"{oidc}/api")
    assert (about["resource"], about["authorization_servers"]) == (f"{oidc}/api", [oidc])
    assert client.resource_metadata(f"{oidc}/api", url=f"{oidc}/.well-known/oauth-protected-resource/api") == about
    with pytest.raises(tokcore.TokcoreError):
        client.resource_metadata(f"{oidc}/api/write")


def test_plain_http_elsewhere_is_for_those_who_say_so() -> None:
    with pytest.raises(tokcore.ConfigInvalidError, match="https"):
        tokcore.discover("http://as.invalid")
    with pytest.raises(tokcore.TransportError):
        tokcore.discover("http://as.invalid", allow_insecure_http=True)


def test_a_report_has_flags_and_numbers() -> None:
    report = tokcore.OAuthClient(client_id="c", token_endpoint="https://as.example/token", dpop=False).report()
    assert (report["dpop"], report["issuer"], report["clock_offset_s"]) == (False, None, 0)


def test_a_client_in_a_file(oidc: str, tmp_path: Path) -> None:
    file = tmp_path / "client.toml"
    file.write_text(f'client_id = "basic"\nclient_secret = "basic-secret-canary"\nissuer = "{oidc}"\n')
    client = tokcore.OAuthClient.from_file(file)
    assert client.token(grant="client_credentials", scopes="read").access_token
    assert "canary" not in repr(client) + repr(client.report())
    file.write_text('client_id = "basic"\nclient_sekret = "basic-secret-canary"\n')
    with pytest.raises(tokcore.ConfigInvalidError, match="client.toml") as caught:
        tokcore.OAuthClient.from_file(file)
    assert "canary" not in str(caught.value)


def test_a_sign_in_from_its_parts(oidc: str) -> None:
    client = tokcore.OAuthClient(client_id="public", issuer=oidc)
    pair, state = flows.pkce(), flows.new_state()
    url = flows.authorization_url(
        client, redirect_uri="http://127.0.0.1:1410/", state=state, verifier=pair.verifier, scopes="openid"
    )
    assert pair.challenge in url and pair.verifier not in url + repr(pair)
    callback = signin.walk(Browser(), url)
    code = flows.parse_redirect(callback.partition("?")[2], state=state)
    assert code
    with pytest.raises(tokcore.ProtocolError) as caught:
        flows.parse_redirect(callback.partition("?")[2], state=flows.new_state())
    assert caught.value.reason == "state_mismatch"
