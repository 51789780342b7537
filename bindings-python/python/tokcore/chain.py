"""The chain: ways to a credential, asked in order until one has it.

>>> source = tokcore.token_fetch(["bigquery"])  # doctest: +SKIP
>>> print(tokcore.explain(["bigquery"]))  # doctest: +SKIP

`add`, `set`, `clear` and `set_default` change the order for the process, and within ``with local(…)`` for the block alone.
A method is one of tokcore's own (`builtin`, or its name as a string) or a function of the program:

>>> def from_vault(scopes, *, vault=None, **options):
...     if vault is None:
...         return None  # does not apply
...     return tokcore.Token.of(access_token=vault.read("token"))
>>> tokcore.chain.add(from_vault=from_vault)  # doctest: +SKIP

Its first parameter is called ``scopes``. Of the options of a call it is given those that its signature names, or all with
``**options``; names that only it knows become options of `token_fetch`. It returns None where it does not apply, else a
`Token`, a `TokenSource` or credentials of google-auth. What it raises ends the chain, and is the cause of the exception.
"""

from __future__ import annotations

import builtins
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal, Protocol, Union, overload

from ._found import About, Explanation, Finding
from ._tokcore import BuiltIn, Token, TokenSource, _Chain

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._tokcore import _ChainOptions, _Texts

__all__ = [
    "About",
    "BuiltIn",
    "Explanation",
    "Finding",
    "add",
    "builtin",
    "clear",
    "default",
    "explain",
    "list",
    "local",
    "names",
    "set",
    "set_default",
    "token_fetch",
]


class _GoogleCredentials(Protocol):
    """As much of google-auth's credentials as a token is made of."""

    token: Any
    expiry: Any

    def refresh(self, request: Any, /) -> Any: ...


#: What can stand for a token that the caller has.
Brought = Union[str, Token, TokenSource, _GoogleCredentials]
#: A way to a credential.
Method = Union[Callable[..., Any], str]
_Methods = Union[Mapping[str, Method], Iterable[tuple[str, Method]]]
_Changes = Union[Mapping[str, Union[Method, None]], Iterable[tuple[str, Union[Method, None]]]]

#: The order of the innermost `local` block of this thread or task.
_local: ContextVar[_Chain | None] = ContextVar("tokcore.chain", default=None)
#: Taken while the order of the process is changed. A forked child has its own: the other threads are not there to free it.
_changing = threading.Lock()


def _forget_lock() -> None:
    global _changing
    _changing = threading.Lock()


os.register_at_fork(after_in_child=_forget_lock)


def _current() -> _Chain:
    return _local.get() or _Chain.current()


def _change(change: Callable[[_Chain], _Chain]) -> None:
    with _changing:
        changed = change(_current())
        if _local.get() is None:
            changed.install()
        else:
            _local.set(changed)


