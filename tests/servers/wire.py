"""An OAuth client as plain as can be, to ask the servers of the tests: forms, Basic, assertions, DPoP proofs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import urllib.parse
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from pages import Browser, Page

VERIFIER = "v" * 43
REDIRECT = "http://127.0.0.1:7/cb"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


CHALLENGE = b64url(hashlib.sha256(VERIFIER.encode()).digest())


@dataclass
class Answer:
    """A reply of an endpoint."""

    page: Page

    @property
    def status(self) -> int:
        return self.page.status

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.page.text)
        return body

    def __getitem__(self, name: str) -> Any:
        return self.body[name]

    @property
    def refusal(self) -> tuple[int, str]:
        return self.status, self.body["error"]


def post(url: str, headers: dict[str, str] | None = None, **fields: str) -> Answer:
    """One request; a new browser each time, so that no cookie helps."""
    return Answer(Browser().open(url, fields, headers))


def get(url: str, token: str = "") -> Answer:
    return Answer(Browser().open(url, headers={"Authorization": f"Bearer {token}"} if token else None))


def basic(client_id: str, secret: str, encode: Callable[[str], str] = urllib.parse.quote_plus) -> dict[str, str]:
    """The header of RFC 6749 §2.3.1: both parts form-encoded first."""
    pair = f"{encode(client_id)}:{encode(secret)}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def callback_fields(callback: str) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(callback).query))


def authorization_url(endpoint: str, client_id: str, **extra: str) -> str:
    """With PKCE and a state; an empty value removes a parameter."""
    query = {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "state": "st",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **extra,
    }
    return f"{endpoint}?{urllib.parse.urlencode({name: value for name, value in query.items() if value})}"


Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | bytes


def sign(key: Key, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A compact JWT: RS256, ES256 or HS256, by the kind of key."""
    alg, signer = _signer(key)
    parts = [b64url(json.dumps(part).encode()) for part in ({"alg": alg, **header}, claims)]
    return ".".join([*parts, b64url(signer(".".join(parts).encode()))])


def _signer(key: Key) -> tuple[str, Callable[[bytes], bytes]]:
    if isinstance(key, bytes):
        return "HS256", lambda message: hmac.digest(key, message, "sha256")
    if isinstance(key, rsa.RSAPrivateKey):
        return "RS256", lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return "ES256", lambda message: _flat(key.sign(message, ec.ECDSA(hashes.SHA256())))


def _flat(der: bytes) -> bytes:
    """An ECDSA signature as JOSE wants it: both numbers, 32 bytes each."""
    return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))


def claims_of(token: str) -> dict[str, Any]:
    """What a signed token says; the signature is not looked at."""
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return claims


def assertion_claims(issuer: str, audience: str, **extra: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": issuer,
        "sub": issuer,
        "aud": audience,
        "iat": now,
        "exp": now + 60,
        "jti": uuid.uuid4().hex,
        **extra,
    }


def load_key(pem: str) -> Any:
    return serialization.load_pem_private_key(pem.encode(), None)


@dataclass
class Dpop:
    """A proof key, and the last nonce of the server."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    nonce: str | None = None

    def proof(self, method: str, url: str, token: str = "") -> dict[str, str]:
        numbers = self.key.public_key().public_numbers()
        jwk = {
            "kty": "EC",
            "crv": "P-256",
            "x": b64url(numbers.x.to_bytes(32, "big")),
            "y": b64url(numbers.y.to_bytes(32, "big")),
        }
        claims = {"jti": uuid.uuid4().hex, "htm": method, "htu": url, "iat": int(time.time())}
        if self.nonce:
            claims["nonce"] = self.nonce
        if token:
            claims["ath"] = b64url(hashlib.sha256(token.encode()).digest())
        return {"DPoP": sign(self.key, {"typ": "dpop+jwt", "jwk": jwk}, claims)}
