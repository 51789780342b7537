"""The tables of Google's credentials from C, R, Python and the shell.

A case that no language but Rust can run is listed in google_tables.py, with the reason. Each language goes through the
cases by itself, with a second lane for those that wait; the tests look at what came of each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from authority import Authority
from google_checks import Row
from google_stage import Programs, Stage
from google_table_machines import MachineRow
from google_tables import PATIENT, RUST_ONLY, cases, row

CASES = cases()
LISTED = [id_ for ids in RUST_ONLY.values() for id_ in ids]
ASKED = [id_ for id_ in CASES if id_ not in LISTED]
EXPLAINED = [id_ for id_, (_, case) in CASES.items() if "would_ask" in case.get("expect", {})]
Looks = Callable[[Row, Stage], Iterable[str]]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the network is replaced as Linux does it")


def as_the_table_says(asked: Row, stage: Stage) -> Iterable[str]:
    return asked.wrong(stage.plays(asked.question()))


def without_the_network(asked: Row, stage: Stage) -> Iterable[str]:
    assert isinstance(asked, MachineRow)
    return asked.explained(stage.plays(asked.explanation()))


class Company:
    """All languages, and what was found in each of them."""

    def __init__(self, tokcore: Path, folder: Path) -> None:
        authority = Authority()
        self._pem = authority.client_pem("workload")
        programs = Programs.built(tokcore, folder)
        self._usual = self._lanes(programs.stages(folder / "usual", authority))
        self._patient = self._lanes(programs.stages(folder / "patient", authority))
        self._found: dict[tuple[Looks, str], dict[str, Future[list[str]]]] = {}

    @staticmethod
    def _lanes(stages: list[Stage]) -> list[tuple[Stage, ThreadPoolExecutor]]:
        return [(stage, ThreadPoolExecutor(1)) for stage in stages]

    def begins(self, looks: Looks, id_: str) -> None:
        """Has every language asked that can ask this, when it has the time."""
        wanted = row(*CASES[id_], self._pem).languages()
        self._found[looks, id_] = {
            stage.language: thread.submit(self._problems, looks, id_, stage)
            for stage, thread in (self._patient if id_ in PATIENT else self._usual)
            if stage.language in wanted
        }
        assert self._found[looks, id_] or wanted == ("r",), f"nobody can ask {id_}"

    def _problems(self, looks: Looks, id_: str, stage: Stage) -> list[str]:
        # Made when it is asked: its instants count from then on.
        return list(looks(row(*CASES[id_], self._pem), stage))

    def found(self, looks: Looks, id_: str) -> dict[str, list[str]]:
        """The problems in each language."""
        return {language: future.result() for language, future in self._found[looks, id_].items()}

    def stop(self) -> None:
        for stage, thread in self._usual + self._patient:
            thread.shutdown(cancel_futures=True)
            stage.stop()


@pytest.fixture(scope="module")
def company(
    request: pytest.FixtureRequest, tokcore: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Company]:
    company = Company(tokcore, tmp_path_factory.mktemp("tables"))
    for item in request.session.items:
        looks = LOOKS.get(getattr(item, "originalname", ""))
        if looks:
            company.begins(looks, item.callspec.params["id_"])
    yield company
    company.stop()


@pytest.mark.parametrize("id_", ASKED)
def test_every_language_gets_what_the_table_says(id_: str, company: Company) -> None:
    found = company.found(as_the_table_says, id_)
    assert not any(found.values()), found


@pytest.mark.parametrize("id_", EXPLAINED)
def test_an_explanation_leaves_the_network_alone(id_: str, company: Company) -> None:
    found = company.found(without_the_network, id_)
    assert not any(found.values()), found


LOOKS = {
    "test_every_language_gets_what_the_table_says": as_the_table_says,
    "test_an_explanation_leaves_the_network_alone": without_the_network,
}
"""What is begun for a test as soon as it is known that it will be run."""


def test_what_only_rust_runs_is_a_case() -> None:
    assert len(LISTED) == len(set(LISTED)) and not set(LISTED) - CASES.keys()
