"""The grant of service accounts: an assertion that they signed, for an access token or an ID token."""

from __future__ import annotations

from typing import Any

import jws
from http1 import Reply, Request, oauth_refusal
from records import ServiceAccount
from scopes import are_known, split
from world import World, key_named, system_kid

TIMEFRAME = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)
UNAUTHORIZED = (
    "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the "
    "scopes requested."
)


def redeem(world: World, request: Request) -> Reply:
    """Checks the assertion in the order in which Google refuses."""
    try:
        token = jws.Token(request.form.get("assertion", ""))
    except jws.Malformed:
        raise _invalid_grant("Invalid JWT: not a signed token.") from None
    account = _issuer(world, token)
    if not token.is_timely(world.now()):
        raise _invalid_grant(TIMEFRAME)
    if token.body.get("aud") != f"https://{request.host}/token":
        raise _invalid_grant("Invalid JWT: Failed audience check.")
    if "target_audience" in token.body:
        return _id_token(world, account, token.body)
    scopes = split(str(token.body.get("scope", "")))
    if not scopes or not are_known(scopes):
        raise oauth_refusal(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    principal = _principal(world, account, token.body, scopes)
    value = world.access_token("service_account", principal, scopes, client_id=account.unique_id, email=principal)
    return Reply(200, {"access_token": value, "expires_in": world.settings.token_seconds, "token_type": "Bearer"})


def account_that_signed(world: World, token: jws.Token) -> ServiceAccount | None:
    """The service account named by ``iss``, if one of its keys made the signature."""
    account = world.service_accounts.get(str(token.body.get("iss")))
    if not account or account.disabled:
        return None
    keys = keys_of(account, token.header.get("kid"))
    return account if any(token.is_signed_by(pem) for pem in keys) else None


def keys_of(account: ServiceAccount, kid: object) -> list[str]:
    """The account's public keys: the one that ``kid`` names, or all."""
    if kid == system_kid(account):
        return [jws.public_pem(key_named(system_kid(account)))]
    return [pem for name, pem in account.keys.items() if kid in (None, name)]


def _issuer(world: World, token: jws.Token) -> ServiceAccount:
    account = world.service_accounts.get(str(token.body.get("iss")))
    if not account or account.disabled:
        raise _invalid_grant("Invalid grant: account not found")
    if account_that_signed(world, token) is None:
        raise _invalid_grant("Invalid JWT Signature.")
    return account


def _principal(world: World, account: ServiceAccount, claims: dict[str, Any], scopes: list[str]) -> str:
    """Whom the token acts as: the account, or the person in whose name it may act."""
    subject = claims.get("sub")
    if subject in (None, account.email):
        return account.email
    if not set(scopes) <= set(account.delegated):
        raise oauth_refusal(401, "unauthorized_client", UNAUTHORIZED)
    if subject not in world.people:
        raise _invalid_grant("Invalid email or User ID")
    return str(subject)


def _id_token(world: World, account: ServiceAccount, claims: dict[str, Any]) -> Reply:
    audience = claims["target_audience"]
    if not isinstance(audience, str) or not audience or "scope" in claims:
        raise oauth_refusal(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    return Reply(200, {"id_token": world.id_token(world.robot_claims(account, audience))})


def _invalid_grant(description: str) -> Exception:
    return oauth_refusal(400, "invalid_grant", description)
