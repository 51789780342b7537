"""64 processes in four languages find the same expired token at the same moment; its refresh token may be used once.

The authorization server ends the sign-in when a refresh token comes back that was used before. ``TOKCORE_TEST_HERD_ROUNDS``
says how often; ``make herd`` runs a hundred rounds.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import askers
from broker import Provider
from shell import Shell
from signin import sign_in

ROUNDS = int(os.environ.get("TOKCORE_TEST_HERD_ROUNDS", "3"))
EACH = 16
# A round's last process asks long before half of this is over, when a token would be renewed ahead of its end.
LONG_S, SHORT_S = 600, 1


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("MAX_SECONDS", str(900 + 30 * ROUNDS))
    provider = Provider(tmp_path, LONG_S)
    yield provider
    provider.stop()


@pytest.fixture
def herd(shell: Shell, provider: Provider) -> Iterator[list[askers.Asker]]:
    """Sixteen of each language, all loaded, after one sign-in at the shell. Without R, more of the others."""
    client = shell.client(provider.address, scopes="openid read")
    env = askers.environment(shell.folder) | {"TOKCORE_STORE": str(shell.folder / "store")}
    with shell.terminal("token", "--client", client, TOKCORE_STORE=env["TOKCORE_STORE"]) as terminal:
        sign_in(terminal.sign_in_page())
        assert terminal.done().status == 0, terminal.screen
    commands = askers.languages(shell.binary, shell.folder)
    names = [name for name in commands for _ in range(4 * EACH // len(commands))]
    herd = [askers.Asker(name, [*commands[name], str(client)], env) for name in names]
    for asker in herd:
        asker.is_ready()
    yield herd
    for asker in herd:
        asker.end()


def test_one_refresh_for_all_processes(herd: list[askers.Asker], provider: Provider) -> None:
    before = provider.stats()
    assert (before["code"], before["refresh"]) == (1, 0), before
    one = next(asker for asker in herd if asker.language == "python")
    seen: set[str] = set()
    for number in range(1, ROUNDS + 1):
        expired = let_expire(one, provider)
        for asker in herd:
            asker.ask()
        answers = [(asker.language, asker.answer()) for asker in herd]
        failed = [(language, answer) for language, answer in answers if not answer.token]
        assert not failed, (number, failed)
        tokens = {answer.token for _, answer in answers}
        assert len(tokens) == 1 and expired not in tokens and not tokens & seen, (number, answers)
        seen |= tokens
        counts = provider.stats()
        # One for the token that expired, one for all who found it so.
        assert counts["refresh"] == 2 * number, (number, counts)
        assert (counts["reuse"], counts["refused"], counts["code"]) == (0, 0, 1), (number, counts)
    print(f"{ROUNDS} rounds of {len(herd)} processes")


def let_expire(one: askers.Asker, provider: Provider) -> str:
    """Has the store hold a token that is over, with a refresh token that nobody has used."""
    provider.let_tokens_live(SHORT_S)
    one.ask("renew")
    expired = one.answer()
    assert expired.token, expired
    provider.let_tokens_live(LONG_S)
    time.sleep(SHORT_S + 0.2)
    return expired.token
