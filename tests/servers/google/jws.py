"""Signed tokens: RS256 and ES256, compact."""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

LONGEST_SECONDS = 3600
# How far the signer's clock may be ahead.
AHEAD_SECONDS = 10
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Malformed(Exception):
    """Not a token that can be read."""


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64url(text: str) -> bytes:
    # Padding has no place in a token, and the decoder would skip what it does not know.
    if not all(char.isalnum() or char in "-_" for char in text):
        raise Malformed(text[:10])
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Token:
    """A token taken apart, its signature not yet checked."""

    def __init__(self, text: str) -> None:
        try:
            self.head, self.claims, self._signature = text.split(".")
            self.header: dict[str, Any] = json.loads(unb64url(self.head))
            self.body: dict[str, Any] = json.loads(unb64url(self.claims))
            self.signature = unb64url(self._signature)
        except ValueError as error:
            raise Malformed(str(error)) from None
        if not isinstance(self.header, dict) or not isinstance(self.body, dict):
            raise Malformed("not objects")

    def is_timely(self, now: float) -> bool:
        """Whether it lives, for an hour at most, and is not from the future."""
        issued, expires = self.body.get("iat"), self.body.get("exp")
        # A truth value is a number to Python, not to anybody else.
        if type(issued) is not int or type(expires) is not int:
            return False
        return issued <= now + AHEAD_SECONDS and now < expires <= issued + LONGEST_SECONDS

    def is_signed_by(self, public_pem: str) -> bool:
        """Whether this key made the signature, by the algorithm of the header, which must be the key's."""
        key, message = public_key(public_pem), f"{self.head}.{self.claims}".encode()
        try:
            if isinstance(key, rsa.RSAPublicKey) and self.header.get("alg") == "RS256":
                key.verify(self.signature, message, padding.PKCS1v15(), hashes.SHA256())
            elif isinstance(key, ec.EllipticCurvePublicKey) and self.header.get("alg") == "ES256":
                half = len(self.signature) // 2
                numbers = (int.from_bytes(part, "big") for part in (self.signature[:half], self.signature[half:]))
                key.verify(encode_dss_signature(*numbers), message, ec.ECDSA(hashes.SHA256()))
            else:
                return False
        except InvalidSignature:
            return False
        return True


def sign(key: PrivateKey, claims: dict[str, Any] | str, **header: Any) -> str:
    """A compact token; claims given as text are signed as they are."""
    alg = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
    payload = claims if isinstance(claims, str) else _compact(claims)
    parts = [b64url(_compact({"alg": alg, "typ": "JWT", **header}).encode()), b64url(payload.encode())]
    return ".".join([*parts, b64url(signature(key, ".".join(parts).encode()))])


def _compact(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))


def signature(key: PrivateKey, message: bytes) -> bytes:
    """SHA-256 with RSA PKCS#1, or with ECDSA as JOSE wants it: both numbers, 32 bytes each."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return b"".join(
        number.to_bytes(32, "big") for number in decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    )


@lru_cache(maxsize=1000)
def public_key(pem: str) -> Any:
    """The key of a PEM, which is read once."""
    return serialization.load_pem_public_key(pem.encode())


def public_pem(key: PrivateKey) -> str:
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, spki).decode()


def private_pem(key: PrivateKey) -> str:
    pkcs8, open_text = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, pkcs8, open_text).decode()
