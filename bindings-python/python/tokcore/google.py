"""Google's credentials for programs that use Google's own libraries.

>>> from google.cloud import bigquery  # doctest: +SKIP
>>> credentials, project = tokcore.google.default()  # doctest: +SKIP
>>> client = bigquery.Client(project=project, credentials=credentials)  # doctest: +SKIP

`Credentials` and `default` need the package google-auth, which every one of Google's libraries brings; it is imported when
they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._google_auth import Credentials as Credentials
    from ._tokcore import _ChainOptions, _Texts
    from .chain import Brought
else:

    def __getattr__(name: str) -> Any:
        """Loads what needs google-auth when somebody asks for it."""
        if name != "Credentials":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = _credentials()
        return globals()[name]


__all__ = ["Credentials", "default"]

#: What every API of Google Cloud takes.
CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"


def _credentials() -> type[Credentials]:
    try:
        from ._google_auth import Credentials
    except ImportError as missing:
        wanted = "tokcore.google needs the package google-auth: pip install 'tokcore[google]'"
        raise ImportError(wanted, name="google.auth") from missing
    return Credentials


def default(
    scopes: _Texts | None = None, *, token: Brought | None = None, **options: Unpack[_ChainOptions]
) -> tuple[Credentials, str | None]:
    """Credentials by the first method of the chain that has some, in place of ``google.auth.default()``.

    Parameters
    ----------
    scopes : str or list of str, optional
        Default: ``cloud-platform``, which every API of Google Cloud takes. Others, such as Drive, have scopes of their own.
    token, **options
        As for `token_fetch`; `quota_project` is google-auth's ``quota_project_id``.

    Returns
    -------
    (Credentials, str or None)
        The credentials, whose first token is there, and the project that they belong to, where that is known.

    Raises
    ------
    ImportError
        google-auth is not installed.
    TokcoreError
        As `token_fetch`.
    """
    from .chain import _current

    chain = _current()

    def find(scopes: _Texts | None) -> Any:
        return chain.fetch(scopes, token, dict(options))

    wanted = CLOUD_PLATFORM if scopes is None else scopes
    credentials = _credentials()._found(find(wanted), find)
    return credentials, credentials.project_id
