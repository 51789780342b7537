"""`tokcore.google.Credentials`: what google-auth's transports and Google's client libraries take."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Any

from google.auth import credentials as _theirs
from google.auth import crypt, exceptions

from ._error import TokcoreError
from ._found import About
from ._kinds import InvalidStateError
from ._tokcore import Token, TokenSource

__all__ = ["Credentials", "familiar"]

_QUOTA_PROJECT = "x-goog-user-project"
_Find = Callable[[Any], TokenSource]


class _Opened:
    """A source that is looked for at its first use. Threads that come at once find the same credential."""

    def __init__(self, find: Callable[[], TokenSource]) -> None:
        self._find = find
        self._source: TokenSource | None = None

    def __call__(self) -> TokenSource:
        if self._source is None:
            self._source = self._find()
        return self._source


class Credentials(_theirs.Scoped, _theirs.CredentialsWithQuotaProject, _theirs.Signing):
    """A source of tokens as credentials of google-auth. Its tokens are renewed by tokcore, never by google-auth.

    Share it freely between threads: one exchange serves all that want a token at the same time.

    Parameters
    ----------
    source : TokenSource
        Whose tokens, such as what `token_fetch` gave.
    """

    __module__ = "tokcore.google"

    def __init__(self, source: TokenSource) -> None:
        if not isinstance(source, TokenSource):
            given = type(source).__name__
            raise TypeError(f"credentials are made of a TokenSource, and not of {given}; tokcore.google.default() finds some")
        super().__init__()  # type: ignore[no-untyped-call]
        self._begin(_Opened(lambda: source), source.about, None)
        self._know(source)

    @classmethod
    def from_source(cls, source: TokenSource) -> Credentials:
        """The same as calling the class.

        Parameters
        ----------
        source : TokenSource
            Whose tokens.

        Returns
        -------
        Credentials
        """
        return cls(source)

    @classmethod
    def _found(cls, source: TokenSource, find: _Find) -> Credentials:
        """Those of a chain, which can be asked again for other scopes."""
        found = cls(source)
        found._find = find
        return found

    def _begin(self, source: _Opened, about: About, find: _Find | None) -> None:
        self._source, self._about, self._find = source, about, find
        self._scopes: Sequence[str] | None = about.scopes or None
        self._quota_project_id: str | None = about.quota_project_id
        self._universe_domain: str = about.universe_domain or self._universe_domain
        self._used = threading.local()

    def _know(self, source: TokenSource) -> None:
        """Shows the token that is there, without asking anybody for one."""
        token = source.current()
        if token is not None and source.is_current(token):
            self._show(token)

    def _show(self, token: Token) -> None:
        expires_at = token.expires_at
        self.expiry: datetime.datetime | None = expires_at and expires_at.replace(tzinfo=None)
        self.token: str | None = token.access_token

    def _usable(self) -> tuple[TokenSource, Token]:
        """A token that is usable now. It is remembered as the one that this thread uses."""
        source = self._source()
        token = source.token()
        self._used.token = token
        self._show(token)
        return source, token

    def refresh(self, request: object = None) -> None:
        """Gets a token by tokcore; another one than this thread used before, which an API may have refused.

        Parameters
        ----------
        request : google.auth.transport.Request
            Not used: tokcore has connections of its own.

        Raises
        ------
        google.auth.exceptions.RefreshError, google.auth.exceptions.TransportError
            There is none; the cause is a `TokcoreError`.
        """
        with _translated():
            used: Token | None = getattr(self._used, "token", None)
            if used is not None:
                # Another thread may have renewed it already: its successor is not affected.
                self._source().invalidate(used)
            self._usable()

    def before_request(
        self, request: object, method: str, url: str, headers: MutableMapping[str, str]
    ) -> None:
        """Puts a token that is usable now, and the project that is charged, into the headers of a request.

        Parameters
        ----------
        request : google.auth.transport.Request
            Not used.
        method, url : str
            Those of the request.
        headers : dict
            Its header fields, which are changed.

        Raises
        ------
        google.auth.exceptions.RefreshError, google.auth.exceptions.TransportError
            As `refresh`.
        """
        with _translated():
            source, token = self._usable()
            fields = source.request_headers(token, method, url)
        # In lower case, which gRPC insists on.
        headers.update({name.lower(): value for name, value in fields.items()})
        if self._quota_project_id:
            headers[_QUOTA_PROJECT] = self._quota_project_id

    def with_scopes(self, scopes: Sequence[str], default_scopes: Sequence[str] | None = None) -> Credentials:
        """The same identity with other scopes. It is asked for a token at its first use.

        Parameters
        ----------
        scopes : sequence of str
            The scopes.
        default_scopes : sequence of str, optional
            Those that are taken when `scopes` is empty.

        Returns
        -------
        Credentials

        Raises
        ------
        google.auth.exceptions.InvalidOperation
            They were made of a source, which has its scopes already.
        """
        find = self._find
        if find is None:
            raise exceptions.InvalidOperation("a source has its scopes: make one with these by tokcore.token_fetch")
        wanted = list(scopes or default_scopes or ())
        return self._copy(_Opened(lambda: find(wanted)), self._about._replace(scopes=tuple(wanted)))

    def with_quota_project(self, quota_project_id: str | None) -> Credentials:
        """The same with another project that requests are charged to.

        Parameters
        ----------
        quota_project_id : str
            The project.

        Returns
        -------
        Credentials
        """
        copy = self._copy(self._source, self._about)
        copy._quota_project_id = quota_project_id
        copy.token, copy.expiry = self.token, self.expiry
        return copy

    def _copy(self, source: _Opened, about: About) -> Credentials:
        copy = type(self).__new__(type(self))
        super(Credentials, copy).__init__()  # type: ignore[no-untyped-call]
        copy._begin(source, about, self._find)
        copy._quota_project_id = self._quota_project_id
        return copy

    def sign_bytes(self, message: bytes) -> bytes:
        """Their own signature of a message, such as the signed URLs of Cloud Storage need: by a key, or by IAM.

        Parameters
        ----------
        message : bytes
            What is signed.

        Returns
        -------
        bytes
            RSA PKCS#1 v1.5 with SHA-256.

        Raises
        ------
        google.auth.exceptions.InvalidOperation
            A person's cannot sign: take a key, or the identity of a service account with ``impersonate=``.
        google.auth.exceptions.RefreshError, google.auth.exceptions.TransportError
            IAM does not sign for them; the cause is a `TokcoreError`.
        """
        with _translated():
            try:
                return self._source().sign(message)
            except InvalidStateError as error:
                raise exceptions.InvalidOperation(str(error)) from error

    @property
    def signer_email(self) -> str | None:
        """str or None: Whose signature `sign_bytes` gives; None for credentials that cannot sign."""
        with _translated():
            return self._source().signer

    @property
    def signer(self) -> crypt.Signer:
        """google.auth.crypt.Signer: The same as an object."""
        return _Signer(self)

    @property
    def requires_scopes(self) -> bool:
        """bool: Always False: what tokcore finds has scopes."""
        return False

    @property
    def source(self) -> TokenSource:
        """TokenSource: Whose tokens."""
        return self._source()

    @property
    def project_id(self) -> str | None:
        """str or None: The project that they belong to."""
        return self._about.project_id

    @property
    def service_account_email(self) -> str | None:
        """str or None: The service account's address; None for people."""
        return self._about.principal if self._about.kind in _MACHINES else None

    def get_cred_info(self) -> Mapping[str, str]:
        """Where they are from, of which kind they are and whose, for the messages of Google's libraries.

        Returns
        -------
        dict of str to str
        """
        about = self._about
        named = {
            "credential_source": about.source,
            "credential_type": about.kind,
            "principal": about.principal,
        }
        return {name: value for name, value in named.items() if value}

    def __repr__(self) -> str:
        about = self._about
        return f"Credentials(kind={about.kind!r}, principal={about.principal!r}, scopes={self._scopes!r})"

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError("Credentials hold a token and cannot be pickled; ask for them where they are needed")


