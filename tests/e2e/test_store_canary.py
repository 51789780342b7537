"""Tokens in the store's files, in what programs say, and in the memory of a process that needs them no more.

Each token that the server gives is a canary: the server lists them all. What is let through, and why, stands in
``docs/threat-model.md``: a record in memory for as long as the process may need it, and one buffer of the HTTP library.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import askers
import remains
from broker import Provider
from shell import Shell
from signin import sign_in

LONG_S, SHORT_S = 600, 1
# Where the kernel answers for memory. Elsewhere the other tests remain.
needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="memory is read through /proc")


class Stage:
    """A store with one sign-in, and everything that programs said about it."""

    def __init__(self, shell: Shell, provider: Provider) -> None:
        self.shell, self.provider = shell, provider
        self.store = shell.folder / "store"
        self.key = shell.folder / ".config/tokcore/store.key"
        self.client = shell.client(provider.address, scopes="openid read")
        self.env = askers.environment(shell.folder) | {"TOKCORE_STORE": str(self.store), "TOKCORE_LOG": "trace"}
        self.commands = askers.languages(shell.binary, shell.folder)
        with shell.terminal("token", "--client", self.client, **self.env) as terminal:
            sign_in(terminal.sign_in_page())
            done = terminal.done()
        assert done.status == 0, terminal.screen
        self.said = {"sign-in": done.stderr}

    def asker(self, language: str) -> askers.Asker:
        asker = askers.Asker(language, [*self.commands[language], str(self.client)], self.env)
        asker.is_ready()
        return asker

    def let_expire(self) -> None:
        """Has the store hold a token that is over."""
        self.provider.let_tokens_live(SHORT_S)
        asker = self.asker("python")
        asker.ask("renew")
        assert asker.answer().token
        asker.end()
        self.provider.let_tokens_live(LONG_S)
        time.sleep(SHORT_S + 0.2)

    def canaries(self) -> list[str]:
        """Every secret so far, and the key of the store."""
        found = [self.key.read_text().strip(), *(secret for secret in self.provider.secrets() if len(secret) > 8)]
        assert len(found) > 4, "without canaries this test would see nothing"
        return found


@pytest.fixture
def stage(shell: Shell, tmp_path: Path) -> Iterator[Stage]:
    provider = Provider(tmp_path, LONG_S)
    yield Stage(shell, provider)
    provider.stop()


def test_nothing_shows_in_files_or_words(stage: Stage) -> None:
    """After a sign-in, and a refresh in every language."""
    for language in stage.commands:
        stage.let_expire()
        # Something to be said.
        stage.key.chmod(0o644)
        asker = stage.asker(language)
        asker.ask()
        assert asker.answer().token, language
        stage.said[language] = asker.end()
    assert "store.key" in stage.said["shell"], "the shell said nothing: this test would see nothing"
    assert remains.in_files(stage.store, stage.canaries()) == []
    assert leaks(stage.said, stage.canaries()) == []


def test_nothing_shows_in_what_a_dead_process_leaves(stage: Stage) -> None:
    """Killed while it waits for the server's answer: its journal stays, and then what is moved aside."""
    stage.let_expire()
    asker = stage.asker("c")
    with suspended(stage.provider):
        asker.ask()
        wait_for(lambda: any(stage.store.rglob("*.intent")))
        asker.kill()
    left = sorted(path.suffix for path in stage.store.rglob("*") if path.is_file())
    assert ".intent" in left, left
    assert remains.in_files(stage.store, stage.canaries()) == []
    (record,) = (stage.store / "v1").glob("*/*.tok")
    record.write_bytes(record.read_bytes()[:-1])
    asker = stage.asker("c")
    asker.ask()
    assert asker.answer().kind == "interaction_required"
    stage.said["after"] = asker.end()
    assert any((stage.store / "quarantine").iterdir())
    assert remains.in_files(stage.store, stage.canaries()) == []
    assert leaks(stage.said, stage.canaries()) == []


@needs_proc
def test_memory_after_a_look_at_the_store(stage: Stage) -> None:
    """A program that took its token from the store and let go of it: no copy is left, in any spelling."""
    asker = stage.asker("c")
    asker.ask("use")
    assert asker.line() == "done\n"
    assert remains.in_memory(asker.pid, [stage.provider.address]), "its own settings are not found: nothing would be"
    assert remains.in_memory(asker.pid, stage.canaries()) == {}
    asker.end()


@needs_proc
def test_memory_after_a_refresh(stage: Stage) -> None:
    """The HTTP library does not erase the buffer that it read the answer into. One copy, then, of what the answer held."""
    stage.let_expire()
    used = set(stage.canaries())
    asker = stage.asker("c")
    asker.ask("use")
    assert asker.line() == "done\n"
    canaries = stage.canaries()
    assert remains.in_memory(asker.pid, used) == {}, "of what was read and sent nothing is left"
    for canary in set(canaries) - used:
        assert sum(remains.in_memory(asker.pid, [canary]).values()) <= 1
    asker.end()


def leaks(said: dict[str, str], canaries: list[str]) -> list[tuple[str, str]]:
    return [(name, canary[:4] + "…") for name, text in said.items() for canary in canaries if canary in text]


class suspended:
    """A server that takes requests and does not answer."""

    def __init__(self, provider: Provider) -> None:
        self._pid = provider.pid

    def __enter__(self) -> None:
        os.kill(self._pid, signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        os.kill(self._pid, signal.SIGCONT)


def wait_for(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + askers.PATIENCE
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)
