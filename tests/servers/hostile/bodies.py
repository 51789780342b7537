"""Answers that are correct HTTP and wrong as the answer of a token endpoint: one name, one wrong.

A behaviour is what to send: status, body, content type and further headers; a function of the exchange when it must
know the request.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from exchange import Exchange, Headers

JSON = "application/json"
HTML = "text/html; charset=utf-8"
FORM = "application/x-www-form-urlencoded"
TOKEN = {
    "access_token": "access-canary-0f3a",
    "token_type": "Bearer",
    "expires_in": 3600,
    "refresh_token": "refresh-canary-77c1",
}
TOKEN_TEXT = json.dumps(TOKEN)
PAGE = "<!doctype html><html><head><title>Bad Gateway</title></head><body><p>{}</p></body></html>"
LATE = "Wed, 21 Oct 2099 07:28:00 GMT"


@dataclass(frozen=True)
class Answer:
    """One fixed answer."""

    body: Any = b""
    status: int = 200
    content_type: str | None = JSON
    headers: Headers = field(default_factory=list)


def refusal(code: str, status: int = 400, **members: Any) -> Answer:
    return Answer({"error": code, **members}, status)


def token_with(**members: Any) -> Answer:
    return Answer({**TOKEN, **members})


def redirect(status: int, target: str) -> Callable[[Exchange], Answer]:
    """``target`` is another host, or a path here."""
    return lambda exchange: Answer(
        status=status, headers=[("Location", target if ":" in target else exchange.address + target)]
    )


def echo(exchange: Exchange) -> Answer:
    """Repeats every secret of the request in the description; none of them may appear in an error."""
    return refusal("invalid_request", error_description=exchange.request.body.decode("latin-1"))


def echo_html(exchange: Exchange) -> Answer:
    return Answer(PAGE.format(exchange.request.body.decode("latin-1")), 500, HTML)


BEHAVIOURS: dict[str, Answer | Callable[[Exchange], Answer]] = {
    "ok": Answer(TOKEN),
    "created": Answer(TOKEN, 201),
    # Pages instead of answers, and answers that say they are pages.
    "html": Answer(PAGE.format("x"), 400, HTML),
    "html-200": Answer(PAGE.format("x"), 200, HTML),
    "html-502": Answer(PAGE.format("x"), 502, HTML),
    "html-as-json": Answer(PAGE.format("x")),
    "json-as-html": Answer(TOKEN, 200, HTML),
    "json-as-text": Answer(TOKEN, 200, "text/plain"),
    "no-content-type": Answer(TOKEN, 200, None),
    "form": Answer("access_token=access-canary-0f3a&token_type=bearer&expires_in=3600", 200, FORM),
    "form-duplicates": Answer("access_token=first-canary&access_token=second-canary", 200, FORM),
    # Nothing at all.
    "empty": Answer(),
    "no-content": Answer(status=204, content_type=None),
    "spaces": Answer(" \r\n\t "),
    # JSON that is not an object, or not quite JSON.
    "array": Answer([TOKEN]),
    "string": Answer('"access-canary-0f3a"'),
    "null": Answer("null"),
    "number": Answer("42"),
    "truncated-json": Answer('{"access_token":"access-canary-0f3a","tok'),
    "trailing": Answer(TOKEN_TEXT + "<!-- served by cache -->"),
    "nan": Answer('{"access_token":"access-canary-0f3a","token_type":"Bearer","expires_in":NaN}'),
    "deep": Answer('{"access_token":"access-canary-0f3a","x":' + "[" * 10_000 + "]" * 10_000 + "}"),
    "deep-objects": Answer('{"x":' * 10_000 + "1" + "}" * 10_000),
    # Members of other types, doubled, or with what no header may hold.
    "wrong-types": Answer({"access_token": 123, "token_type": [], "expires_in": {}, "scope": 5}),
    "token-null": token_with(access_token=None),
    "token-empty": token_with(access_token=""),
    "token-list": token_with(access_token=["access-canary-0f3a"]),
    "token-missing": Answer({"token_type": "Bearer", "expires_in": 3600}),
    "token-type-mac": token_with(token_type="mac"),
    "expires-word": token_with(expires_in="1h"),
    "expires-huge": Answer(TOKEN_TEXT.replace("3600", "1e400")),
    "refresh-number": token_with(refresh_token=5),
    "nul": token_with(access_token="a\0b"),
    "nul-raw": Answer(TOKEN_TEXT.replace("access-canary", "access\0canary")),
    "line-break": token_with(access_token="a\r\nX-Injected: y"),
    "duplicates": Answer(TOKEN_TEXT[:-1] + ',"access_token":"second-canary"}'),
    "duplicate-extras": Answer(TOKEN_TEXT[:-1] + ',"foo":1,"foo":2}'),
    # Errors that come as success, and success that comes as an error.
    "error-200": refusal("invalid_grant", 200),
    "error-and-token": token_with(error="invalid_grant"),
    "error-empty": token_with(error=""),
    "forbidden-token": Answer(TOKEN, 403),
    "teapot": Answer(TOKEN, 799),
    # Plain errors.
    "invalid-grant": refusal("invalid_grant"),
    "invalid-client": refusal("invalid_client", 401),
    "pending": refusal("authorization_pending"),
    "slow-down": refusal("slow_down"),
    "denied": refusal("access_denied"),
    "expired": refusal("expired_token"),
    "dpop-nonce": Answer({"error": "use_dpop_nonce"}, 400, headers=[("DPoP-Nonce", "nonce-1")]),
    "server-error": refusal("server_error", 500),
    "error-ansi": refusal("invalid_grant", error_description="\x1b[31mred\u202ereversed\x07%s%n"),
    "error-emoji": refusal("\N{PILE OF POO}" * 500),
    "error-lines": refusal("invalid_grant", error_description="first\r\nSet-Cookie: x\nthird"),
    "echo": echo,
    "echo-html": echo_html,
    # Come again.
    "busy-seconds": Answer("", 429, HTML, [("Retry-After", "1")]),
    "busy-date": Answer("", 429, HTML, [("Retry-After", LATE)]),
    "busy-nonsense": Answer("", 429, HTML, [("Retry-After", "soon")]),
    "busy-negative": Answer("", 429, HTML, [("Retry-After", "-5")]),
    "busy-for-ever": Answer("", 429, HTML, [("Retry-After", "9" * 40)]),
    "unavailable": Answer("", 503, None),
    "unavailable-seconds": Answer("", 503, HTML, [("Retry-After", "1")]),
    "unavailable-two": Answer("", 503, HTML, [("Retry-After", "1"), ("Retry-After", "999")]),
    # Elsewhere. Nobody may arrive at /trap.
    "redirect-302": redirect(302, "/trap"),
    "redirect-307": redirect(307, "/trap"),
    "redirect-308": redirect(308, "/trap"),
    "redirect-other": redirect(302, "https://other.example.test/token?secret=1"),
    "redirect-file": redirect(302, "file:///etc/passwd"),
    "redirect-loop": lambda exchange: Answer(status=307, headers=[("Location", exchange.request.path)]),
    "redirect-nowhere": Answer(status=302),
    "trap": Answer(TOKEN),
    # Alphabets.
    "bom": Answer(b"\xef\xbb\xbf" + TOKEN_TEXT.encode()),
    "utf-16": Answer(TOKEN_TEXT.encode("utf-16"), 200, f"{JSON}; charset=utf-16"),
    "utf-16-undeclared": Answer(TOKEN_TEXT.encode("utf-16-le")),
    "latin-1": Answer(
        json.dumps({**TOKEN, "name": "é"}, ensure_ascii=False).encode("latin-1"), 200, f"{JSON}; charset=iso-8859-1"
    ),
    "charset-quoted": Answer(TOKEN, 200, f'{JSON}; charset="utf-8"'),
    "charset-unknown": Answer(TOKEN, 200, f"{JSON}; charset=x-unheard-of"),
    "charset-twice": Answer(TOKEN, 200, f"{JSON}; charset=utf-8; charset=utf-16"),
    "content-type-nonsense": Answer(TOKEN, 200, ";;;/=,"),
    "not-utf-8": Answer(TOKEN_TEXT.encode().replace(b"Bearer", b"Bearer\xff\xfe")),
    # Packed, or said to be.
    "gzip-nonsense": Answer(TOKEN, headers=[("Content-Encoding", "gzip")]),
    "encoding-unknown": Answer(TOKEN, headers=[("Content-Encoding", "x-unheard-of")]),
}