class _Signer(crypt.Signer):
    """Signs with credentials, which know better than google-auth how."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    @property
    def key_id(self) -> None:
        """None: which key is used is not known before."""

    def sign(self, message: bytes | str) -> bytes:
        """As `Credentials.sign_bytes`; a text is signed as UTF-8."""
        return self._credentials.sign_bytes(message.encode() if isinstance(message, str) else message)


#: Kinds whose principal is a service account.
_MACHINES = ("service_account", "impersonated_service_account", "gce", "gdch_service_account")


@contextmanager
def _translated() -> Iterator[None]:
    """Raises what google-auth would raise, wherever tokcore raises in this block."""
    try:
        yield
    except TokcoreError as error:
        # Google's libraries try a request again after the one, and not after the other.
        is_network = error.kind in ("transport", "timeout")
        kind = exceptions.TransportError if is_network else exceptions.RefreshError
        raise kind(str(error), retryable=error.retryable) from error


def familiar(credentials: Any) -> TokenSource | Token:
    """Credentials of google-auth as a source, or as a token that cannot be renewed.

    Parameters
    ----------
    credentials : google.auth.credentials.Credentials
        The credentials. Those without a valid token are refreshed by google-auth.

    Returns
    -------
    TokenSource or Token
    """
    if isinstance(credentials, Credentials):
        return credentials.source
    if not credentials.valid:
        from google.auth.transport.requests import Request

        credentials.refresh(Request())
    expiry = credentials.expiry
    return Token.of(
        access_token=credentials.token,
        expires_at=expiry and expiry.replace(tzinfo=datetime.timezone.utc),
        scope=" ".join(getattr(credentials, "scopes", None) or ()),
    )
