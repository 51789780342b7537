"""Google's credentials for programs that use Google's own libraries.

>>> from google.cloud import bigquery  # doctest: +SKIP
>>> credentials, project = tokcore.google.default()  # doctest: +SKIP
>>> client = bigquery.Client(project=project, credentials=credentials)  # doctest: +SKIP

`Credentials` and `default` need the package google-auth, which every one of Google's libraries brings; it is imported when they
are asked for. `userinfo`, `tokeninfo` and `email` tell what Google knows about a token, `machine` where the program runs.
"""

from __future__ import annotations

from ._tokcore import google_adc_path as adc_path
from ._tokcore import google_api_key_header as api_key_header
from ._tokcore import google_default_client_type as default_client_type
from ._tokcore import google_email as email
from ._tokcore import google_full_scopes as full_scopes
from ._tokcore import google_machine as machine
from ._tokcore import google_project_id as project_id
from ._tokcore import google_read_client as read_client
from ._tokcore import google_short_scope as short_scope
from ._tokcore import google_tokeninfo as tokeninfo
from ._tokcore import google_userinfo as userinfo

# Not from `typing`: importing that takes longer than a token.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Unpack

    from ._google import ClientFile as ClientFile
    from ._google import Machine as Machine
    from ._google import SubjectTokenRequest as SubjectTokenRequest
    from ._google_auth import Credentials as Credentials
    from ._tokcore import _Brought, _ChainOptions, _Texts
else:

    def __getattr__(name: str) -> Any:
        """Loads the classes when somebody asks for them; the first needs google-auth."""
        if name == "Credentials":
            globals()[name] = _credentials()
        elif name in ("ClientFile", "Machine", "SubjectTokenRequest"):
            from . import _google

            globals()[name] = getattr(_google, name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return globals()[name]


__all__ = [
    "ClientFile",
    "Credentials",
    "Machine",
    "SubjectTokenRequest",
    "adc_path",
    "api_key_header",
    "default",
    "default_client_type",
    "email",
    "full_scopes",
    "machine",
    "project_id",
    "read_client",
    "short_scope",
    "tokeninfo",
    "userinfo",
]

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
    scopes: _Texts | None = None, *, token: _Brought | None = None, **options: Unpack[_ChainOptions]
) -> tuple[Credentials, str | None]:
    """Credentials by the first method of the chain that has some, in place of ``google.auth.default()``.

    Parameters
    ----------
    scopes : str or list of str, optional
        Default: ``cloud-platform``, which every API of Google Cloud takes. Others, such as Drive, want their own.
    token, **options
        As for `token_fetch`; `quota_project` is google-auth's ``quota_project_id``.

    Returns
    -------
    (Credentials, str or None)
        The credentials, whose first token is there, and what `project_id` says of them.

    Raises
    ------
    ImportError
        google-auth is not installed.
    TokcoreError
        As `token_fetch`.
    """
    from ._chain import current

    # Before anybody is asked for a token.
    kind, chain = _credentials(), current()

    def find(scopes: _Texts | None) -> Any:
        return chain.fetch(scopes, token, dict(options))

    wanted = CLOUD_PLATFORM if scopes is None else scopes
    source = find(wanted)
    return kind._found(source, find), project_id(source)
