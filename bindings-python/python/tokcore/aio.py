"""Calls of tokcore for asyncio: the event loop goes on while a call waits, and cancelling the task ends the wait.

>>> token = await source.atoken()  # doctest: +SKIP
>>> token = await tokcore.aio.call(tokcore.flows.client_credentials, client, scopes="read")  # doctest: +SKIP
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import Callable
from typing import TypeVar

from ._tokcore import Flow, Token, TokenSource
from ._tokcore import _Cancellation as _Cancellation

__all__ = ["call"]

_T = TypeVar("_T")

#: Seconds of one step of a sign-in, when the caller names none.
_STEP_S = 60.0


async def call(function: Callable[..., _T], /, *args: object, **kwargs: object) -> _T:
    """Calls `function` in the default executor of the event loop, with the task's context.

    Parameters
    ----------
    function : callable
        A function or method of tokcore that waits.
    *args, **kwargs
        Its arguments.

    Returns
    -------
    object
        What it returns.

    Raises
    ------
    asyncio.CancelledError
        The task was cancelled; the call ends within 100 ms.
    """
    cancellation = _Cancellation()
    asked = functools.partial(contextvars.copy_context().run, functools.partial(function, *args, **kwargs))
    work = functools.partial(cancellation.run, asked)
    try:
        return await asyncio.get_running_loop().run_in_executor(None, work)
    except asyncio.CancelledError:
        cancellation.fire()
        raise


async def _token(source: TokenSource) -> Token:
    """The token of `source`, without an executor when it is at hand."""
    token = source.current()
    if token is not None and source.is_current(token):
        return token
    return await call(source.token)


async def _step(flow: Flow, wait_s: float | None) -> Token | None:
    """One step of `flow`, or as many as it takes."""
    if wait_s is not None:
        return await call(flow.step, wait_s)
    while True:
        token = await call(flow.step, _STEP_S)
        if token is not None:
            return token
