"""Discovery documents gone bad: the issuer ``ADDRESS/discovery/NAME`` has the fault NAME.

Both places are served: OpenID's, after the issuer's path, and that of RFC 8414, before it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bodies import HTML, PAGE, Answer

OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"


def place(path: str) -> tuple[str, str] | None:
    """The fault and the place that ``path`` asks for, if it is one of a discovery document."""
    for found in (OPENID, OAUTH):
        if path.startswith(f"{found}/discovery/"):
            return path.removeprefix(f"{found}/discovery/"), found
        if path.startswith("/discovery/") and path.endswith(found):
            return path.removeprefix("/discovery/").removesuffix(found), found
    return None


def answer(address: str, fault: str, where: str) -> Answer | None:
    """The document, if the fault is known."""
    found = FAULTS.get(fault)
    return found(_document(address, f"{address}/discovery/{fault}"), where) if found else None


def _document(address: str, issuer: str) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{address}/authorize",
        "token_endpoint": f"{address}/ok",
        "jwks_uri": f"{address}/jwks-many",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }


Fault = Callable[[dict[str, Any], str], Answer]


def _with(**members: Any) -> Fault:
    """The document with other members; a member that is ``None`` is left out."""
    return lambda document, _: Answer(
        {name: value for name, value in {**document, **members}.items() if value is not None}
    )


def _fixed(given: Answer) -> Fault:
    return lambda _document, _where: given


FAULTS: dict[str, Fault] = {
    "none": _with(),
    "only-oauth": lambda document, where: Answer(document) if where == OAUTH else Answer("", 404, HTML),
    "missing": _fixed(Answer("", 404, HTML)),
    "html": _fixed(Answer(PAGE.format("x"), 200, HTML)),
    "empty": _fixed(Answer()),
    "array": _fixed(Answer([])),
    "truncated": lambda document, _: Answer(json.dumps(document)[:60]),
    "huge": lambda document, _: Answer({**document, "x": "y" * (3 << 20)}),
    "deep": _fixed(Answer('{"issuer":' + "[" * 10_000)),
    "server-error": _fixed(Answer("", 500, HTML)),
    "redirect-http": _fixed(Answer(status=302, headers=[("Location", "http://other.example.test/")])),
    "redirect-loop": _fixed(Answer(status=302, headers=[("Location", "openid-configuration")])),
    "other-issuer": _with(issuer="https://other.example.test"),
    "trailing-slash": lambda document, _: Answer({**document, "issuer": document["issuer"] + "/"}),
    "no-issuer": _with(issuer=None),
    "issuer-number": _with(issuer=5),
    "no-token-endpoint": _with(token_endpoint=None),
    "token-endpoint-http": _with(token_endpoint="http://as.example.test/token"),
    "token-endpoint-number": _with(token_endpoint=5),
    "token-endpoint-list": _with(token_endpoint=["https://as.example.test/token"]),
    "token-endpoint-relative": _with(token_endpoint="/token"),
    "token-endpoint-userinfo": _with(token_endpoint="https://as.example.test@other.example.test/token"),
    "token-endpoint-fragment": _with(token_endpoint="https://as.example.test/token#x"),
    "authorization-endpoint-script": _with(authorization_endpoint="javascript:alert(1)"),
    "authorization-endpoint-file": _with(authorization_endpoint="file:///etc/passwd"),
    "grants-string": _with(grant_types_supported="authorization_code"),
    "par-required-nowhere": _with(require_pushed_authorization_requests=True),
}


def _key(number: int) -> dict[str, str]:
    return {"kty": "oct", "kid": f"key-{number}", "k": "AAAA"}


def keys(path: str) -> Answer | None:
    """Key sets with too much in them."""
    match path:
        case "/jwks-many":
            return Answer({"keys": [_key(number) for number in range(10_000)]})
        case "/jwks-huge":
            return Answer({"keys": [{**_key(0), "x": "y" * (5 << 20)}]})
        case "/jwks-none":
            return Answer({"keys": []})
    return None
