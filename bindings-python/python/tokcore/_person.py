"""The person in front of a Python program: whether somebody is there, how to show them a text, how to ask them."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["ask", "choose", "interactive", "say", "say_again"]


def interactive() -> bool:
    """Whether somebody is there: a notebook that takes input, a prompt of Python, or a terminal.

    Returns
    -------
    bool
    """
    kernel = _notebook()
    if kernel is not None:
        # A notebook that is run as a batch job has a kernel too, but takes no input.
        return bool(getattr(kernel, "_allow_stdin", False))
    return hasattr(sys, "ps1") or (_is_terminal(sys.stdin) and _is_terminal(sys.stderr))


def say(text: str) -> None:
    """Shows `text`. Standard output is left to the program.

    Parameters
    ----------
    text : str
        One or more lines.
    """
    if sys.stderr is not None:
        print(text, file=sys.stderr, flush=True)


def say_again(text: str) -> None:
    """Shows `text`, which says that nothing has happened, to a terminal only: a log need not be told.

    Parameters
    ----------
    text : str
        One line.
    """
    if _is_terminal(sys.stderr):
        say(text)


def ask(question: str, hidden: bool) -> str | None:
    """Asks and waits for the answer.

    Parameters
    ----------
    question : str
        One line.
    hidden : bool
        Whether the answer stays off the screen.

    Returns
    -------
    str or None
        None at the end of the input.
    """
    try:
        return getpass.getpass(f"{question} ") if hidden else input(f"{question} ")
    except EOFError:
        return None


def choose(
    question: str,
    options: Sequence[str],
    on_prompt: Callable[[str], object] | None = None,
    asks: Callable[[str, bool], str | None] | None = None,
) -> int | None:
    """Shows a menu and waits for the number of an answer.

    Parameters
    ----------
    question : str
        One line.
    options : sequence of str
        The answers.
    on_prompt, asks : callable, optional
        In place of `say` and `ask`.

    Returns
    -------
    int or None
        The place of the chosen one in `options`; None when nothing was chosen.
    """
    lines = (f"{number}: {option}" for number, option in enumerate(options, 1))
    (on_prompt or say)("\n".join((question, "", *lines)))
    while True:
        answer = (asks or ask)("Number, or 0 for none of them:", False)
        number = (answer or "0").strip()
        if number == "0":
            return None
        if number.isdecimal() and int(number) <= len(options):
            return int(number) - 1


def _notebook() -> Any:
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None)


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False
