"""Each way to a token as one function, and the parts of a sign-in.

A flow is carried out once: nothing remembers its token, and nobody else shares it. `OAuthClient.source` is for programs
that want a token that stays usable.

>>> client = tokcore.OAuthClient(client_id="app", issuer="https://login.example.com")  # doctest: +SKIP
>>> token = tokcore.flows.device(client, scopes=["read"])  # doctest: +SKIP

Every function takes what `OAuthClient.source` takes, and raises what `TokenSource.token` raises. In asyncio:
``await tokcore.aio.call(tokcore.flows.device, client, scopes=["read"])``.
"""

from __future__ import annotations

from typing import Any

from ._tokcore import (
    OAuthClient,
    Pkce,
    Token,
    authorization_url,
    default_redirect_uri,
    listen,
    new_state,
    parse_redirect,
    pkce,
)

__all__ = [
    "Pkce",
    "authorization_code",
    "authorization_url",
    "client_credentials",
    "default_redirect_uri",
    "device",
    "generic",
    "jwt_bearer",
    "listen",
    "new_state",
    "parse_redirect",
    "password",
    "pkce",
    "refresh",
    "token_exchange",
]


def authorization_code(client: OAuthClient, **request: Any) -> Token:
    """A person signs in with a browser.

    Parameters
    ----------
    client : OAuthClient
        The client.
    **request
        As for `OAuthClient.source`; of use here are `scopes`, `flow`, `redirect_uri`, `open_browser`,
        `listener_timeout_s`, `login_hint`, `prompt`, `auth_params`, `token_params`.

    Returns
    -------
    Token
    """
    return client.fetch(grant="authorization_code", **request)


def device(client: OAuthClient, **request: Any) -> Token:
    """A person signs in on another device.

    Parameters
    ----------
    client : OAuthClient
        The client.
    **request
        As for `OAuthClient.source`; of use here are `scopes`, `open_browser`, `auth_params`, `token_params`.

    Returns
    -------
    Token
    """
    return client.fetch(grant="device_code", **request)


def client_credentials(client: OAuthClient, **request: Any) -> Token:
    """The client for itself.

    Parameters
    ----------
    client : OAuthClient
        The client.
    **request
        As for `OAuthClient.source`; of use here are `scopes`, `resource`, `audience`, `token_params`.

    Returns
    -------
    Token
    """
    return client.fetch(grant="client_credentials", **request)


def password(client: OAuthClient, *, username: str, password: str | None = None, **request: Any) -> Token:
    """A user's password, where a server offers nothing better.

    Parameters
    ----------
    client : OAuthClient
        The client.
    username : str
        Whose.
    password : str, optional
        The password; asked for when it is not given.
    **request
        As for `OAuthClient.source`.

    Returns
    -------
    Token
    """
    return client.fetch(grant="password", username=username, password=password, **request)


def refresh(client: OAuthClient, *, refresh_token: str, **request: Any) -> Token:
    """A refresh token from elsewhere. `OAuthClient.refresh` refreshes a `Token`.

    Parameters
    ----------
    client : OAuthClient
        The client.
    refresh_token : str
        The refresh token. The server may replace it: go on with that of the result.
    **request
        As for `OAuthClient.source`.

    Returns
    -------
    Token
    """
    return client.fetch(grant="refresh_token", refresh_token=refresh_token, **request)


def jwt_bearer(client: OAuthClient, **request: Any) -> Token:
    """A signed statement, made with the client's key.

    Parameters
    ----------
    client : OAuthClient
        The client, with `key` or `key_file`.
    **request
        As for `OAuthClient.source`; of use here are `claims`, `assertion_header`, `assertion`, `scopes`.

    Returns
    -------
    Token
    """
    return client.fetch(grant="jwt_bearer", **request)


def token_exchange(client: OAuthClient, *, subject_token_type: str, **request: Any) -> Token:
    """One token for another (RFC 8693).

    Parameters
    ----------
    client : OAuthClient
        The client.
    subject_token_type : str
        Type of the token that is given: a short name such as ``"access_token"``, or a URI.
    **request
        As for `OAuthClient.source`; `subject_token` or `subject_token_file` is needed, of use are `actor_token`,
        `actor_token_type`, `requested_token_type`, `resource`, `audience`, `scopes`.

    Returns
    -------
    Token
    """
    return client.fetch(grant="token_exchange", subject_token_type=subject_token_type, **request)


def generic(client: OAuthClient, *, grant_type: str, **request: Any) -> Token:
    """A vendor's own grant.

    Parameters
    ----------
    client : OAuthClient
        The client.
    grant_type : str
        What is sent as ``grant_type``.
    **request
        As for `OAuthClient.source`; `token_params` are the grant's parameters.

    Returns
    -------
    Token
    """
    return client.fetch(grant=grant_type, **request)
