"""The state of the fake: one world, in memory and for one run, and what every endpoint does with it."""

from __future__ import annotations

import base64
import fnmatch
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import jws
from authority import Authority
from cryptography.hazmat.primitives.asymmetric import rsa
from records import (
    AccessToken,
    AwsKey,
    Client,
    Code,
    Device,
    Fault,
    Grant,
    MetadataAccount,
    Person,
    Provider,
    ServiceAccount,
    Settings,
)
from scopes import CLOUD, EMAIL_SCOPES

ISSUER = "https://accounts.google.com"
ROBOT = "robot@fake-project.iam.gserviceaccount.com"
TARGET = "target@fake-project.iam.gserviceaccount.com"
MIDDLE = "middle@fake-project.iam.gserviceaccount.com"
MACHINE = "123456-compute@developer.gserviceaccount.com"
POOL = "//iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/pool/providers/"
WORKFORCE = "//iam.googleapis.com/locations/global/workforcePools/pool/providers/"
SUBJECT_ISSUER = "https://issuer.test"
SUBJECT_KID = "fake-subject-1"
HTTPS_CALLBACK = "https://callback.test/google-callback/"


@dataclass
class World:
    """Everything. The tables have the names by which the control plane reaches them."""

    authority: Authority
    settings: Settings = field(default_factory=Settings)
    people: dict[str, Person] = field(default_factory=dict)
    service_accounts: dict[str, ServiceAccount] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    providers: dict[str, Provider] = field(default_factory=dict)
    aws_keys: dict[str, AwsKey] = field(default_factory=dict)
    issuers: dict[str, dict[str, str]] = field(default_factory=dict)
    """Public keys of issuers of subject tokens: issuer, key id, PEM."""
    saml: dict[str, str] = field(default_factory=dict)
    """SAML assertions that are known, and whom they name."""
    subject_tokens: dict[str, Any] = field(default_factory=dict)
    """What the local endpoint ``/subject-token/NAME`` answers: a text, or a JSON value."""
    metadata_accounts: dict[str, MetadataAccount] = field(default_factory=dict)
    gdch_accounts: dict[str, str] = field(default_factory=dict)
    """Public keys of accounts of a distributed cloud, by what their assertions call them."""
    waiting: dict[str, Any] = field(default_factory=dict)
    """Authorization requests that wait for a person, by the ticket of their pages."""
    codes: dict[str, Code] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    tokens: dict[str, AccessToken] = field(default_factory=dict)
    imds_sessions: dict[str, float] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    """Everything secret that was handed out; no log may have any of it."""

    def now(self) -> float:
        """The clock of Google, which need not be the client's."""
        return time.time() + self.settings.clock_shift_s

    def secret(self, prefix: str) -> str:
        """A new secret."""
        value = prefix + secrets.token_urlsafe(48)
        self.secrets.append(value)
        return value

    def access_token(self, kind: str, principal: str, scopes: Iterable[str], seconds: float = 0, **more: Any) -> str:
        """Hands out a token; ``more`` are its other fields."""
        value = self.secret("ya29.c." if kind == "service_account" else "ya29.a0")
        life = seconds or self.settings.token_seconds
        self.tokens[value] = AccessToken(principal, list(scopes), self.now() + life, kind, **more)
        return value

    def live_token(self, value: str) -> AccessToken | None:
        token = self.tokens.get(value)
        return token if token and not token.revoked and token.expires_at > self.now() else None

    def id_token(self, claims: dict[str, Any]) -> str:
        """An ID token of Google's, for an hour."""
        now = int(self.now())
        signed = jws.sign(signing_key(), {"iss": ISSUER, "iat": now, "exp": now + 3600, **claims}, kid=SIGNING_KID)
        self.secrets.append(signed)
        return signed

    def person_claims(self, person: Person, client_id: str, scopes: Iterable[str]) -> dict[str, Any]:
        """What an ID token says of a person, as far as the scopes allow."""
        claims: dict[str, Any] = {"azp": client_id, "aud": client_id, "sub": person.sub}
        if EMAIL_SCOPES & set(scopes):
            claims |= {"email": person.email, "email_verified": True}
        return claims | ({"hd": person.hosted_domain} if person.hosted_domain else {})

    def robot_claims(self, account: ServiceAccount, audience: str, *, email: bool = True) -> dict[str, Any]:
        """What an ID token says of a service account."""
        claims: dict[str, Any] = {"aud": audience, "azp": account.unique_id, "sub": account.unique_id}
        return claims | ({"email": account.email, "email_verified": True} if email else {})

    def fault_at(self, method: str, host: str, path: str) -> Fault | None:
        """The fault that this request meets; meeting it counts."""
        for fault in self.faults:
            if not fault.times or not fnmatch.fnmatchcase(f"{method} {host}{path}", fault.at):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            return fault
        return None


