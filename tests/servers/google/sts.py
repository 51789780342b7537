"""sts.googleapis.com: another party's token for one of Google's, and what becomes of that."""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from collections.abc import Callable

import jws
import sigv4
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from granting import client_of
from http1 import Refusal, Reply, Request, oauth_refusal
from records import Provider
from routes import Routes
from scopes import are_known, split
from world import World

routes = Routes()
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
TYPES = "urn:ietf:params:oauth:token-type:"
FIELDS = {
    "grant_type", "audience", "scope", "requested_token_type", "subject_token", "subject_token_type", "options",
    "client_id", "client_secret",
}  # fmt: skip
MOST_RULES = 10


@routes.at("POST", "sts", "/v1/token")
def exchange(world: World, request: Request, _: re.Match[str]) -> Reply:
    fields = snake_case(request.form)
    for name, wanted in (("grant_type", EXCHANGE), ("requested_token_type", TYPES + "access_token")):
        if fields.get(name) != wanted:
            raise _invalid_request(name)
    scopes = split(fields.get("scope", ""))
    options = _options(fields.get("options", ""))
    if fields.get("subject_token_type") == TYPES + "access_token":
        return _downscoped(world, fields, options)
    if not scopes or not are_known(scopes):
        raise oauth_refusal(400, "invalid_scope", "The requested scope is invalid.")
    provider = world.providers.get(fields.get("audience", ""))
    if not provider:
        raise oauth_refusal(
            400, "invalid_target", 'The target service indicated by the "audience" parameters is invalid.'
        )
    _check_who_pays(world, request, provider, options)
    if fields.get("subject_token_type") not in provider.token_types:
        raise _invalid_request("subject_token_type")
    subject = SUBJECTS[provider.kind](world, request, provider, fields.get("subject_token", ""))
    principal = f"{provider.audience}/subject/{subject}"
    value = world.access_token("federated", principal, scopes)
    return _token(world, value)


def snake_case(form: dict[str, str]) -> dict[str, str]:
    """The names of RFC 8693; Google also takes them in camel case, but knows no others."""
    fields = {re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name): value for name, value in form.items()}
    unknown = sorted(set(fields) - FIELDS)
    if unknown or len(fields) != len(form):
        raise oauth_refusal(400, "invalid_request", f"Unknown or repeated field: {', '.join(unknown)}")
    return fields


def _token(world: World, value: str, **more: str) -> Reply:
    return Reply(
        200,
        {
            "access_token": value,
            "issued_token_type": TYPES + "access_token",
            "token_type": "Bearer",
            "expires_in": world.settings.token_seconds,
            **more,
        },
    )


def _options(text: str) -> dict[str, object]:
    if not text:
        return {}
    try:
        options = json.loads(urllib.parse.unquote(text))
    except ValueError:
        raise _invalid_request("options") from None
    if not isinstance(options, dict) or not set(options) <= {"userProject", "accessBoundary", "bindCertFingerprint"}:
        raise _invalid_request("options")
    return options


def _check_who_pays(world: World, request: Request, provider: Provider, options: dict[str, object]) -> None:
    """A workforce pool belongs to no project: a client or a user project has to be named."""
    has_client = "authorization" in request.headers or "client_id" in request.form
    if has_client:
        client_of(world, request)
    if provider.is_workforce and not has_client and "userProject" not in options:
        raise oauth_refusal(400, "invalid_request", "a workforce pool needs a client or a userProject")
    if not provider.is_workforce and "userProject" in options:
        raise oauth_refusal(400, "invalid_request", "userProject is for workforce pools")


def _oidc(world: World, request: Request, provider: Provider, text: str) -> str:
    try:
        token = jws.Token(text)
    except jws.Malformed:
        raise oauth_refusal(400, "invalid_grant", "Unable to parse the ID Token.") from None
    claims = token.body
    if claims.get("iss") != provider.issuer:
        raise oauth_refusal(400, "invalid_grant", "The issuer in ID Token does not match the expected ones.")
    keys = world.issuers.get(provider.issuer, {})
    if not any(token.is_signed_by(pem) for kid, pem in keys.items() if token.header.get("kid") in (None, kid)):
        raise oauth_refusal(400, "invalid_grant", "Error connecting to the given credential's issuer.")
    audiences = claims.get("aud") if isinstance(claims.get("aud"), list) else [claims.get("aud")]
    if not {provider.audience, "https:" + provider.audience} & {str(each) for each in audiences or []}:
        raise oauth_refusal(400, "invalid_grant", "The audience in ID Token does not match the expected audience.")
    if not isinstance(claims.get("exp"), int) or claims["exp"] <= world.now():
        raise oauth_refusal(400, "invalid_grant", "ID Token is stale to sign-in.")
    return str(claims.get("sub", ""))


