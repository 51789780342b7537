"""A real browser gets through the pages of the servers, to a listener on loopback."""

from __future__ import annotations

import pytest

import chromium
from google_fake import SCOPE, GoogleFake
from listener import Listener
from wire import authorization_url, callback_fields, post

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.mark.parametrize(
    ("server", "endpoint", "allow"), [("oidc", "auth", True), ("second", "authorize", True), ("oidc", "auth", False)]
)
def test_loopback(request: pytest.FixtureRequest, server: str, endpoint: str, allow: bool) -> None:
    address = request.getfixturevalue(server)
    with Listener() as listener:
        url = authorization_url(f"{address}/{endpoint}", "public", scope="read", redirect_uri=listener.address)
        seen = chromium.sign_in(url, allow=allow)
        assert seen.url.startswith(listener.address) and seen.title == "signed in"
        assert listener.fields == callback_fields(seen.url)
        assert listener.fields["state"] == "st"
        assert ("code" in listener.fields) if allow else listener.fields["error"] == "access_denied"


def test_form_post(oidc: str) -> None:
    with Listener() as listener:
        extra = {"scope": "openid", "redirect_uri": listener.address, "response_mode": "form_post"}
        seen = chromium.sign_in(authorization_url(f"{oidc}/auth", "public", **extra))
        assert seen.url == listener.address and listener.fields["code"]


def test_device(oidc: str) -> None:
    begun = post(f"{oidc}/device/auth", client_id="public", scope="read")
    chromium.sign_in(begun["verification_uri"], code=begun["user_code"])
    assert post(f"{oidc}/token", grant_type=DEVICE, device_code=begun["device_code"], client_id="public").status == 200


@pytest.mark.parametrize("allow", [True, False])
def test_google(google: GoogleFake, allow: bool) -> None:
    scopes = [SCOPE + "drive", SCOPE + "bigquery"]
    with Listener() as listener:
        url = authorization_url(
            "https://accounts.google.com/o/oauth2/v2/auth",
            "installed.apps.googleusercontent.com",
            scope=" ".join(scopes),
            redirect_uri=listener.address,
        )
        untick = [f"scope:{scopes[1]}"]
        seen = chromium.sign_in(url, allow=allow, proxy=google.addresses["proxy"], untick=untick)
        assert seen.title == "signed in"
        assert listener.fields["scope"] == scopes[0] if allow else listener.fields["error"] == "access_denied"


def test_nobody_listens() -> None:
    with pytest.raises(ConnectionError):
        chromium.sign_in("http://127.0.0.1:9/auth", seconds=10)
