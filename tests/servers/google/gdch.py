"""A token endpoint of Google Distributed Cloud: JSON in, ES256 assertions, an audience of the caller's choice."""

from __future__ import annotations

import re

import jws
from http1 import Reply, Request, oauth_refusal
from routes import Routes
from world import World

routes = Routes()
FIELDS = {
    "grant_type": "urn:ietf:params:oauth:token-type:token-exchange",
    "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
    "subject_token_type": "urn:k8s:params:oauth:token-type:serviceaccount",
}


@routes.at("POST", "gdch", "/authenticate")
def authenticate(world: World, request: Request, _: re.Match[str]) -> Reply:
    fields = request.json
    for name, value in FIELDS.items():
        if fields.get(name) != value:
            raise oauth_refusal(400, "invalid_request", f'Invalid value for "{name}".')
    if not fields.get("audience") or set(fields) - {*FIELDS, "audience", "subject_token"}:
        raise oauth_refusal(400, "invalid_request", "an audience is missing, or there is something unknown")
    try:
        token = jws.Token(str(fields.get("subject_token")))
    except jws.Malformed:
        raise oauth_refusal(400, "invalid_grant", "not a signed token") from None
    claims, name = token.body, str(token.body.get("iss"))
    pem = world.gdch_accounts.get(name, "")
    if not pem or not token.is_signed_by(pem) or claims.get("sub") != name:
        raise oauth_refusal(400, "invalid_grant", "unknown account, or a signature of somebody else")
    if claims.get("aud") != f"https://{request.host}{request.path}":
        raise oauth_refusal(400, "invalid_grant", "meant for another endpoint")
    if not token.is_timely(world.now()):
        raise oauth_refusal(400, "invalid_grant", "not of this time")
    value = world.access_token("gdch", name, [])
    return Reply(200, {"access_token": value, "expires_in": world.settings.token_seconds, "token_type": "Bearer"})
