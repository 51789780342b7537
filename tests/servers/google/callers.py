"""Who calls an API: by a token that was handed out, or by one that a service account has signed itself."""

from __future__ import annotations

import assertion
import jws
from http1 import Request, api_refusal
from records import AccessToken
from scopes import KNOWN, any_of, split
from world import World

UNAUTHENTICATED = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential."
)


def caller(world: World, request: Request, *scopes: str) -> AccessToken:
    """The caller, if their token lives and has one of the scopes (named without their prefix)."""
    token = world.live_token(request.bearer) or _self_signed(world, request)
    if not token:
        raise api_refusal(401, "UNAUTHENTICATED", UNAUTHENTICATED, WWW_Authenticate='Bearer error="invalid_token"')
    if scopes and not any_of(token.scopes, *scopes):
        raise api_refusal(
            403,
            "PERMISSION_DENIED",
            "Request had insufficient authentication scopes.",
            WWW_Authenticate='Bearer error="insufficient_scope"',
        )
    return token


def _self_signed(world: World, request: Request) -> AccessToken | None:
    """A token of the account's own making: for this host, or for scopes."""
    if request.bearer.count(".") != 2:
        return None
    try:
        token = jws.Token(request.bearer)
    except jws.Malformed:
        return None
    account, claims, here = assertion.account_that_signed(world, token), token.body, f"https://{request.host}/"
    if not account or claims.get("sub") != account.email or not token.is_timely(world.now()):
        return None
    if ("scope" in claims) == ("aud" in claims) or claims.get("aud", here) != here:
        return None
    # For a host it opens all that the account may do there.
    scopes = split(str(claims["scope"])) if "scope" in claims else sorted(KNOWN)
    return AccessToken(account.email, scopes, claims["exp"], "self_signed", account.unique_id, account.email)
