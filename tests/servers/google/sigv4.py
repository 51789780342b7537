"""Checks what AWS would check: a request for GetCallerIdentity, signed with Signature Version 4."""

from __future__ import annotations

import calendar
import hashlib
import hmac
import json
import re
import time
import urllib.parse

from records import AwsKey

TARGET = "x-goog-cloud-target-resource"
LIFE_SECONDS = 900
HOST = re.compile(r"sts(-fips)?\.([a-z0-9-]+)\.amazonaws\.com")
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/sts/aws4_request, ?"
    r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})"
)


class Wrong(Exception):
    """Why the request counts for nothing."""


def caller(subject_token: str, audience: str, keys: dict[str, AwsKey], now: float) -> str:
    """The role that signed the request in ``subject_token``, which must be meant for ``audience``."""
    method, url, headers = _taken_apart(subject_token)
    parts = urllib.parse.urlsplit(url)
    host = HOST.fullmatch(parts.hostname or "")
    query = dict(urllib.parse.parse_qsl(parts.query))
    if method != "POST" or parts.scheme != "https" or parts.port or not host:
        raise Wrong("not a POST to the token service of a region")
    if parts.path not in ("", "/") or query != {"Action": "GetCallerIdentity", "Version": "2011-06-15"}:
        raise Wrong("not GetCallerIdentity")
    if headers.get("host") != parts.hostname or headers.get(TARGET) != audience:
        raise Wrong("meant for somebody else")
    written = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if not written:
        raise Wrong("no authorization that can be read")
    key_id, day, region, signed, signature = written.groups()
    key = keys.get(key_id)
    if not key or region != host[2]:
        raise Wrong("unknown key, or another region")
    moment = _moment(headers.get("x-amz-date", ""), day)
    if abs(now - moment) > LIFE_SECONDS:
        raise Wrong("too old, or from the future")
    names = signed.split(";")
    _check_signed(names, headers, key)
    expected = _signature(key, headers, names, parts.query, region)
    if not hmac.compare_digest(expected, signature):
        raise Wrong("the signature does not match")
    return key.role


def _taken_apart(subject_token: str) -> tuple[str, str, dict[str, str]]:
    if re.search(r'[{}" ]', subject_token):
        raise Wrong("not percent-encoded")
    try:
        request = json.loads(urllib.parse.unquote(subject_token))
        pairs = [(header["key"].lower(), header["value"]) for header in request["headers"]]
        method, url = str(request["method"]), str(request["url"])
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Wrong("not a request") from None
    if set(request) - {"headers", "method", "url", "body"} or request.get("body") or len(dict(pairs)) != len(pairs):
        raise Wrong("a body, or something twice")
    return method, url, dict(pairs)


def _moment(text: str, day: str) -> float:
    try:
        moment = calendar.timegm(time.strptime(text, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise Wrong("no date") from None
    if not text.startswith(day):
        raise Wrong("two dates")
    return moment


def _check_signed(names: list[str], headers: dict[str, str], key: AwsKey) -> None:
    needed = {"host", "x-amz-date"} | ({"x-amz-security-token"} if key.session_token else set())
    if names != sorted(names) or not needed <= set(names) or not set(names) <= set(headers):
        raise Wrong("headers that have to be signed are not")
    if headers.get("x-amz-security-token", "") != key.session_token:
        raise Wrong("another session")


def _signature(key: AwsKey, headers: dict[str, str], names: list[str], query: str, region: str) -> str:
    date = headers["x-amz-date"]
    pairs = sorted(urllib.parse.parse_qsl(query, keep_blank_values=True))
    encoded = "&".join(
        f"{urllib.parse.quote(name, '-_.~')}={urllib.parse.quote(value, '-_.~')}" for name, value in pairs
    )
    lines = [f"{name}:{' '.join(headers[name].split())}\n" for name in names]
    canonical = "\n".join(["POST", "/", encoded, "".join(lines), ";".join(names), hashlib.sha256(b"").hexdigest()])
    scope = f"{date[:8]}/{region}/sts/aws4_request"
    message = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    secret = ("AWS4" + key.secret).encode()
    for part in (date[:8], region, "sts", "aws4_request"):
        secret = hmac.digest(secret, part.encode(), "sha256")
    return hmac.digest(secret, message.encode(), "sha256").hex()
