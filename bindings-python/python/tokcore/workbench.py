"""A drop-in replacement for `posit.workbench`.

>>> from tokcore.workbench import Client  # doctest: +SKIP
>>> Client().oauth.get_credentials(audience="4c1cfecb-1927-4f19-bc2f-d8ac261364e0")  # doctest: +SKIP

The same calls with the same results: dictionaries, and None where the user has not signed in. An exception is a
`TokcoreError` and also of the class that posit-sdk raises: OSError, RuntimeError, ValueError, or one of requests when
that is installed. Unlike posit-sdk it needs no other package, follows no redirect, waits no longer than `timeout`, works
in one expression, and accepts a GUID in any letter case.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any, Optional, TypedDict, Union

from . import _sdk_errors
from ._error import TokcoreError
from ._kinds import ExpiredCookieError, InvalidArgumentError, NoTokenError, NotSignedInError, ReauthRequiredError
from ._tokcore import Client as _Client
from ._tokcore import Integration as _Integration
from ._tokcore import Integrations as _Integrations

__all__ = ["AzureToken", "Client", "Credentials", "Integration", "Integrations", "OAuth"]


class Credentials(TypedDict):
    """What `OAuth.get_credentials` returns.

    Attributes
    ----------
    access_token : str
        The token.
    expiry : datetime.datetime or None
        When it expires, with its zone (UTC); None if the server gave no expiry.
    integration_id : str
        The `audience` that was asked for.
    """

    access_token: str
    expiry: Optional[datetime]
    integration_id: str


class AzureToken(TypedDict, total=False):
    """What `OAuth.get_delegated_azure_token` returns: the members that the server sent.

    Attributes
    ----------
    access_token : str
        The token.
    token_type : str
        How to present it, usually ``"Bearer"``.
    expires_in : int
        Lifetime in seconds.
    scope, id_token, refresh_token : str
        Present if the server sent them.
    ext_expires_in : int
        Azure's extended lifetime in seconds.
    """

    access_token: str
    token_type: str
    expires_in: int
    scope: str
    id_token: str
    refresh_token: str
    ext_expires_in: int


class Integration(dict[str, Any]):
    """One integration: the members that the server sent, `uid` renamed to `guid`."""


class Client:
    """The session of Workbench, or of a tokcore broker, that this program runs in.

    Parameters
    ----------
    verify : bool, str or os.PathLike, optional
        False turns the check of certificates off; a path is a PEM file or directory of trusted authorities; by default
        ``REQUESTS_CA_BUNDLE``, ``CURL_CA_BUNDLE`` or the system's authorities.
    timeout, connect_timeout : float
        Seconds for a whole exchange, and for connecting.

    Raises
    ------
    OSError
        Not in a session, or the session has no server address.
    RuntimeError
        The session has no cookie, or one that cannot be read.
    ValueError
        The server address is not an absolute URL.
    """

    def __init__(
        self,
        verify: Union[bool, str, os.PathLike[str], None] = None,
        *,
        timeout: float = 30.0,
        connect_timeout: float = 5.0,
    ) -> None:
        ca = None if isinstance(verify, bool) else verify
        with _sdk_errors.translated():
            self._client = _Client(
                backend="workbench",
                ca=ca,
                verify=verify is not False,
                timeout=timeout,
                connect_timeout=connect_timeout,
            )
        try:
            self._client.check()
        except ExpiredCookieError:
            # As in posit-sdk the call fails, not the constructor: the cookie may be renewed until then.
            pass
        except TokcoreError as error:
            # posit-sdk looks for the cookie before it looks at the address; when both are wrong, both are caught.
            has_cookie = self._client.detect().subject is not None
            raise _sdk_errors.twin(error, *(() if has_cookie else ("RuntimeError",))) from None

    @property
    def oauth(self) -> OAuth:
        """What this session can do with OAuth."""
        return OAuth(self._client)


class OAuth:
    """Credentials, integrations and delegated Azure tokens. Made by `Client.oauth`."""

    def __init__(self, client: _Client) -> None:
        self._client = client

    @property
    def integrations(self) -> Integrations:
        """The integrations of this session."""
        return Integrations(self._client.integrations)

    def get_credentials(self, audience: str) -> Optional[Credentials]:
        """Credentials for one integration.

        Parameters
        ----------
        audience : str
            GUID of the integration, in any letter case.

        Returns
        -------
        dict or None
            With `access_token`, `expiry` and `integration_id`; None if the user is not signed in.

        Raises
        ------
        RuntimeError
            No such integration, an old server, or any other error that the server reports.
        requests.HTTPError
            The server answered with status 400 or above.
        """
        with _sdk_errors.translated():
            if not isinstance(audience, str):
                raise InvalidArgumentError("`audience` is not a text", hint="pass the GUID of an integration")
            try:
                found = self._client.get_credentials(audience)
            except (NotSignedInError, ReauthRequiredError, NoTokenError):
                return None
        return {"access_token": found.access_token, "expiry": found.expires_at, "integration_id": audience}

    def get_delegated_azure_token(self, resource: str) -> AzureToken:
        """A delegated Azure token.

        Parameters
        ----------
        resource : str
            What the token is for, such as ``"https://management.azure.com/"``.

        Returns
        -------
        dict
            The members that the server sent, at least `access_token` and `token_type`.

        Raises
        ------
        ValueError
            `resource` is empty or not a text.
        RuntimeError
            The server reports an error.
        requests.HTTPError
            The server answered with status 400 or above.
        """
        with _sdk_errors.translated():
            if not isinstance(resource, str):
                raise InvalidArgumentError("`resource` is not a text", hint="pass a non-empty text")
            token = self._client.azure_token(resource)
        members: dict[str, Any] = {**token.extra, "access_token": token.access_token, "token_type": token.token_type}
        optional = {
            "expires_in": token.expires_in,
            "scope": token.scope,
            "id_token": token.id_token,
            "refresh_token": token.refresh_token,
        }
        members.update((name, value) for name, value in optional.items() if value is not None)
        return members  # type: ignore[return-value]


class Integrations:
    """The integrations of this session. Made by `OAuth.integrations`."""

    def __init__(self, integrations: _Integrations) -> None:
        self._integrations = integrations

    def find(self) -> list[Integration]:
        """All integrations, in the server's order.

        Returns
        -------
        list of Integration
            Empty if none is configured.

        Raises
        ------
        RuntimeError
            The server reports an error.
        requests.HTTPError
            The server answered with status 400 or above.
        """
        with _sdk_errors.translated():
            return [_item(found) for found in self._integrations.find()]

    def find_by(
        self,
        name: Optional[str] = None,
        display_name: Optional[str] = None,
        guid: Optional[str] = None,
        authenticated: Optional[bool] = None,
    ) -> Optional[Integration]:
        """The first integration that passes every given filter; without a filter the first one.

        Parameters
        ----------
        name, display_name : str, optional
            Regular expressions, looked for with `re.search`.
        guid : str, optional
            GUID, in any letter case.
        authenticated : bool, optional
            Whether the user is signed in.

        Returns
        -------
        Integration or None
            None if nothing matches.

        Raises
        ------
        re.error
            A pattern is not a regular expression.
        RuntimeError, requests.HTTPError
            As `find`.
        """
        with _sdk_errors.translated():
            found = self._integrations.find_by(name, display_name, guid, authenticated)
        return None if found is None else _item(found)

    def get(self, guid: str) -> Optional[Integration]:
        """The integration with this GUID.

        Parameters
        ----------
        guid : str
            GUID in any letter case.

        Returns
        -------
        Integration or None
            None if there is no such integration.

        Raises
        ------
        ValueError
            `guid` is empty or not a text.
        RuntimeError, requests.HTTPError
            As `find`.
        """
        with _sdk_errors.translated():
            if not isinstance(guid, str):
                raise InvalidArgumentError("`guid` is not a text", hint="pass a non-empty text")
            found = self._integrations.get(guid)
        return None if found is None else _item(found)


def _item(found: _Integration) -> Integration:
    return Integration({key: found[key] for key in found.keys()})