@overload
def token_fetch(
    scopes: _Texts | None = None,
    *,
    token: Brought | None = None,
    on_error: Literal["stop"] = "stop",
    **options: Unpack[_ChainOptions],
) -> TokenSource: ...
@overload
def token_fetch(
    scopes: _Texts | None = None,
    *,
    token: Brought | None = None,
    on_error: Literal["continue"],
    **options: Unpack[_ChainOptions],
) -> Any: ...
def token_fetch(
    scopes: _Texts | None = None,
    *,
    token: Brought | None = None,
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
        What follows when a method fails whose input was given or configured; ``"continue"`` asks the next one, as gargle does.
    **options
        `path` (a file of credentials, or its JSON), `key` (the variable that decrypts it), `subject`, `impersonate`,
        `delegates`, `service_account`, `client`, `email`, `quota_project`, `id_token_audience`, `methods`, `disable` …
        The names are the same in every language. Besides them `on_prompt`, `ask`, `on_choose` and `interactive`, as for
        `OAuthClient.source`, and those of the program's own methods.

    Returns
    -------
    TokenSource
        `TokenSource.about` tells whose token it is, `TokenSource.attempts` how it was found. With ``on_error="continue"``
        also None, where no method had anything, or what a method gave that is no token.

    Raises
    ------
    NotConfiguredError
        No method applies; the text says for each one why.
    ConfigInvalidError
        An option is unknown or of the wrong type, or a file cannot be used.
    TokcoreError
        What the first method failed with whose input was given or configured; nobody else's identity is used then.
    """
    return _current().fetch(scopes, token, {"on_error": on_error, **options})


def explain(
    scopes: _Texts | None = None,
    *,
    token: Brought | None = None,
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
        Printed, it is one line for each method.

    Raises
    ------
    ConfigInvalidError, InvalidArgumentError
        The request makes no sense.
    """
    findings = _current().explain(scopes, token, probe, {"on_error": on_error, **options})
    return Explanation(tuple(Finding(*finding) for finding in findings))


def names() -> builtins.list[str]:
    """Names of the methods, in the order in which they are asked.

    Returns
    -------
    list of str
    """
    return _current().names()


def list() -> dict[str, BuiltIn | Callable[..., Any]]:
    """The methods by name, in the order in which they are asked.

    Returns
    -------
    dict of str to BuiltIn or callable
    """
    return _current().methods()


def default() -> dict[str, BuiltIn | Callable[..., Any]]:
    """The standard order, which is not installed by this.

    Returns
    -------
    dict of str to BuiltIn or callable
    """
    return _Chain.standard().methods()


def set(methods: _Methods, /) -> None:
    """Makes these methods the order.

    Parameters
    ----------
    methods : mapping, or iterable of pairs
        Names and methods. May be empty.

    Raises
    ------
    InvalidArgumentError
        A name is missing or stands there twice, or something is no method; then nothing has changed.
    """
    replaced = _Chain.of(_pairs(methods))
    _change(lambda _: replaced)


def set_default() -> None:
    """Makes the standard order the order."""
    _change(lambda _: _Chain.standard())


def clear() -> None:
    """Removes all methods."""
    _change(lambda _: _Chain.of([]))


def add(methods: _Changes = (), /, **named: Method | None) -> None:
    """Puts methods in front, the last one first; None removes the one of that name, if it is there.

    Parameters
    ----------
    methods : mapping, or iterable of pairs, optional
        Names and methods.
    **named
        The same.

    Raises
    ------
    InvalidArgumentError
        A name is taken, missing or given twice, or something is no method; then nothing has changed. To replace a method,
        remove it in a call of its own first.
    """
    changes = [*_pairs(methods), *named.items()]
    _change(lambda chain: chain.changed(changes))


@contextmanager
def local(
    methods: _Changes | None = None, action: Literal["replace", "modify"] = "replace"
) -> Iterator[None]:
    """Another order for a block, in this thread or asyncio task alone; changes within the block end with it.

    Parameters
    ----------
    methods : mapping, or iterable of pairs, optional
        Names and methods. Default: the standard order.
    action : {"replace", "modify"}
        Whether they are the order, or change it as `add` does.

    Raises
    ------
    InvalidArgumentError
        As `set` or `add`.
    """
    from ._kinds import InvalidArgumentError

    if action not in ("replace", "modify"):
        raise InvalidArgumentError("action is neither replace nor modify")
    if action == "modify":
        chain = _current().changed(_pairs(methods or ()))
    else:
        chain = _Chain.standard() if methods is None else _Chain.of(_pairs(methods))
    before = _local.set(chain)
    try:
        yield
    finally:
        _local.reset(before)


class _BuiltIns(Mapping[str, BuiltIn]):
    """tokcore's own methods by name, with or without ``credentials_``."""

    def __getitem__(self, name: str) -> BuiltIn:
        from ._kinds import InvalidArgumentError

        try:
            return BuiltIn(name)
        except InvalidArgumentError as error:
            raise KeyError(name) from error

    def __iter__(self) -> Iterator[str]:
        return (method.name for method in BuiltIn.all())

    def __len__(self) -> int:
        return len(BuiltIn.all())


#: tokcore's own methods: ``builtin["gce"]`` or ``builtin["credentials_gce"]``.
builtin: Mapping[str, BuiltIn] = _BuiltIns()


def _pairs(methods: Any) -> builtins.list[tuple[str, Any]]:
    return builtins.list(methods.items() if isinstance(methods, Mapping) else methods)


def _signature(name: str, function: Any) -> tuple[builtins.list[str], bool]:
    """Names of the options that a method declares, and whether it takes all others too."""
    # Not with the module: programs without methods of their own do not need it.
    from inspect import Parameter, signature

    from ._kinds import InvalidArgumentError

    def refused(why: str) -> InvalidArgumentError:
        return InvalidArgumentError(f"the method {name} {why}", hint="write it as `def method(scopes, **options)`")

    if not callable(function):
        raise refused(f"is of type {type(function).__name__}, which cannot be called")
    try:
        first, *rest = signature(function).parameters.values()
    except (TypeError, ValueError):
        raise refused("has no parameter, or none that can be seen") from None
    if first.name != "scopes" or first.kind not in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD):
        raise refused("has another first parameter than scopes")
    named = [one for one in rest if one.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)]
    needed = [one.name for one in rest if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    if needed:
        raise refused(f"has no default for {', '.join(needed)}, which a call may leave out")
    return [one.name for one in named], any(one.kind is Parameter.VAR_KEYWORD for one in rest)


def _familiar(thing: Any) -> Any:
    """Credentials of google-auth as a source or token of ours; everything else as it is."""
    # Where google-auth was never imported, nothing is of it.
    theirs = sys.modules.get("google.auth.credentials")
    if theirs is None or not isinstance(thing, theirs.Credentials):
        return thing
    from . import _google_auth

    return _google_auth.familiar(thing)
