"""Signed tokens (JWT) of the program's own.

>>> key = tokcore.jwt.SigningKey(pem_text)  # doctest: +SKIP
>>> tokcore.jwt.encode({"iss": "me", "exp": 1700000000}, key)  # doctest: +SKIP
"""

from __future__ import annotations

from typing import Any

from ._tokcore import SigningKey
from ._tokcore import encode_jwt as encode

__all__ = ["SigningKey", "encode", "encode_hmac"]


def encode_hmac(
    claims: dict[str, Any], secret: str, *, header: dict[str, Any] | None = None, algorithm: str = "HS256"
) -> str:
    """A token signed with a secret that both sides know.

    Parameters
    ----------
    claims : dict
        The claims. Times are seconds since 1970.
    secret : str
        The secret; at least as long as the hash.
    header : dict, optional
        Further header fields.
    algorithm : {"HS256", "HS384", "HS512"}
        How to sign.

    Returns
    -------
    str

    Raises
    ------
    ConfigInvalidError
        The secret is too short, or the algorithm is none for a secret.
    """
    return encode(claims, SigningKey.hmac(secret), header=header, algorithm=algorithm)
