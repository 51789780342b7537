"""The pages on which a person chooses an account and ticks what a client, or a device, may do."""

from __future__ import annotations

import html
import re
import secrets
import urllib.parse
from dataclasses import dataclass

from http1 import Refusal, Reply, Request
from records import Client, Code, Device, Person
from routes import Routes
from scopes import are_known, canonical, split
from world import World

routes = Routes()
CODE_SECONDS = 600
PASSWORD = "password-canary"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
OUT_OF_BAND = {"urn:ietf:wg:oauth:2.0:oob", "urn:ietf:wg:oauth:2.0:oob:auto"}
# Without these there is no signing in, so that there is no box to untick.
ALWAYS = {"openid", "email", "profile"}


@dataclass
class Asked:
    """A valid authorization request, waiting for the person."""

    client: Client
    scopes: list[str]
    redirect_uri: str
    query: dict[str, str]
    person: Person | None = None
    device: Device | None = None


@routes.at("GET", "accounts", "/o/oauth2/v2/auth")
@routes.at("GET", "accounts", "/o/oauth2/auth")
def authorize(world: World, request: Request, _: re.Match[str]) -> Reply:
    return _chooser(world, _checked(world, request.query))


@routes.at("GET", "google", "/device")
def device(world: World, request: Request, _: re.Match[str]) -> Reply:
    return _page("Connect a device", "/device", "", '<input name="user_code">')


@routes.at("POST", "google", "/device")
def connect(world: World, request: Request, _: re.Match[str]) -> Reply:
    typed = request.form.get("user_code", "").upper()
    waiting = (each for each in world.devices.values() if not each.email and not each.denied)
    found = next((each for each in waiting if each.user_code == typed), None)
    if not found:
        return _page("That code isn’t right", "/device", "", '<input name="user_code">')
    return _chooser(world, Asked(world.clients[found.client_id], found.scopes, "", {}, device=found))


@routes.at("POST", "google", "/signin/choose")
@routes.at("POST", "accounts", "/signin/choose")
def choose(world: World, request: Request, _: re.Match[str]) -> Reply:
    asked = _asked(world, request)
    asked.person = person_named(world, request.form.get("login", ""))
    if not asked.person or request.form.get("password") != PASSWORD:
        raise _error(400, "invalid_login", "Couldn’t find your Google Account, or the password is wrong")
    return _page("Consent", "/signin/consent", request.form["ticket"], _boxes(asked))


@routes.at("POST", "google", "/signin/consent")
@routes.at("POST", "accounts", "/signin/consent")
def consent(world: World, request: Request, _: re.Match[str]) -> Reply:
    asked = _asked(world, request)
    if not asked.person:
        raise _error(400, "invalid_request", "nobody has signed in")
    world.waiting.pop(request.form["ticket"])
    ticked = [scope for scope in asked.scopes if scope in ALWAYS or f"scope:{scope}" in request.form]
    denied = "abort" in request.form or not ticked
    if asked.device:
        asked.device.denied, asked.device.email, asked.device.scopes = denied, asked.person.email, ticked
        return Reply(200, f"<!doctype html><title>{'Refused' if denied else 'Success!'}</title>")
    if denied:
        return _back(asked, error="access_denied")
    return _allowed(world, asked, asked.person, ticked)


def _allowed(world: World, asked: Asked, person: Person, ticked: list[str]) -> Reply:
    client_id, query = asked.client.client_id, asked.query
    before = person.consented.get(client_id)
    person.consented[client_id] = sorted({*(before or []), *ticked})
    if query.get("include_granted_scopes") == "true":
        ticked = list(dict.fromkeys([*ticked, *(before or [])]))
    # Web clients get a refresh token the first time, and when the person is asked on purpose; installed ones always.
    installed = asked.client.kind == "installed"
    offline = query.get("access_type") == "offline" or installed
    first = before is None or "consent" in query.get("prompt", "").split()
    first |= installed and not world.settings.sparing_refresh_tokens
    code = Code(
        client_id,
        person.email,
        ticked,
        asked.redirect_uri,
        query.get("code_challenge", ""),
        offline and first,
        world.now() + CODE_SECONDS,
        query.get("nonce", ""),
    )
    value = world.secret("4/0A")
    world.codes[value] = code
    extra = {"hd": person.hosted_domain} if person.hosted_domain else {}
    if asked.redirect_uri in OUT_OF_BAND:
        return Reply(200, f"<title>Success code={value}</title><p>Please copy this code: <code>{value}</code>")
    return _back(asked, code=value, scope=" ".join(canonical(ticked)), authuser="0", prompt="consent", **extra)


