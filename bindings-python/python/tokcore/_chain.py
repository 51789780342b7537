"""Asking the chain, which costs no more to import than it must: `tokcore.chain` has the rest."""

from __future__ import annotations

import os
import sys

# Not `threading`, whose import takes longer than a token.
from _thread import allocate_lock
from contextvars import ContextVar

from ._tokcore import _Chain

# Not from `typing`, for the same reason.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal, overload

    from typing_extensions import Unpack

    from ._found import Explanation
    from ._tokcore import TokenSource, _Brought, _ChainOptions, _Texts
else:

    def overload(function: Any) -> Any:
        """As that of `typing`, which is for type checkers alone."""
        return function


__all__ = ["current", "explain", "familiar", "token_fetch"]

#: The order of the innermost `local` block of this thread or task.
local_order: ContextVar[_Chain | None] = ContextVar("tokcore.chain", default=None)
#: Taken while the order of the process is changed. A forked child has its own: nobody is there to free its parent's.
_changing = allocate_lock()


def _forget_lock() -> None:
    global _changing
    _changing = allocate_lock()


os.register_at_fork(after_in_child=_forget_lock)


def current() -> _Chain:
    """The order that counts here."""
    return local_order.get() or _Chain.current()


def change(change: Callable[[_Chain], _Chain]) -> None:
    """Makes what `change` makes of the order the order: for the innermost `local` block, else for the process."""
    with _changing:
        changed = change(current())
        if local_order.get() is None:
            changed.install()
        else:
            local_order.set(changed)


@overload
def token_fetch(
    scopes: _Texts | None = None,
    *,
    token: _Brought | None = None,
    on_error: Literal["stop"] = "stop",
    **options: Unpack[_ChainOptions],
) -> TokenSource: ...
@overload
def token_fetch(
    scopes: _Texts | None = None,
    *,
    token: _Brought | None = None,
    on_error: Literal["continue"],
    **options: Unpack[_ChainOptions],
) -> Any: ...
def token_fetch(
    scopes: _Texts | None = None,
    *,
    token: _Brought | None = None,
    on_error: Literal["stop", "continue"] = "stop",
    **options: Any,
) -> Any:
    """A source of tokens with these scopes, by the first method of the chain that has one. Its first token is there.

    Parameters
    ----------
    scopes : str or list of str, optional
        Full scopes or short names such as ``"bigquery"``. Default: each credential's own.
    token : str, Token, TokenSource or google.auth.credentials.Credentials, optional
        A token that the caller has; then nobody else's is looked for. One of google-auth is not renewed.
    on_error : {"stop", "continue"}
        What follows when a method fails whose input was given or configured; ``"continue"`` asks the next one, as gargle
        does.
    **options
        `path` (a file of credentials, or its JSON), `key` (the variable that decrypts it), `subject`, `impersonate`,
        `delegates`, `service_account`, `client`, `email`, `quota_project`, `id_token_audience`, `methods`, `disable` … The
        names are the same in every language. Besides them `on_prompt`, `ask`, `on_choose` and `interactive`, as for
        `OAuthClient.source`, and those of the program's own methods.

    Returns
    -------
    TokenSource
        `TokenSource.about` tells whose token it is, `TokenSource.attempts` how it was found. With
        ``on_error="continue"`` also None, where no method had anything, or what a method gave that is no token.

    Raises
    ------
    NotConfiguredError
        No method applies; the text says for each one why.
    ConfigInvalidError
        An option is unknown or of the wrong type, or a file cannot be used.
    TokcoreError
        What the first method failed with whose input was given or configured; nobody else's identity is used then.
    """
    return current().fetch(scopes, token, {"on_error": on_error, **options})


def explain(
    scopes: _Texts | None = None,
    *,
    token: _Brought | None = None,
    probe: bool = False,
    on_error: Literal["stop", "continue"] = "stop",
    **options: Unpack[_ChainOptions],
) -> Explanation:
    """What each method would say to the same call of `token_fetch`. No server is asked for a token.

    Parameters
    ----------
    scopes, token, on_error, **options
        As for `token_fetch`.
    probe : bool
        Whether the network is asked for a metadata server, where nothing else tells.

    Returns
    -------
    Explanation
        Printed, it is one line for each method, and one for what it comes to.

    Raises
    ------
    ConfigInvalidError, InvalidArgumentError
        The request makes no sense.
    """
    from ._found import Explanation, Finding, Verdict

    findings, verdict, next_step = current().explain(scopes, token, probe, {"on_error": on_error, **options})
    return Explanation(tuple(Finding(*finding) for finding in findings), Verdict(*verdict), next_step)


def familiar(thing: Any) -> Any:
    """Credentials of google-auth as a source or token of ours; everything else as it is."""
    # Where google-auth was never imported, nothing is of it.
    theirs = sys.modules.get("google.auth.credentials")
    if theirs is None or not isinstance(thing, theirs.Credentials):
        return thing
    from . import _google_auth

    return _google_auth.familiar(thing)
