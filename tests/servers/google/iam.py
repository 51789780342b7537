"""iamcredentials.googleapis.com: acting as a service account, and signing with its key."""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import re
from typing import Any

import jws
from callers import caller
from http1 import Refusal, Reply, Request, api_refusal
from records import ServiceAccount
from routes import Routes
from scopes import CLOUD, IAM, are_known
from world import World, key_named, system_kid

routes = Routes()
ACCOUNT = r"/v1/projects/-/serviceAccounts/([^/:]+)"
LIFETIME = re.compile(r"(\d{1,6})(\.\d+)?s")
LONGEST_JWT_SECONDS = 12 * 3600


@routes.at("POST", "iamcredentials", ACCOUNT + ":generateAccessToken")
def access_token(world: World, request: Request, match: re.Match[str]) -> Reply:
    account, body = _target(world, request, match[1], {"delegates", "scope", "lifetime"})
    scopes = body.get("scope")
    if not isinstance(scopes, list) or not scopes or not are_known(map(str, scopes)):
        raise api_refusal(400, "INVALID_ARGUMENT", "The scope is invalid, or there is none.")
    seconds = _seconds(body.get("lifetime", "3600s"), account)
    value = world.access_token("impersonated", account.email, scopes, seconds, email=account.email)
    until = datetime.datetime.fromtimestamp(int(world.now() + seconds), datetime.UTC)
    return Reply(200, {"accessToken": value, "expireTime": until.strftime("%Y-%m-%dT%H:%M:%SZ")})


@routes.at("POST", "iamcredentials", ACCOUNT + ":generateIdToken")
def id_token(world: World, request: Request, match: re.Match[str]) -> Reply:
    account, body = _target(world, request, match[1], {"delegates", "audience", "includeEmail", "useEmailAzp"})
    audience = body.get("audience")
    if not isinstance(audience, str) or not audience:
        raise api_refusal(400, "INVALID_ARGUMENT", "The audience is missing.")
    claims = world.robot_claims(account, audience, email=body.get("includeEmail") is True)
    return Reply(200, {"token": world.id_token(claims)})


@routes.at("POST", "iamcredentials", ACCOUNT + ":signJwt")
def sign_jwt(world: World, request: Request, match: re.Match[str]) -> Reply:
    account, body = _target(world, request, match[1], {"delegates", "payload"})
    try:
        claims = json.loads(body.get("payload", ""))
        long_lived = claims.get("exp", 0) > world.now() + LONGEST_JWT_SECONDS
    except (ValueError, TypeError, AttributeError):
        raise api_refusal(400, "INVALID_ARGUMENT", "The payload is not a JSON object.") from None
    if long_lived:
        raise api_refusal(400, "INVALID_ARGUMENT", "exp is more than 12 hours away.")
    kid = system_kid(account)
    return Reply(200, {"keyId": kid, "signedJwt": jws.sign(key_named(kid), body["payload"], kid=kid)})


@routes.at("POST", "iamcredentials", ACCOUNT + ":signBlob")
def sign_blob(world: World, request: Request, match: re.Match[str]) -> Reply:
    account, body = _target(world, request, match[1], {"delegates", "payload"})
    try:
        payload = base64.b64decode(body.get("payload", ""), validate=True)
    except (binascii.Error, TypeError):
        raise api_refusal(400, "INVALID_ARGUMENT", "The payload is not base64.") from None
    kid = system_kid(account)
    signed = base64.b64encode(jws.signature(key_named(kid), payload)).decode()
    return Reply(200, {"keyId": kid, "signedBlob": signed})


@routes.at("GET", "iamcredentials", ACCOUNT + "/allowedLocations")
def allowed_locations(world: World, request: Request, match: re.Match[str]) -> Reply:
    """What google-auth asks in the background: no boundary."""
    caller(world, request)
    return Reply(200, {"locations": [], "encodedLocations": "0x0"})


def _target(world: World, request: Request, email: str, names: set[str]) -> tuple[ServiceAccount, dict[str, Any]]:
    """The account, once it is clear that the caller may act as it, through the delegates if there are any."""
    token = caller(world, request)
    if not {CLOUD, IAM} & set(token.scopes):
        raise api_refusal(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.")
    body = request.json
    if set(body) - names:
        raise api_refusal(400, "INVALID_ARGUMENT", f"Unknown name: {', '.join(sorted(set(body) - names))}")
    delegates = body.get("delegates") or []
    if not isinstance(delegates, list):
        raise api_refusal(400, "INVALID_ARGUMENT", "delegates is no list.")
    principal = token.principal
    for name in [*map(_delegate, delegates), email]:
        account = world.service_accounts.get(name)
        if not account or account.disabled or not _may(principal, account):
            raise _denied()
        principal = account.email
    return world.service_accounts[email], body


def _delegate(name: object) -> str:
    match = re.fullmatch(r"(?:projects/-/serviceAccounts/)?([^/]+@[^/]+)", str(name))
    if not match:
        raise api_refusal(400, "INVALID_ARGUMENT", "A delegate is no service account.")
    return match[1]


def _may(principal: str, account: ServiceAccount) -> bool:
    return any(
        principal.startswith(each[:-1]) if each.endswith("*") else principal == each for each in account.impersonators
    )


def _denied() -> Refusal:
    message = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."
    return api_refusal(403, "PERMISSION_DENIED", message)


def _seconds(lifetime: object, account: ServiceAccount) -> int:
    match = LIFETIME.fullmatch(lifetime) if isinstance(lifetime, str) else None
    if not match:
        raise api_refusal(
            400, "INVALID_ARGUMENT", "Invalid value at 'lifetime' (type.googleapis.com/google.protobuf.Duration)"
        )
    if not 0 < int(match[1]) <= account.longest_seconds:
        raise api_refusal(400, "INVALID_ARGUMENT", "The access token lifetime cannot exceed the limit of the account.")
    return int(match[1])