def _chooser(world: World, asked: Asked) -> Reply:
    ticket = secrets.token_urlsafe(24)
    world.waiting[ticket] = asked
    hint = html.escape(asked.query.get("login_hint", ""))
    inside = f'<input name="login" type="text" value="{hint}"><input name="password" type="password">'
    return _page("Choose an account", "/signin/choose", ticket, inside)


def person_named(world: World, login: str) -> Person | None:
    """By the whole address, or by what comes before the at sign."""
    return next((each for each in world.people.values() if login in (each.email, each.email.partition("@")[0])), None)


def _checked(world: World, query: dict[str, str]) -> Asked:
    client = world.clients.get(query.get("client_id", ""))
    if not client:
        raise _error(401, "invalid_client", "The OAuth client was not found.")
    if client.deleted:
        raise _error(401, "deleted_client", "The OAuth client was deleted.")
    redirect_uri = query.get("redirect_uri", "")
    _check_redirect(client, redirect_uri)
    if query.get("response_type") != "code":
        raise _error(400, "invalid_request", "Required parameter is missing: response_type")
    scopes = split(query.get("scope", ""))
    if not scopes:
        raise _error(400, "invalid_request", "Missing required parameter: scope")
    if not are_known(scopes):
        raise _error(400, "invalid_scope", "Some requested scopes were invalid.")
    method, challenge = query.get("code_challenge_method", "plain"), query.get("code_challenge", "")
    if challenge and (method != "S256" or not re.fullmatch(r"[A-Za-z0-9_-]{43}", challenge)):
        raise _error(400, "invalid_request", "Invalid parameter value for code_challenge or its method.")
    if query.get("access_type", "online") not in ("online", "offline"):
        raise _error(400, "invalid_request", "Invalid parameter value for access_type")
    return Asked(client, scopes, redirect_uri, query)


def _check_redirect(client: Client, redirect_uri: str) -> None:
    """Desktop clients: any loopback address; web clients: what is registered, letter by letter."""
    if redirect_uri in OUT_OF_BAND:
        if client.kind == "installed" and client.testing:
            return
        raise _error(
            400, "invalid_request", "The out-of-band (OOB) flow has been blocked in order to keep users secure."
        )
    parts = urllib.parse.urlsplit(redirect_uri)
    if client.kind == "installed":
        fits = parts.scheme == "http" and parts.hostname in LOOPBACK and not parts.fragment
    else:
        fits = client.kind == "web" and redirect_uri in client.redirect_uris
    if not fits:
        raise _error(
            400, "redirect_uri_mismatch", "The redirect URI in the request does not match the ones authorized."
        )


def _asked(world: World, request: Request) -> Asked:
    asked: Asked | None = world.waiting.get(request.form.get("ticket", ""))
    if not asked:
        raise _error(400, "invalid_request", "This page has expired.")
    return asked


def _boxes(asked: Asked) -> str:
    boxes = [f"<label>{_box(scope)}{html.escape(scope)}</label>" for scope in asked.scopes if scope not in ALWAYS]
    return (
        "".join(boxes)
        + '<input type="hidden" name="confirm" value="yes"><button name="abort" value="yes">Cancel</button>'
    )


def _box(scope: str) -> str:
    return f'<input type="checkbox" checked name="scope:{html.escape(scope)}" value="on">'


def _page(title: str, action: str, ticket: str, inside: str) -> Reply:
    hidden = f'<input type="hidden" name="ticket" value="{ticket}">'
    return Reply(
        200,
        f'<!doctype html><title>{title}</title><form method="post" action="{action}">{hidden}{inside}'
        '<button type="submit" autofocus>Continue</button></form>',
    )


def _back(asked: Asked, **answer: str) -> Reply:
    state = {"state": asked.query["state"]} if "state" in asked.query else {}
    joint = "&" if urllib.parse.urlsplit(asked.redirect_uri).query else "?"
    target = asked.redirect_uri + joint + urllib.parse.urlencode({**state, **answer})
    return Reply(302, "", {"Location": target})


def _error(status: int, code: str, text: str) -> Refusal:
    """A page of its own: Google tells the person, not the client, and a listener waits for ever."""
    return Refusal(Reply(status, f"<!doctype html><title>Error {status}: {code}</title><p>Access blocked: {text}"))
