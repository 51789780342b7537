"""oauth2.googleapis.com: the token endpoint and what belongs to it."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
import urllib.parse
from typing import Any

import assertion
from http1 import Reply, Request, oauth_refusal
from records import Client, Device, Grant
from routes import Routes
from scopes import OF_DEVICES, are_known, canonical, split
from world import World

routes = Routes()
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
POLL_SECONDS = 1
DEVICE_SECONDS = 1800


@routes.at("POST", "oauth2", "/token")
def token(world: World, request: Request, _: re.Match[str]) -> Reply:
    kind = request.form.get("grant_type", "")
    if kind not in GRANTS:
        raise oauth_refusal(400, "unsupported_grant_type", f"Invalid grant_type: {kind}")
    reply = GRANTS[kind](world, request)
    reply.headers = {**reply.headers, "Cache-Control": "no-cache, no-store, max-age=0, must-revalidate"}
    return reply


def client_of(world: World, request: Request) -> Client:
    """The client that the request proves to be: by its fields, or by Basic, not by both."""
    client_id, secret = _credentials(request)
    client = world.clients.get(client_id)
    if not client:
        raise oauth_refusal(401, "invalid_client", "The OAuth client was not found.")
    if client.deleted:
        raise oauth_refusal(401, "deleted_client", "The OAuth client was deleted.")
    if not secrets.compare_digest(client.secret.encode(), secret.encode()):
        if not secret:
            raise oauth_refusal(400, "invalid_request", "client_secret is missing.")
        raise oauth_refusal(401, "invalid_client", "Unauthorized")
    return client


def _credentials(request: Request) -> tuple[str, str]:
    form, header = request.form, request.headers.get("authorization", "")
    if not header:
        return form.get("client_id", ""), form.get("client_secret", "")
    if "client_secret" in form or not header.lower().startswith("basic "):
        raise oauth_refusal(400, "invalid_request", "one way to authenticate the client, please")
    try:
        client_id, _, secret = base64.b64decode(header[6:], validate=True).decode().partition(":")
    except ValueError:
        raise oauth_refusal(401, "invalid_client", "Unauthorized") from None
    return urllib.parse.unquote(client_id), urllib.parse.unquote(secret)


def user_token(world: World, grant: Grant, scopes: list[str], nonce: str = "", **more: Any) -> Reply:
    """An access token for a person, and an ID token if ``openid`` or their address was asked for."""
    person = world.people[grant.email]
    listed = canonical(scopes)
    value = world.access_token(
        "user", grant.email, listed, client_id=grant.client_id, email=grant.email, refresh_token=grant.refresh_token
    )
    body = {
        "access_token": value,
        "expires_in": world.settings.token_seconds,
        "scope": " ".join(listed),
        "token_type": "Bearer",
        **more,
    }
    if "openid" in scopes or "email" in scopes or any(scope.endswith("/userinfo.email") for scope in scopes):
        claims = world.person_claims(person, grant.client_id, scopes)
        body["id_token"] = world.id_token(claims | ({"nonce": nonce} if nonce else {}))
    return Reply(200, body)


def _refresh(world: World, request: Request) -> Reply:
    client = client_of(world, request)
    grant = world.grants.get(request.form.get("refresh_token", ""))
    if not grant:
        raise oauth_refusal(400, "invalid_grant", "Bad Request")
    if grant.client_id != client.client_id:
        raise oauth_refusal(401, "unauthorized_client", "Unauthorized")
    if grant.revoked:
        raise oauth_refusal(400, "invalid_grant", "Token has been expired or revoked.")
    if grant.subtype and not request.form.get("rapt"):
        raise oauth_refusal(
            400, "invalid_grant", f"reauth related error ({grant.subtype})", error_subtype=grant.subtype
        )
    scopes = split(request.form.get("scope", "")) or grant.scopes
    wrong = sorted(set(canonical(scopes)) - set(canonical(grant.scopes)))
    if wrong:
        raise oauth_refusal(400, "invalid_scope", f"Some requested scopes were invalid. {{invalid={wrong}}}")
    return user_token(world, grant, scopes, **_rotated(world, grant))


def _rotated(world: World, grant: Grant) -> dict[str, str]:
    """The refresh token that replaces the old one, for grants that do that."""
    if not grant.rotates:
        return {}
    del world.grants[grant.refresh_token]
    grant.refresh_token = world.secret("1//")
    world.grants[grant.refresh_token] = grant
    return {"refresh_token": grant.refresh_token}


def _code(world: World, request: Request) -> Reply:
    client = client_of(world, request)
    code = world.codes.pop(request.form.get("code", ""), None)
    if not code or code.client_id != client.client_id or code.until < world.now():
        raise oauth_refusal(400, "invalid_grant", "Malformed auth code.")
    if request.form.get("redirect_uri", "") != code.redirect_uri:
        raise oauth_refusal(400, "redirect_uri_mismatch", "Bad Request")
    verifier = request.form.get("code_verifier", "")
    if code.challenge:
        if not verifier:
            raise oauth_refusal(400, "invalid_grant", "Missing code verifier.")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if digest != code.challenge:
            raise oauth_refusal(400, "invalid_grant", "Invalid code verifier.")
    elif verifier:
        raise oauth_refusal(400, "invalid_grant", "code_verifier or verifier is not needed.")
    return _granted(world, code.client_id, code.email, code.scopes, offline=code.offline, nonce=code.nonce)


def _granted(world: World, client_id: str, email: str, scopes: list[str], *, offline: bool, nonce: str = "") -> Reply:
    grant = Grant(world.secret("1//") if offline else "", client_id, email, scopes)
    if offline:
        world.grants[grant.refresh_token] = grant
    return user_token(world, grant, scopes, nonce, **({"refresh_token": grant.refresh_token} if offline else {}))


@routes.at("POST", "oauth2", "/device/code")
def device_code(world: World, request: Request, _: re.Match[str]) -> Reply:
    client = world.clients.get(request.form.get("client_id", ""))
    if not client or client.kind != "tv":
        raise oauth_refusal(401, "invalid_client", "Invalid client type.")
    scopes = split(request.form.get("scope", ""))
    if not scopes or not are_known(scopes) or not set(scopes) <= OF_DEVICES:
        raise oauth_refusal(400, "invalid_scope", "Invalid device flow scope")
    user_code = "-".join(secrets.token_hex(2).upper() for _ in range(2))
    value = world.secret("AH-1")
    world.devices[value] = Device(client.client_id, scopes, user_code, world.now() + DEVICE_SECONDS)
    return Reply(
        200,
        {
            "device_code": value,
            "user_code": user_code,
            "expires_in": DEVICE_SECONDS,
            "interval": POLL_SECONDS,
            "verification_url": "https://www.google.com/device",
        },
    )


def _device(world: World, request: Request) -> Reply:
    client = client_of(world, request)
    value = request.form.get("device_code", "")
    device = world.devices.get(value)
    if not device or device.client_id != client.client_id or device.until < world.now():
        raise oauth_refusal(400, "invalid_grant", "Malformed device code.")
    too_soon, device.polled_at = time.monotonic() - device.polled_at < POLL_SECONDS * 0.9, time.monotonic()
    if device.denied:
        raise oauth_refusal(403, "access_denied", "Forbidden")
    if not device.email:
        # Google's statuses, which are not those of RFC 8628.
        error, status = ("slow_down", 403) if too_soon else ("authorization_pending", 428)
        raise oauth_refusal(status, error, "Precondition Required")
    del world.devices[value]
    return _granted(world, device.client_id, device.email, device.scopes, offline=True)


GRANTS = {
    JWT_BEARER: assertion.redeem,
    "refresh_token": _refresh,
    "authorization_code": _code,
    DEVICE: _device,
}
