"""Who is behind a token: tokeninfo, userinfo, the certificates of ID tokens; and the end of a grant."""

from __future__ import annotations

import re
from typing import Any

import jws
from http1 import Refusal, Reply, Request, oauth_refusal
from routes import Routes
from scopes import EMAIL_SCOPES
from world import ISSUER, SIGNING_KID, World, signing_key

routes = Routes()
DISCOVERY = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/o/oauth2/v2/auth",
    "device_authorization_endpoint": "https://oauth2.googleapis.com/device/code",
    "token_endpoint": "https://oauth2.googleapis.com/token",
    "userinfo_endpoint": "https://openidconnect.googleapis.com/v1/userinfo",
    "revocation_endpoint": "https://oauth2.googleapis.com/revoke",
    "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
    "response_types_supported": ["code"],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["RS256"],
    "scopes_supported": ["openid", "email", "profile"],
    "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
    "code_challenge_methods_supported": ["plain", "S256"],
    "grant_types_supported": [
        "authorization_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ],
}


@routes.at("GET", "oauth2", "/tokeninfo")
@routes.at("POST", "oauth2", "/tokeninfo")
@routes.at("GET", "www", "/oauth2/v3/tokeninfo")
@routes.at("POST", "www", "/oauth2/v3/tokeninfo")
def tokeninfo(world: World, request: Request, _: re.Match[str]) -> Reply:
    fields = {**request.query, **(request.form if request.body else {})}
    if "id_token" in fields:
        return Reply(200, {name: str(value) for name, value in _id_token(world, fields["id_token"]).items()})
    token = world.live_token(fields.get("access_token") or request.bearer)
    if not token:
        raise _invalid()
    seconds = int(token.expires_at - world.now())
    person = world.people.get(token.email)
    about: dict[str, Any] = {
        "azp": token.client_id,
        "aud": token.client_id,
        "scope": " ".join(token.scopes),
        "exp": str(int(token.expires_at)),
        "expires_in": str(seconds),
        "access_type": "offline" if token.refresh_token or token.kind != "user" else "online",
    }
    if person:
        about["sub"] = person.sub
    if token.email and EMAIL_SCOPES & set(token.scopes):
        about |= {"email": token.email, "email_verified": "true"}
    return Reply(200, about)


def _id_token(world: World, text: str) -> dict[str, Any]:
    try:
        token = jws.Token(text)
    except jws.Malformed:
        raise _invalid() from None
    fresh = token.body.get("exp", 0) > world.now() and token.body.get("iss") == ISSUER
    if not fresh or not token.is_signed_by(jws.public_pem(signing_key())):
        raise _invalid()
    return {**token.body, **token.header}


def _invalid() -> Refusal:
    return oauth_refusal(400, "invalid_token", "Invalid Value")


@routes.at("GET", "openidconnect", "/v1/userinfo")
@routes.at("POST", "openidconnect", "/v1/userinfo")
@routes.at("GET", "www", "/oauth2/v3/userinfo")
@routes.at("GET", "www", "/oauth2/v2/userinfo")
def userinfo(world: World, request: Request, _: re.Match[str]) -> Reply:
    token = world.live_token(request.bearer)
    if not token:
        raise oauth_refusal(401, "invalid_request", "Invalid Credentials")
    person, account = world.people.get(token.email), world.service_accounts.get(token.email)
    has_email = bool(EMAIL_SCOPES & set(token.scopes))
    sub = person.sub if person else account.unique_id if account else ""
    if not sub or not (has_email or "openid" in token.scopes):
        raise oauth_refusal(401, "invalid_request", "Invalid Credentials")
    about: dict[str, object] = {"sub": sub, "picture": "https://photos.test/none.png"}
    if has_email:
        about |= {"email": token.email, "email_verified": True}
    if person and person.hosted_domain:
        about["hd"] = person.hosted_domain
    if person and any(scope.endswith("profile") for scope in token.scopes):
        about["name"] = person.name
    return Reply(200, about)


@routes.at("POST", "oauth2", "/revoke")
def revoke(world: World, request: Request, _: re.Match[str]) -> Reply:
    """Ends the whole grant, whichever of its tokens is given."""
    fields = {**request.query, **(request.form if request.body else {})}
    value = fields.get("token", "")
    access = world.live_token(value)
    grant = world.grants.get(access.refresh_token if access else value)
    if not access and (not grant or grant.revoked):
        raise oauth_refusal(400, "invalid_token", "Token expired or revoked")
    if access:
        access.revoked = True
    if grant:
        grant.revoked = True
        if grant.email in world.people:
            world.people[grant.email].consented.pop(grant.client_id, None)
        for token in world.tokens.values():
            token.revoked |= token.refresh_token == grant.refresh_token
    return Reply(200, {})


@routes.at("GET", "accounts", "/.well-known/openid-configuration")
def discovery(world: World, request: Request, _: re.Match[str]) -> Reply:
    return Reply(200, DISCOVERY, {"Cache-Control": "public, max-age=3600"})


@routes.at("GET", "www", "/oauth2/v1/certs")
def certificates(world: World, request: Request, _: re.Match[str]) -> Reply:
    certificate = world.authority.signing_pem("federated-signon", signing_key().public_key())
    return Reply(200, {SIGNING_KID: certificate}, {"Cache-Control": "public, max-age=19800"})


@routes.at("GET", "www", "/oauth2/v3/certs")
def key_set(world: World, request: Request, _: re.Match[str]) -> Reply:
    numbers = signing_key().public_key().public_numbers()
    key = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": SIGNING_KID}
    for name, value in (("n", numbers.n), ("e", numbers.e)):
        key[name] = jws.b64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))
    return Reply(200, {"keys": [key]}, {"Cache-Control": "public, max-age=19800"})
