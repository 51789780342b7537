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
``**options``; names that only it knows become options of `token_fetch`. A call with `subject` or `id_token_audience` is served by
methods alone that name them; `impersonate` is done for those that do not. It returns None where it does not apply, else a
`Token`, a `TokenSource` or credentials of google-auth. What it raises ends the chain, and is the cause of the exception.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from ._chain import change, current, explain, local_order, token_fetch
from ._found import About, Explanation, Finding, Verdict
from ._kinds import InvalidArgumentError
from ._tokcore import BuiltIn, _Chain

if TYPE_CHECKING:
    from ._tokcore import _Changes, _Method, _Methods

__all__ = [
    "About",
    "BuiltIn",
    "Explanation",
    "Finding",
    "Verdict",
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


def names() -> builtins.list[str]:
    """Names of the methods, in the order in which they are asked.

    Returns
    -------
    list of str
    """
    return current().names()


def list() -> dict[str, BuiltIn | Callable[..., Any]]:
    """The methods by name, in the order in which they are asked.

    Returns
    -------
    dict of str to BuiltIn or callable
    """
    return current().methods()


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
    change(lambda _: replaced)


def set_default() -> None:
    """Makes the standard order the order."""
    change(lambda _: _Chain.standard())


def clear() -> None:
    """Removes all methods."""
    change(lambda _: _Chain.of([]))


def add(methods: _Changes = (), /, **named: _Method | None) -> None:
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
        A name is taken, missing or given twice, or something is no method; then nothing has changed. To replace a
        method, remove it in a call of its own first.
    """
    changes = [*_pairs(methods), *named.items()]
    change(lambda chain: chain.changed(changes))


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
    if action not in ("replace", "modify"):
        raise InvalidArgumentError("action is neither replace nor modify")
    if action == "modify":
        chain = current().changed(_pairs(methods or ()))
    else:
        chain = _Chain.standard() if methods is None else _Chain.of(_pairs(methods))
    before = local_order.set(chain)
    try:
        yield
    finally:
        local_order.reset(before)


class _BuiltIns(Mapping[str, BuiltIn]):
    """tokcore's own methods by name, with or without ``credentials_``."""

    def __getitem__(self, name: str) -> BuiltIn:
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
    all_of_them = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    needed = [one.name for one in rest if one.default is one.empty and one.kind not in all_of_them]
    if needed:
        raise refused(f"has no default for {', '.join(needed)}, which a call may leave out")
    return [one.name for one in named], any(one.kind is Parameter.VAR_KEYWORD for one in rest)
