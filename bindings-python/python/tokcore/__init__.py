"""OAuth credentials, the same call in Posit Workbench, in Posit Connect and under a tokcore broker.

>>> import tokcore
>>> credentials = tokcore.get_credentials(audience="4c1cfecb-1927-4f19-bc2f-d8ac261364e0")  # doctest: +SKIP
>>> headers = {"Authorization": credentials.authorization}  # doctest: +SKIP

`integrations` lists what an administrator configured, `Client` takes options, `workbench` replaces `posit.workbench`.
Every failure is a `TokcoreError`; its subclasses say what to do about it.
"""

from . import integrations
from ._tokcore import (
    AzureToken,
    Client,
    Credentials,
    Detection,
    IdentityToken,
    Integration,
    Integrations,
    __version__,
    get_credentials,
)

# Not from `typing`: importing that takes longer than importing all of tokcore.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import workbench as workbench
    from ._error import Attempt as Attempt
    from ._error import TokcoreError as TokcoreError
    from ._kinds import *
else:

    def __getattr__(name):
        """Loads the exceptions and the drop-in client when somebody asks for them."""
        if name == "workbench":
            __import__(f"{__name__}.workbench")
        elif name in ("Attempt", "TokcoreError"):
            from . import _error

            globals()[name] = getattr(_error, name)
        elif name.endswith("Error"):
            from . import _kinds

            if name in _kinds.__all__:
                globals()[name] = getattr(_kinds, name)
        if name not in globals():
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return globals()[name]

    def __dir__():
        from . import _error, _kinds

        return sorted({*globals(), *_error.__all__, *_kinds.__all__, "workbench"})


__all__ = [
    "AzureToken",
    "Client",
    "Credentials",
    "Detection",
    "IdentityToken",
    "Integration",
    "Integrations",
    "__version__",
    "get_credentials",
    "integrations",
]
