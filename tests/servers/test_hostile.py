"""The hostile server is as hostile as it says, and no more."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import time
import urllib.parse
import zlib
from contextlib import closing

import pytest

from pages import Browser
from wire import get, post

BODY = "grant_type=refresh_token&refresh_token=sent-canary-9d2e"


def names(address: str) -> dict[str, list[str]]:
    return get(f"{address}/__names").body


def raw(address: str, path: str, most: int = 1 << 16, seconds: float = 2) -> bytes:
    """The bytes of an answer, up to ``most`` of them or as many as come in time."""
    parts = urllib.parse.urlsplit(address)
    got = b""
    with socket.create_connection((parts.hostname, parts.port), timeout=seconds) as link:
        link.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}".encode())
        try:
            while len(got) < most and (more := link.recv(1 << 16)):
                got += more
        except TimeoutError:
            pass
    return got


def head_and_body(answer: bytes) -> tuple[bytes, bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


def requests(address: str, path: str) -> list[dict[str, object]]:
    return [entry for entry in get(f"{address}/__requests").body if entry["path"] == path]


def test_every_body_is_correct_http(hostile: str) -> None:
    parts = urllib.parse.urlsplit(hostile)
    for name in names(hostile)["bodies"]:
        with closing(http.client.HTTPConnection(parts.netloc, timeout=5)) as link:
            link.request("POST", f"/{name}", BODY)
            answer = link.getresponse()
            assert len(answer.read()) == int(answer.headers.get("Content-Length", 0)), name
            assert answer.status == 204 or answer.headers.get("Content-Length"), name
    assert get(f"{hostile}/no-such-name").status == 404


def test_an_echo_repeats_secrets(hostile: str) -> None:
    for name in ("echo", "echo-html"):
        assert "sent-canary-9d2e" in post(f"{hostile}/{name}", refresh_token="sent-canary-9d2e").page.text


def test_redirects_lead_to_the_trap(hostile: str) -> None:
    before = len(requests(hostile, "/trap"))
    for status in (302, 307, 308):
        page = Browser().open(f"{hostile}/redirect-{status}")
        assert (page.status, page.location) == (status, f"{hostile}/trap")
    assert len(requests(hostile, "/trap")) == before


@pytest.mark.parametrize("name", ["huge", "huge-chunked", "flood", "continue-flood", "endless-headers"])
def test_too_much(hostile: str, name: str) -> None:
    assert len(raw(hostile, f"/{name}", most=2 << 20)) >= 2 << 20
    for _ in range(100):
        sent = requests(hostile, f"/{name}")[-1]["sent"]
        if sent:
            break
        time.sleep(0.01)
    assert (2 << 20) <= sent < 50 << 20, "the rest stays unsent once the client has left"


def test_the_bomb_unpacks_to_a_lot(hostile: str) -> None:
    head, body = head_and_body(raw(hostile, "/gzip-bomb", most=1 << 15))
    assert b"Content-Encoding: gzip" in head
    assert len(zlib.decompressobj(31).decompress(body)) > 100 * len(body) > 1 << 20


def test_too_little(hostile: str) -> None:
    for name in ("truncated", "hang-in-body"):
        head, body = head_and_body(raw(hostile, f"/{name}", seconds=0.3))
        announced = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
        assert 0 < len(body) < announced
    assert not head_and_body(raw(hostile, "/truncated-chunked"))[1].endswith(b"0\r\n\r\n")
    for name in ("close", "hang"):
        assert raw(hostile, f"/{name}", seconds=0.3) == b""
    for name in ("reset", "reset-in-body"):
        with pytest.raises(ConnectionResetError):
            raw(hostile, f"/{name}")


def test_too_slow(hostile: str) -> None:
    head, body = head_and_body(raw(hostile, "/drip", seconds=0.5))
    assert len(body) == 1
    assert raw(hostile, "/drip-headers", seconds=0.5) == b"H"


@pytest.mark.parametrize(
    "name", ["two-lengths", "negative-length", "bad-chunk", "bad-status", "bad-header", "not-http", "short-length"]
)
def test_broken_http(hostile: str, name: str) -> None:
    assert raw(hostile, f"/{name}")


def test_headers_without_measure(hostile: str) -> None:
    assert len(head_and_body(raw(hostile, "/huge-header", most=4 << 20))[0]) > 1 << 20
    assert head_and_body(raw(hostile, "/many-headers", most=4 << 20))[0].count(b"\r\n") > 10_000


def test_a_sequence(hostile: str) -> None:
    url = f"{hostile}/sequence/some-test/pending,html-502,ok"
    assert [post(url, x="1").status for _ in range(4)] == [400, 502, 200, 200]
    assert post(f"{hostile}/sequence/another-test/pending,ok", x="1").refusal == (400, "authorization_pending")


def test_discovery(hostile: str) -> None:
    issuer = f"{hostile}/discovery/none"
    assert get(f"{issuer}/.well-known/openid-configuration")["issuer"] == issuer
    assert get(f"{hostile}/.well-known/oauth-authorization-server/discovery/none")["issuer"] == issuer
    assert get(f"{hostile}/discovery/only-oauth/.well-known/openid-configuration").status == 404
    assert get(f"{hostile}/.well-known/oauth-authorization-server/discovery/only-oauth").status == 200
    for fault in names(hostile)["discovery"]:
        assert Browser().open(f"{hostile}/discovery/{fault}/.well-known/openid-configuration").status < 600
    assert len(get(f"{hostile}/jwks-many")["keys"]) == 10_000


def test_vectors(hostile: str) -> None:
    page = post(f"{hostile}/vector/T-41", x="1")
    assert page.status >= 400 and "Gateway" in page.page.text
    assert post(f"{hostile}/vector/T-57", x="1").page.text.endswith("[" * 10_000)
    assert post(f"{hostile}/vector/T-54", x="1").page.text.count("\ufffd") == 2
    assert post(f"{hostile}/vector/N-01", x="1")["request_uri"] == "urn:x"
    assert post(f"{hostile}/vector/no-such-case", x="1").status == 404


def test_the_packed_nonsense_is_no_gzip(hostile: str) -> None:
    page = Browser().open(f"{hostile}/gzip-nonsense")
    assert json.loads(page.text)["access_token"]
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(page.text.encode())