def _saml(world: World, request: Request, provider: Provider, text: str) -> str:
    if text not in world.saml:
        raise oauth_refusal(400, "invalid_grant", "The SAML response is not valid.")
    return world.saml[text]


def _aws(world: World, request: Request, provider: Provider, text: str) -> str:
    try:
        role = sigv4.caller(text, provider.audience, world.aws_keys, world.now())
    except sigv4.Wrong as wrong:
        raise oauth_refusal(400, "invalid_grant", f"The AWS request is not valid: {wrong}") from None
    return f"arn:aws:sts::{provider.accounts[0]}:assumed-role/{role}"


def _x509(world: World, request: Request, provider: Provider, text: str) -> str:
    """The list of certificates must begin with the one that TLS has seen."""
    try:
        chain = [base64.b64decode(each, validate=True) for each in json.loads(text)]
        leaf = x509.load_der_x509_certificate(chain[0])
    except (ValueError, TypeError, IndexError):
        raise oauth_refusal(400, "invalid_grant", "not a list of certificates") from None
    if not request.certificate or leaf.public_bytes(serialization.Encoding.DER) != request.certificate:
        raise oauth_refusal(400, "invalid_grant", "The leaf is not the certificate of the connection.")
    return leaf.subject.rfc4514_string()


SUBJECTS: dict[str, Callable[[World, Request, Provider, str], str]] = {
    "oidc": _oidc,
    "saml": _saml,
    "aws": _aws,
    "x509": _x509,
}


def _downscoped(world: World, fields: dict[str, str], options: dict[str, object]) -> Reply:
    source = world.live_token(fields.get("subject_token", ""))
    boundary = options.get("accessBoundary")
    if not source:
        raise oauth_refusal(400, "invalid_grant", "The subject token is not valid.")
    rules = boundary.get("accessBoundaryRules") if isinstance(boundary, dict) else None
    if not isinstance(rules, list) or not 1 <= len(rules) <= MOST_RULES:
        raise _invalid_request("options")
    value = world.access_token("downscoped", source.principal, source.scopes, email=source.email)
    return _token(world, value)


@routes.at("POST", "sts", "/v1/oauthtoken")
def refresh(world: World, request: Request, _: re.Match[str]) -> Reply:
    """The refresh of a workforce user; their tokens rotate."""
    if "authorization" not in request.headers:
        raise oauth_refusal(401, "invalid_client", "the client has to authenticate by Basic")
    client = client_of(world, request)
    grant = world.grants.get(request.form.get("refresh_token", ""))
    if request.form.get("grant_type") != "refresh_token":
        raise _invalid_request("grant_type")
    if not grant or grant.revoked or grant.client_id != client.client_id:
        raise oauth_refusal(400, "invalid_grant", "The refresh token is not valid.")
    value = world.access_token("federated", grant.email, grant.scopes, client_id=client.client_id)
    if not grant.rotates:
        return _token(world, value)
    del world.grants[grant.refresh_token]
    grant.refresh_token = world.secret("1//")
    world.grants[grant.refresh_token] = grant
    return _token(world, value, refresh_token=grant.refresh_token)


@routes.at("POST", "sts", "/v1/revoke")
def revoke(world: World, request: Request, _: re.Match[str]) -> Reply:
    client = client_of(world, request)
    grant = world.grants.get(request.form.get("token", ""))
    if grant and grant.client_id == client.client_id:
        grant.revoked = True
    return Reply(200, {})


@routes.at("POST", "sts", "/v1/introspect")
def introspect(world: World, request: Request, _: re.Match[str]) -> Reply:
    client = client_of(world, request)
    token = world.live_token(request.form.get("token", ""))
    if not token or token.client_id not in ("", client.client_id):
        return Reply(200, {"active": False})
    return Reply(
        200,
        {
            "active": True,
            "client_id": client.client_id,
            "username": token.principal,
            "sub": token.principal,
            "scope": " ".join(token.scopes),
            "exp": int(token.expires_at),
            "iss": "https://sts.googleapis.com/",
        },
    )


def _invalid_request(name: str) -> Refusal:
    return oauth_refusal(400, "invalid_request", f'Invalid value for "{name}".')
