"""A real browser gets through the pages of both servers, to a listener on loopback."""

from __future__ import annotations

import pytest

import chromium
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


def test_nobody_listens() -> None:
    with pytest.raises(ConnectionError):
        chromium.sign_in("http://127.0.0.1:9/auth", seconds=10)
