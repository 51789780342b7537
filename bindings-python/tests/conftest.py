"""Fixtures: the replay server, and a session of Workbench that it plays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from replay import Replay, binary
from vectors import Case, load

import tokcore
from tokcore._tokcore import default_client

CASES = {case["id"]: case for case in load()}


@pytest.fixture(scope="session")
def replay() -> Iterator[Replay]:
    if not binary().exists():
        pytest.fail(f"{binary()} is missing; build it with `cargo build -p tokcore-replay-server`")
    server = Replay()
    yield server
    server.close()


@pytest.fixture
def session(replay: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Case]]:
    """Puts this process into the environment of the case with the given id."""

    def enter(case_id: str) -> Case:
        default_client().forget()
        return replay.prepare(CASES[case_id], tmp_path, monkeypatch)

    yield enter
    default_client().forget()


@pytest.fixture
def signed_in(session: Callable[[str], Case]) -> str:
    """A session in which every audience has a token; returns the GUID of an integration."""
    guid: str = session("W01")["call"]["audience"]
    return guid


@pytest.fixture
def kinds() -> list[type[tokcore.TokcoreError]]:
    """The exceptions of all kinds."""
    from tokcore import _kinds

    return [getattr(_kinds, name) for name in _kinds.__all__]
