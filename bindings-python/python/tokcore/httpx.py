"""A token for every request of httpx, with and without asyncio.

>>> client = httpx.Client(auth=tokcore.httpx.TokcoreAuth(source))  # doctest: +SKIP
>>> client = httpx.AsyncClient(auth=tokcore.httpx.TokcoreAuth(source))  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator

import httpx

from . import aio
from ._tokcore import Token, TokenSource

__all__ = ["TokcoreAuth"]


class TokcoreAuth(httpx.Auth):
    """Puts the token into each request, and its proof if it is bound. A request that the API refuses because of the token
    is sent once more with a renewed one, unless its body was a stream.

    Parameters
    ----------
    source : TokenSource
        Whose token.
    """

    def __init__(self, source: TokenSource) -> None:
        self.source = source

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """What httpx calls around each request."""
        token = self.source.token()
        response = yield self._with(request, token)
        refusal = self._refusal(request, response)
        if refusal is not None:
            renewed = self.source.recover(token, *refusal)
            if renewed is not None and _is_repeatable(request):
                response.read()
                self._learn((yield self._with(request, renewed)))

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """What httpx calls around each request of an event loop, which goes on while a token is renewed."""
        token = await self.source.atoken()
        response = yield self._with(request, token)
        refusal = self._refusal(request, response)
        if refusal is not None:
            renewed = await aio.call(self.source.recover, token, *refusal)
            if renewed is not None and _is_repeatable(request):
                await response.aread()
                self._learn((yield self._with(request, renewed)))

    def _with(self, request: httpx.Request, token: Token) -> httpx.Request:
        request.headers.update(self.source.request_headers(token, request.method, str(request.url)))
        return request

    def _refusal(self, request: httpx.Request, response: httpx.Response) -> tuple[int, list[str], str | None] | None:
        """What `TokenSource.recover` needs to know of an answer to a request that carried the token."""
        # A redirect to another host has left the token behind, and so its answer is not about it.
        if response.request.headers.get("Authorization") != request.headers.get("Authorization"):
            return None
        return response.status_code, response.headers.get_list("WWW-Authenticate"), self._learn(response)

    def _learn(self, response: httpx.Response) -> str | None:
        nonce: str | None = response.headers.get("DPoP-Nonce")
        if nonce is not None:
            self.source.learn(str(response.request.url), nonce)
        return nonce


def _is_repeatable(request: httpx.Request) -> bool:
    try:
        request.content
    except httpx.RequestNotRead:
        return False
    return True
