"""The parent of all exceptions of tokcore."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

__all__ = ["Attempt", "TokcoreError"]


class Attempt(NamedTuple):
    """One source that was asked, and what came of it."""

    source: str
    """Its name."""
    outcome: str
    """What came of it, in one line without secrets."""
    code: str = ""
    """The same as a stable word, such as ``"not_applicable"``; empty where nobody needs one."""
    elapsed_ms: int | None = None
    """How long it took, where something was waited for."""


class TokcoreError(Exception):
    """Something that tokcore was asked for did not happen. Its class says what the caller can do about it.

    Attributes
    ----------
    kind : str
        Name of the kind in snake_case, the same in every language.
    code : int
        Number of the kind, the same in every language.
    retryable : bool
        Whether the same call may succeed later without any change.
    reason : str or None
        What exactly went wrong, where the kind alone does not say: a name such as ``"state_mismatch"``.
    message : str
        One line that names the thing that failed; never holds a secret.
    hint : str
        The next step.
    detail : str or None
        What the server wrote for people.
    attempts : tuple of Attempt
        The sources that were asked before this failure, in order.
    retry_after : float or None
        Seconds that the server asked to wait.
    oauth_error : str or None
        The ``error`` code of RFC 6749 that the server sent.
    http_status : int or None
        Status of the answer that failed, if there was one.
    sign_in_url : str or None
        Where the user can sign in.
    """

    __module__ = "tokcore"

    kind: str = "internal"
    code: int = 99
    retryable: bool = False

    def __init_subclass__(cls) -> None:
        # Where users find the class; the module it is written in is private.
        cls.__module__ = "tokcore"

    def __init__(
        self,
        message: str = "",
        *,
        reason: str | None = None,
        hint: str = "",
        detail: str | None = None,
        attempts: Iterable[tuple[Any, ...]] = (),
        retry_after: float | None = None,
        oauth_error: str | None = None,
        http_status: int | None = None,
        sign_in_url: str | None = None,
    ) -> None:
        self.attempts = tuple(Attempt(*attempt) for attempt in attempts)
        said = _lines(self.attempts)
        # A message that tells them all in one line need not do so twice.
        text = message.replace(f" ({'; '.join(said)})", "")
        is_told = all(attempt.outcome in text for attempt in self.attempts)
        text += (f" (server: {detail})" if detail else "") + (f"; {hint}" if hint else "")
        text += "" if is_told else "".join(f"\n  {line}" for line in said)
        # Not through `super().__init__`: a drop-in exception has a second parent, which may want other arguments.
        self.args = (text,)
        self.reason = reason
        self.message = message
        self.hint = hint
        self.detail = detail
        self.retry_after = retry_after
        self.oauth_error = oauth_error
        self.http_status = http_status
        self.sign_in_url = sign_in_url


def _lines(attempts: tuple[Attempt, ...]) -> list[str]:
    """A line for each method of a chain that was asked. What other sources say needs no line, and has no code."""
    told = [attempt for attempt in attempts if attempt.code]
    return [f"{one.source.removeprefix('credentials_')}: {one.outcome}" for one in told]
