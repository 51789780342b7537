"""The person in front of a Python program: when one is there, and how they are shown and asked things."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import types
from typing import Any

import pytest
import signin
from pages import Browser

from tokcore import _person


class Stream:
    """A stream that leads to a terminal, or not."""

    def __init__(self, is_terminal: bool) -> None:
        self.isatty = lambda: is_terminal


@pytest.mark.parametrize(
    ("stdin", "stderr", "expected"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_a_terminal_on_both_ends(stdin: bool, stderr: bool, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Stream(stdin))
    monkeypatch.setattr(sys, "stderr", Stream(stderr))
    assert _person.interactive() is expected


def test_streams_that_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert _person.interactive() is False
    _person.say("to nobody")


def test_the_prompt_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    assert _person.interactive() is True


@pytest.mark.parametrize("takes_input", [True, False])
def test_a_notebook(takes_input: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that runs as a batch job has Python's prompt and a kernel too, but takes no input."""
    kernel = types.SimpleNamespace(_allow_stdin=takes_input)
    ipython: Any = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=kernel)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setattr(sys, "ps1", "In : ", raising=False)
    assert _person.interactive() is takes_input


def test_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda question: f"seen {question}")
    monkeypatch.setattr("getpass.getpass", lambda question: f"hidden {question}")
    assert _person.ask("Who?", False) == "seen Who? "
    assert _person.ask("Password?", True) == "hidden Password? "

    def at_the_end(question: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", at_the_end)
    assert _person.ask("Who?", False) is None


def test_an_answer_typed_at_a_terminal(oidc: str) -> None:
    script = (
        "import sys, tokcore\n"
        "client = tokcore.OAuthClient(client_id='public', issuer=sys.argv[1])\n"
        "print(client.login(scopes='openid', flow='manual').account)\n"
    )
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", script, oidc]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True) as program:
        os.close(theirs)
        said = ""
        while not (url := re.search(r"(http\S+state=\S+)\r?\n", said)):
            said += os.read(ours, 4096).decode()
        os.write(ours, (signin.walk(Browser(), url.group(1)) + "\n").encode())
        assert program.stdout is not None
        assert program.stdout.read() == "alice\n"
        assert program.wait(10) == 0
    os.close(ours)
