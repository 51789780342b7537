"""What the fake knows things by: people, accounts, clients, grants, tokens, providers and faults.

Each is made from JSON by the control plane, with the same names of fields.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Person:
    """A user account."""

    email: str
    sub: str = ""
    name: str = ""
    consented: dict[str, list[str]] = field(default_factory=dict)
    """Scopes that were allowed before, by client: a second consent gives no refresh token."""

    def __post_init__(self) -> None:
        self.sub = self.sub or number(self.email)
        self.name = self.name or self.email.partition("@")[0].title()

    @property
    def hosted_domain(self) -> str:
        domain = self.email.partition("@")[2]
        return "" if domain == "gmail.com" else domain


@dataclass
class ServiceAccount:
    """A robot. Its keys are public ones, by key id."""

    email: str
    keys: dict[str, str] = field(default_factory=dict)
    unique_id: str = ""
    project: str = "fake-project"
    delegated: list[str] = field(default_factory=list)
    """Scopes for which an administrator has allowed domain-wide delegation."""
    impersonators: list[str] = field(default_factory=list)
    """Principals with the role of token creator on this account."""
    longest_seconds: int = 3600
    disabled: bool = False

    def __post_init__(self) -> None:
        self.unique_id = self.unique_id or number(self.email)


@dataclass
class Client:
    """An OAuth client. A project that is still being tested may use the address that is out of band."""

    client_id: str
    secret: str = ""
    kind: str = "installed"
    redirect_uris: list[str] = field(default_factory=list)
    testing: bool = False
    deleted: bool = False


@dataclass
class Grant:
    """What a person has allowed a client; the refresh token stands for it."""

    refresh_token: str
    client_id: str
    email: str
    scopes: list[str]
    revoked: bool = False
    subtype: str = ""
    """With ``rapt_required`` or ``invalid_rapt``: the person must prove again who they are."""
    rotates: bool = False


@dataclass
class Code:
    """An authorization code; it is gone after its first use."""

    client_id: str
    email: str
    scopes: list[str]
    redirect_uri: str
    challenge: str
    offline: bool
    until: float
    nonce: str = ""


@dataclass
class Device:
    """A device that waits for a person; ``email`` is who allowed it, ``denied`` that somebody did not."""

    client_id: str
    scopes: list[str]
    user_code: str
    until: float
    email: str = ""
    denied: bool = False
    polled_at: float = 0.0


@dataclass
class AccessToken:
    """A token that works at the APIs. ``principal`` is who it acts as: an email, or what federation calls them."""

    principal: str
    scopes: list[str]
    expires_at: float
    kind: str
    client_id: str = ""
    email: str = ""
    refresh_token: str = ""
    revoked: bool = False


@dataclass
class Provider:
    """A provider of a workload or workforce pool, known by its full resource name."""

    audience: str
    kind: str = "oidc"
    """``oidc``, ``saml``, ``aws`` or ``x509``."""
    issuer: str = ""
    accounts: list[str] = field(default_factory=list)
    """For AWS: account numbers."""

    @property
    def is_workforce(self) -> bool:
        return "/workforcePools/" in self.audience

    @property
    def token_types(self) -> set[str]:
        """What the subject token may be declared to be."""
        prefix = "urn:ietf:params:oauth:token-type:"
        return {
            "oidc": {prefix + "jwt", prefix + "id_token"},
            "saml": {prefix + "saml2"},
            "aws": {"urn:ietf:params:aws:token-type:aws4_request"},
            "x509": {prefix + "mtls"},
        }[self.kind]


@dataclass
class AwsKey:
    """A key of AWS; with a session token, that must come along."""

    access_key_id: str
    secret: str
    session_token: str = ""
    role: str = "fake-role"


@dataclass
class MetadataAccount:
    """A service account as the metadata server lists it."""

    email: str
    scopes: list[str]
    aliases: list[str] = field(default_factory=list)


@dataclass
class Fault:
    """What happens instead of an answer, or before it, ``times`` times (-1: until it is taken back)."""

    at: str
    """``METHOD host/path`` with the stars of a shell; an endpoint on plain HTTP has the host of its port's name."""
    times: int = 1
    status: int = 0
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    reset: bool = False
    skip: int = 0
    """How many requests get through before it begins."""


@dataclass
class Settings:
    """What can be turned."""

    clock_shift_s: float = 0.0
    token_seconds: int = 3599
    metadata_flavor: bool = True
    metadata_honours_scopes: bool = True
    metadata_missing: bool = False
    """The machine has no service account."""
    imds_v1: bool = True
    sparing_refresh_tokens: bool = False
    """Installed clients get a refresh token only at the first consent, as web clients do."""
    universes: list[str] = field(default_factory=lambda: ["googleapis.com", "universe.test"])
    metadata_universe: str = "googleapis.com"
    project_id: str = "fake-project"
    project_number: str = "123456"
    aws_region: str = "us-east-2"


def number(text: str) -> str:
    """A number of 21 digits that stands for ``text``, as Google numbers accounts."""
    return "1" + str(int.from_bytes(text.encode()[:24].ljust(24, b"\1"), "big"))[:20]
