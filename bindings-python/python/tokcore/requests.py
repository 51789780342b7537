"""A token for every request of requests.

>>> session = requests.Session()  # doctest: +SKIP
>>> session.auth = tokcore.requests.TokcoreAuth(source)  # doctest: +SKIP
"""

from __future__ import annotations

from typing import Any

import requests
from requests.auth import AuthBase

from ._tokcore import Token, TokenSource

__all__ = ["TokcoreAuth"]


class TokcoreAuth(AuthBase):
    """Puts the token into each request, and its proof if it is bound. A request that the API refuses because of the token
    is sent once more with a renewed one, unless its body was a stream.

    Parameters
    ----------
    source : TokenSource
        Whose token.
    """

    def __init__(self, source: TokenSource) -> None:
        self.source = source

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        token = self.source.token()
        sent = self._put(request, token)

        def answered(response: requests.Response, **how: Any) -> requests.Response:
            # A redirect to another host has left the token behind, and so its answer is not about it.
            if response.request.headers.get("Authorization") != sent:
                return response
            request.deregister_hook("response", answered)
            return self._after(response, token, **how)

        request.register_hook("response", answered)
        return request

    def _put(self, request: requests.PreparedRequest, token: Token) -> str | bytes | None:
        request.headers.update(self.source.request_headers(token, request.method or "GET", request.url or ""))
        return request.headers.get("Authorization")

    def _after(self, response: requests.Response, token: Token, **how: Any) -> requests.Response:
        nonce = response.headers.get("DPoP-Nonce")
        if nonce is not None:
            self.source.learn(response.url, nonce)
        # requests joins the fields of one name by commas, as HTTP lets it.
        challenges = [value for name, value in response.headers.items() if name.lower() == "www-authenticate"]
        renewed = self.source.recover(token, response.status_code, challenges, nonce)
        if renewed is None or not _is_repeatable(response.request):
            return response
        # Read, so that the connection can be used again.
        response.content
        response.close()
        request = response.request.copy()
        self._put(request, renewed)
        again: requests.Response = response.connection.send(request, **how)
        again.history.append(response)
        again.request = request
        if "DPoP-Nonce" in again.headers:
            self.source.learn(again.url, again.headers["DPoP-Nonce"])
        return again


def _is_repeatable(request: requests.PreparedRequest) -> bool:
    return request.body is None or isinstance(request.body, (bytes, str))
