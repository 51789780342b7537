"""The tables of Google's credentials from C, R, Python and the shell, each case in all that can ask it, at the same time.

A case that no language but Rust can run is listed in google_tables.py, with the reason."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from authority import Authority
from google_checks import Row
from google_stage import Stage, stages
from google_table_machines import MachineRow
from google_tables import RUST_ONLY, cases, row

CASES = cases()
LISTED = [id_ for ids in RUST_ONLY.values() for id_ in ids]
ASKED = [id_ for id_ in CASES if id_ not in LISTED]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def client_pem(authority: Authority) -> str:
    return authority.client_pem("workload")


@pytest.fixture(scope="module")
def languages(tokcore: Path, authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Stage]]:
    found = {stage.language: stage for stage in stages(tokcore, tmp_path_factory.mktemp("tables"), authority)}
    yield found
    for stage in found.values():
        stage.stop()


needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="the network is replaced as Linux does it")


@needs_linux
@pytest.mark.parametrize("id_", ASKED)
def test_every_language_gets_what_the_table_says(id_: str, languages: dict[str, Stage], client_pem: str) -> None:
    asked = row(*CASES[id_], client_pem)
    in_all(languages, asked, lambda stage: asked.wrong(stage.plays(asked.question())))


@needs_linux
@pytest.mark.parametrize("id_", [id_ for id_, (_, case) in CASES.items() if "would_ask" in case.get("expect", {})])
def test_an_explanation_leaves_the_network_alone(id_: str, languages: dict[str, Stage], client_pem: str) -> None:
    asked = row(*CASES[id_], client_pem)
    assert isinstance(asked, MachineRow)
    in_all(languages, asked, lambda stage: asked.explained(stage.plays(asked.explanation())))


def in_all(languages: dict[str, Stage], asked: Row, problems: Callable[[Stage], Iterable[str]]) -> None:
    """Looks for problems in all languages that can ask, at the same time."""
    found = [languages[name] for name in asked.languages() if name in languages]
    assert found or asked.languages() == ("r",), "nobody can ask it"
    with ThreadPoolExecutor(len(found) or 1) as pool:
        told = dict(zip((stage.language for stage in found), pool.map(lambda stage: list(problems(stage)), found), strict=True))
    assert not any(told.values()), told


def test_what_only_rust_runs_is_a_case() -> None:
    assert len(LISTED) == len(set(LISTED)) and not set(LISTED) - CASES.keys()