SIGNING_KID = "fake-google-1"
_keys: dict[str, rsa.RSAPrivateKey] = {}


def key_named(name: str) -> rsa.RSAPrivateKey:
    """An RSA key that lasts for the run; made when it is first wanted, since that takes its time."""
    if name not in _keys:
        _keys[name] = rsa.generate_private_key(65537, 2048)
    return _keys[name]


def signing_key() -> rsa.RSAPrivateKey:
    """Signs the ID tokens."""
    return key_named(SIGNING_KID)


def system_kid(account: ServiceAccount) -> str:
    """The key of an account that Google keeps, with which IAM signs."""
    return base64.b16encode(account.unique_id.encode()).decode().lower()[:40]


def seeded(authority: Authority) -> World:
    """The world as every test finds it."""
    world = World(authority)
    for email in ("alice@example.com", "bob@example.com", "carol@gmail.com"):
        world.people[email] = Person(email)
    for account in (
        ServiceAccount(ROBOT),
        ServiceAccount(
            TARGET, impersonators=[ROBOT, MACHINE, MIDDLE, "alice@example.com", POOL + "*", WORKFORCE + "*"]
        ),
        ServiceAccount(MIDDLE, impersonators=[ROBOT]),
        ServiceAccount(MACHINE),
    ):
        world.service_accounts[account.email] = account
    for client in (
        Client("installed.apps.googleusercontent.com", "installed-secret-canary", redirect_uris=["http://localhost"]),
        Client("testing.apps.googleusercontent.com", "testing-secret-canary", testing=True),
        Client(
            "web.apps.googleusercontent.com",
            "web-secret-canary",
            "web",
            [HTTPS_CALLBACK, "http://localhost:1410/", "http://127.0.0.1:1410/"],
        ),
        Client("tv.apps.googleusercontent.com", "tv-secret-canary", "tv"),
        Client("deleted.apps.googleusercontent.com", "deleted-secret-canary", deleted=True),
        Client("workforce-client", "workforce-secret-canary", "workforce"),
    ):
        world.clients[client.client_id] = client
    for provider in (
        Provider(POOL + "oidc", "oidc", SUBJECT_ISSUER),
        Provider(POOL + "saml", "saml"),
        Provider(POOL + "aws", "aws", accounts=["000000000001"]),
        Provider(POOL + "x509", "x509"),
        Provider(WORKFORCE + "oidc", "oidc", SUBJECT_ISSUER),
        Provider(WORKFORCE + "saml", "saml"),
    ):
        world.providers[provider.audience] = provider
    for key in (
        AwsKey("AKIDEXAMPLE", "aws-secret-canary"),
        AwsKey("ASIASESSION", "aws-session-secret-canary", "aws-session-token-canary"),
    ):
        world.aws_keys[key.access_key_id] = key
    if SUBJECT_KID in _keys:
        # The tokens of before a reset stay good.
        world.issuers[SUBJECT_ISSUER] = {SUBJECT_KID: jws.public_pem(key_named(SUBJECT_KID))}
    world.saml["saml-response-canary"] = "saml-user"
    world.metadata_accounts[MACHINE] = MetadataAccount(MACHINE, [CLOUD, sorted(EMAIL_SCOPES)[-1]], ["default"])
    world.metadata_accounts[TARGET] = MetadataAccount(TARGET, [CLOUD], [])
    return world
