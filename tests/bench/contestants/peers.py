"""The Python libraries of the same trade, each as a function that gives a usable token from `address`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

#: Every call of these is one that a program makes before a request.
Ask = Callable[[], Any]


def authlib(address: str, expires_in: int) -> Ask:
    """authlib's session, which looks at its token before each request."""
    from authlib.integrations.requests_client import OAuth2Session

    token = {"access_token": "old", "token_type": "Bearer", "expires_in": expires_in, "expires_at": time.time() + expires_in}
    session = OAuth2Session(
        "bench", "bench", token=token, token_endpoint=f"{address}/token", grant_type="client_credentials"
    )
    return lambda: session.ensure_active_token(session.token)


class Answer:
    """An answer as msal reads it."""

    def __init__(self, status: int, text: str) -> None:
        self.status_code, self.text, self.headers = status, text, {}


class Here:
    """msal's transport: its discovery is answered here, tokens come through `fetch`."""

    def __init__(self, fetch: Callable[[], str]) -> None:
        self._fetch = fetch

    def get(self, url: str, **how: object) -> Answer:
        place = "https://login.microsoftonline.com/bench"
        names = {"issuer": f"{place}/v2.0", "token_endpoint": f"{place}/token", "authorization_endpoint": f"{place}/authorize"}
        return Answer(200, json.dumps(names))

    def post(self, url: str, **how: object) -> Answer:
        return Answer(200, self._fetch())

    def close(self) -> None:
        """Nothing is open."""


def msal(fetch: Callable[[], str]) -> Ask:
    """msal's client, which looks into its cache at each call."""
    from msal import ConfidentialClientApplication

    client = ConfidentialClientApplication(
        "bench",
        client_credential="bench",
        authority="https://login.microsoftonline.com/bench",
        instance_discovery=False,
        http_client=Here(fetch),
    )
    return lambda: client.acquire_token_for_client(["https://api.example/.default"])
