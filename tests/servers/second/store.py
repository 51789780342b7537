"""What the second server knows: clients, codes, tokens and devices, in memory and for one run."""

from __future__ import annotations

import itertools
import time
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin
from authlib.oauth2.rfc8628 import DeviceCredentialDict

CODE_SECONDS = 60
SCOPES = ["profile", "read", "write"]
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class User:
    """Anybody; the name is the person."""

    name: str


@dataclass(frozen=True)
class Client(ClientMixin):
    """A registered client. Any loopback address is a redirect of it."""

    client_id: str
    auth_method: str
    grants: frozenset[str]
    secret: str = ""

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str | None) -> str:
        return scope or "read"

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        parts = urllib.parse.urlsplit(redirect_uri)
        return parts.scheme == "http" and parts.hostname in LOOPBACK and not parts.fragment

    def check_client_secret(self, client_secret: str) -> bool:
        return bool(self.secret) and self.secret == client_secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return self.auth_method == method

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and "authorization_code" in self.grants

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.grants


@dataclass
class Code(AuthorizationCodeMixin):
    """An authorization code; it is gone after its first use."""

    value: str
    client_id: str
    redirect_uri: str
    scope: str
    user: User
    code_challenge: str | None
    code_challenge_method: str | None
    until: float = field(default_factory=lambda: time.time() + CODE_SECONDS)

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope


@dataclass
class Token(TokenMixin):
    """An access token with the refresh token that came along, of one family of rotations."""

    client: Client
    user: User | None
    scope: str
    access_token: str
    refresh_token: str | None
    expires_in: int
    family: int
    issued_at: float = field(default_factory=time.time)
    rotated: bool = False
    revoked: bool = False

    def check_client(self, client: Client) -> bool:
        return self.client.client_id == client.client_id

    def get_scope(self) -> str:
        return self.scope

    def get_expires_in(self) -> int:
        return self.expires_in

    def is_expired(self) -> bool:
        return self.issued_at + self.expires_in <= time.time()

    def is_revoked(self) -> bool:
        return self.revoked

    def get_user(self) -> User | None:
        return self.user

    def get_client(self) -> Client:
        return self.client


class Device(DeviceCredentialDict):
    """A device that waits; the person's answer is put in here."""

    decision: tuple[User, bool] | None = None
    polled_at = 0.0


class Store:
    """Everything, and what the tests ask about it."""

    def __init__(self, clients: list[Client]) -> None:
        self.clients = {client.client_id: client for client in clients}
        self.codes: dict[str, Code] = {}
        self.tokens: list[Token] = []
        self.devices: list[Device] = []
        self.secrets: list[str] = []
        self.counts: dict[str, Any] = {"grants": {}, "errors": {}, "reuse": 0, "requests": {}}
        self._families = itertools.count()

    def add_token(self, client: Client, user: User | None, token: dict[str, Any], family: int | None) -> None:
        kept = Token(
            client,
            user,
            token.get("scope", ""),
            token["access_token"],
            token.get("refresh_token"),
            token["expires_in"],
            next(self._families) if family is None else family,
        )
        self.tokens.append(kept)
        self.secrets += [secret for secret in (kept.access_token, kept.refresh_token) if secret]

    def by_access(self, value: str) -> Token | None:
        return next((token for token in self.tokens if token.access_token == value), None)

    def by_refresh(self, value: str) -> Token | None:
        return next((token for token in self.tokens if token.refresh_token == value), None)

    def end_family(self, family: int) -> None:
        """All tokens that descend from one sign-in."""
        for token in self.tokens:
            token.revoked |= token.family == family

    def end_all(self) -> int:
        ended = [token for token in self.tokens if not token.revoked]
        for token in ended:
            token.revoked = True
        return len(ended)


def clients() -> list[Client]:
    """The registered ones; what each may do is all that its way of proving itself allows."""
    person = {"authorization_code", "refresh_token", DEVICE}
    everything = frozenset({*person, "password", "client_credentials"})
    return [
        Client("public", "none", frozenset(person)),
        Client("post", "client_secret_post", everything, "post-secret-canary"),
        Client("basic", "client_secret_basic", everything, "basic-secret-canary"),
        Client("basic-special", "client_secret_basic", everything, "colon: plus+ percent%41 and& slash/ end"),
    ]
