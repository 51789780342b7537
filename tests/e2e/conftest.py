"""Fixtures of the end-to-end tests."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from processes import ROOT, Child, cargo_binary

sys.path.insert(0, str(ROOT / "tests" / "servers"))
# Last: its modules have short names, and only those of the tables are for here.
sys.path.append(str(ROOT / "tests" / "servers" / "google"))

import clean_env  # noqa: E402  (needs the path above)
from broker import Broker, Person, Provider  # noqa: E402
from fixtures import google, google_server, hostile, oidc, second  # noqa: E402, F401  (fixtures)
from shell import Shell  # noqa: E402
from vectors import Replay  # noqa: E402

# Before anything is collected: what the runner has set is nobody's setting here.
clean_env.apply()


@pytest.fixture(scope="session")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    """The replay server of the vectors."""
    binary = cargo_binary("tokcore-replay-server", "tokcore-replay-server", "TOKCORE_REPLAY_BIN")
    log = tmp_path_factory.mktemp("replay") / "log"
    server = Child([binary], os.environ, log)
    yield Replay(server.line_after("replay-server listening on "))
    server.stop()


@pytest.fixture(scope="session")
def tokcore() -> Path:
    """The binary under test."""
    return cargo_binary("tokcore", "tokcore-cli", "TOKCORE_BIN")


@pytest.fixture
def shell(tokcore: Path, tmp_path: Path) -> Shell:
    """The binary, and a folder for its files."""
    return Shell(tokcore, tmp_path)


@pytest.fixture
def seconds() -> float:
    """How long the loops run: short in ``make test``, a minute in ``make check``."""
    return float(os.environ.get("TOKCORE_E2E_SECONDS", "10"))


class Stage:
    """A provider, a broker that knows it, and a person who has signed in at both."""

    def __init__(self, tokcore: Path, folder: Path, access_token_seconds: int, *flags: str) -> None:
        self.folder = folder
        self._access_token_seconds = access_token_seconds
        self.provider = Provider(folder, access_token_seconds)
        self.broker = Broker(tokcore, folder, self.provider, *flags)
        self.person = Person(self.broker)
        self.person.sign_in()

    def let_tokens_expire(self) -> None:
        """While an access token lives it is served, whatever became of the grant."""
        time.sleep(self._access_token_seconds + 0.5)

    def stop(self) -> None:
        self.broker.stop()
        self.provider.stop()


@pytest.fixture
def stage(tokcore: Path, tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Makes stages: ``stage(access_token_seconds, *flags_of_serve)``."""
    stages: list[Stage] = []

    def make(access_token_seconds: int = 300, *flags: str) -> Stage:
        stages.append(Stage(tokcore, tmp_path, access_token_seconds, *flags))
        return stages[-1]

    yield make
    for each in stages:
        each.stop()
