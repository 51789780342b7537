"""OAuth credentials, the same call in Posit Workbench, in Posit Connect and under a tokcore broker.

>>> import tokcore
>>> credentials = tokcore.get_credentials(audience="4c1cfecb-1927-4f19-bc2f-d8ac261364e0")  # doctest: +SKIP
>>> headers = {"Authorization": credentials.authorization}  # doctest: +SKIP

`integrations` lists what an administrator configured, `Client` takes options, `workbench` replaces `posit.workbench`.

`OAuthClient` is for servers of your own choice, with every flow of OAuth 2.0:

>>> client = tokcore.OAuthClient(client_id="app", issuer="https://login.example.com")  # doctest: +SKIP
>>> source = client.source(scopes=["read"])  # doctest: +SKIP
>>> headers = source.headers()  # doctest: +SKIP

`token_fetch` finds a credential of Google's, or of the program's own making, wherever the program runs:

>>> source = tokcore.token_fetch(["bigquery"])  # doctest: +SKIP

`chain` is the order in which it is looked for, `google` has credentials for google-cloud. `flows` has each flow as one
function, `store` is where sign-ins outlive the program, `secrets` encrypts key files, `requests` and `httpx` put tokens into
requests, `aio` is for asyncio.
Every failure is a `TokcoreError`; its subclasses say what to do about it.
"""

from . import integrations
from ._tokcore import (
    Authentication,
    AzureToken,
    Client,
    Credentials,
    Detection,
    Flow,
    FlowPrompt,
    IdentityToken,
    Integration,
    Integrations,
    Introspection,
    OAuthClient,
    Revocation,
    ServerMetadata,
    Token,
    TokenSource,
    __version__,
    discover,
    get_credentials,
)

# Not from `typing`: importing that takes longer than importing all of tokcore.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import aio as aio
    from . import chain as chain
    from . import flows as flows
    from . import google as google
    from . import jwt as jwt
    from . import secrets as secrets
    from . import store as store
    from . import workbench as workbench
    from ._chain import explain as explain
    from ._chain import token_fetch as token_fetch
    from ._error import Attempt as Attempt
    from ._error import TokcoreError as TokcoreError
    from ._found import About as About
    from ._found import Explanation as Explanation
    from ._found import Finding as Finding
    from ._found import Verdict as Verdict
    from ._kinds import *
else:
    #: Imported when somebody asks for them; the last two need the package of their name.
    _MODULES = ("aio", "chain", "flows", "google", "jwt", "secrets", "store", "workbench", "httpx", "requests")
    #: Where the other names are, which few programs need.
    _ELSEWHERE = {
        "About": "_found",
        "Attempt": "_error",
        "Explanation": "_found",
        "Finding": "_found",
        "TokcoreError": "_error",
        "Verdict": "_found",
        "explain": "_chain",
        "token_fetch": "_chain",
    }

    def __getattr__(name):
        """Loads the exceptions and the other modules when somebody asks for them."""
        if name in _MODULES:
            __import__(f"{__name__}.{name}")
        elif name in _ELSEWHERE:
            module = __import__(f"{__name__}.{_ELSEWHERE[name]}", fromlist=[name])
            globals()[name] = getattr(module, name)
        elif name.endswith("Error"):
            from . import _kinds

            if name in _kinds.__all__:
                globals()[name] = getattr(_kinds, name)
        if name not in globals():
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return globals()[name]

    def __dir__():
        from . import _kinds

        return sorted({*globals(), *_ELSEWHERE, *_kinds.__all__, *_MODULES})


__all__ = [
    "Authentication",
    "AzureToken",
    "Client",
    "Credentials",
    "Detection",
    "Flow",
    "FlowPrompt",
    "IdentityToken",
    "Integration",
    "Integrations",
    "Introspection",
    "OAuthClient",
    "Revocation",
    "ServerMetadata",
    "Token",
    "TokenSource",
    "__version__",
    "discover",
    "get_credentials",
    "integrations",
]
