"""Answers that are wrong as HTTP, or never end: too much, too little, too slow. A client's own limits end them."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable

from bodies import JSON, TOKEN_TEXT
from exchange import Exchange, Headers

MIB = 1 << 20
TYPE: Headers = [("Content-Type", JSON)]
LENGTH: Headers = [*TYPE, ("Content-Length", str(len(TOKEN_TEXT)))]
CHUNKED: Headers = [*TYPE, ("Transfer-Encoding", "chunked")]
OPEN_STRING = b'{"access_token":"access-canary-0f3a","token_type":"Bearer","foo":"'
# Longer than any client waits; the server itself ends before.
FOR_EVER = 3600.0

Behaviour = Callable[[Exchange], Awaitable[None]]


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def huge(exchange: Exchange) -> None:
    """50 MB, announced."""
    await exchange.head(200, [*TYPE, ("Content-Length", str(len(OPEN_STRING) + 50 * MIB + 2))])
    await exchange.raw(OPEN_STRING)
    for _ in range(50):
        await exchange.raw(b"x" * MIB)
    await exchange.raw(b'"}')


async def huge_chunked(exchange: Exchange) -> None:
    """The same, as a surprise."""
    await exchange.head(200, CHUNKED)
    await exchange.raw(_chunk(OPEN_STRING))
    for _ in range(50):
        await exchange.raw(_chunk(b"x" * MIB))
    await exchange.raw(_chunk(b'"}') + b"0\r\n\r\n")


async def flood(exchange: Exchange) -> None:
    """No end at all."""
    await exchange.head(200, TYPE)
    await exchange.raw(OPEN_STRING)
    while True:
        await exchange.raw(b"x" * MIB)


async def continue_flood(exchange: Exchange) -> None:
    """Always about to answer."""
    while True:
        await exchange.raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


async def gzip_bomb(exchange: Exchange) -> None:
    """1 MB that unpacks to 1 GiB: one packed block, repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    begin = packer.compress(OPEN_STRING) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b"x" * MIB) + packer.flush(zlib.Z_FULL_FLUSH)
    size = len(begin) + 1024 * len(block)
    await exchange.head(200, [*TYPE, ("Content-Encoding", "gzip"), ("Content-Length", str(size))])
    await exchange.raw(begin)
    for _ in range(1024):
        await exchange.raw(block)


async def truncated(exchange: Exchange) -> None:
    """Leaves in the middle of what it announced."""
    await exchange.head(200, LENGTH)
    await exchange.raw(TOKEN_TEXT[:40].encode())


async def truncated_chunked(exchange: Exchange) -> None:
    """A whole document, but the end of it is not said."""
    await exchange.head(200, CHUNKED)
    await exchange.raw(_chunk(TOKEN_TEXT.encode()))


async def short_length(exchange: Exchange) -> None:
    """More comes than was announced."""
    await exchange.head(200, [*TYPE, ("Content-Length", "20")])
    await exchange.raw(TOKEN_TEXT.encode())


async def two_lengths(exchange: Exchange) -> None:
    await exchange.head(200, [*LENGTH, ("Content-Length", "5")])
    await exchange.raw(TOKEN_TEXT.encode())


async def negative_length(exchange: Exchange) -> None:
    await exchange.head(200, [*TYPE, ("Content-Length", "-1")])
    await exchange.raw(TOKEN_TEXT.encode())


async def bad_chunk(exchange: Exchange) -> None:
    await exchange.head(200, CHUNKED)
    await exchange.raw(b"zz\r\n" + TOKEN_TEXT.encode())


async def huge_header(exchange: Exchange) -> None:
    """One header of 1 MiB."""
    await exchange.head(200, [*LENGTH, ("X-Big", "x" * MIB)])
    await exchange.raw(TOKEN_TEXT.encode())


async def many_headers(exchange: Exchange) -> None:
    """Ten thousand of them."""
    await exchange.head(200, [*LENGTH, *((f"X-{number}", "y") for number in range(10_000))])
    await exchange.raw(TOKEN_TEXT.encode())


async def endless_headers(exchange: Exchange) -> None:
    await exchange.raw(b"HTTP/1.1 200 OK\r\n")
    while True:
        await exchange.raw(b"X-More: y\r\n" * 1000)


async def bad_header(exchange: Exchange) -> None:
    await exchange.raw(b"HTTP/1.1 200 OK\r\nno colon here\r\n\x00: y\r\n\r\n" + TOKEN_TEXT.encode())


async def bad_status(exchange: Exchange) -> None:
    await exchange.raw(b"HTTP/1.1 OK fine\r\n\r\n" + TOKEN_TEXT.encode())


async def not_http(exchange: Exchange) -> None:
    """Another protocol answers on this port."""
    await exchange.raw(b"SSH-2.0-OpenSSH_9.6\r\n")


async def drip(exchange: Exchange) -> None:
    """One byte each second."""
    await exchange.head(200, LENGTH)
    for byte in TOKEN_TEXT.encode():
        await exchange.raw(bytes([byte]))
        await asyncio.sleep(1)


async def drip_headers(exchange: Exchange) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + b"X-Slow: y\r\n" * 1000:
        await exchange.raw(bytes([byte]))
        await asyncio.sleep(1)


async def hang(exchange: Exchange) -> None:
    """Takes the request and says nothing."""
    await asyncio.sleep(FOR_EVER)


async def hang_in_body(exchange: Exchange) -> None:
    await exchange.head(200, LENGTH)
    await exchange.raw(TOKEN_TEXT[:40].encode())
    await asyncio.sleep(FOR_EVER)


async def close(exchange: Exchange) -> None:
    """Takes the request and leaves politely."""


async def reset(exchange: Exchange) -> None:
    """Takes the request and is gone."""
    exchange.reset()


async def reset_in_body(exchange: Exchange) -> None:
    await exchange.head(200, LENGTH)
    await exchange.raw(TOKEN_TEXT[:40].encode())
    await asyncio.sleep(0.05)
    exchange.reset()


BEHAVIOURS: dict[str, Behaviour] = {
    function.__name__.replace("_", "-"): function
    for function in (
        huge, huge_chunked, flood, continue_flood, gzip_bomb, truncated, truncated_chunked, short_length, two_lengths,
        negative_length, bad_chunk, huge_header, many_headers, endless_headers, bad_header, bad_status, not_http, drip,
        drip_headers, hang, hang_in_body, close, reset, reset_in_body,
    )
}  # fmt: skip
