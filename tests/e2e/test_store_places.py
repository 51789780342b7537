"""Read-only homes, full disks, other people's folders, lost keys: the same behaviour in every language.

The cases are `tests/vectors/store/places.json`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import askers
from broker import Provider
from places import STORE, Place, Unable, limited, without_privileges
from processes import ROOT
from shell import Shell
from signin import sign_in

TABLE = json.loads((ROOT / "tests/vectors/store/places.json").read_text())
CASES = TABLE["cases"]
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
SHORT_S, LONG_S = 1, 3600
NAMES = ("shell", "python", "r", "c")


@dataclass
class Stage:
    """Stores that somebody has signed in to, to be copied, and the server that no case may ask for anything."""

    provider: Provider
    origins: dict[tuple[str, str], Path]
    commands: dict[str, list[str]]
    client: Path


@pytest.fixture(scope="module")
def stage(tokcore: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("places")
    provider = Provider(folder, LONG_S)
    shell = Shell(tokcore, folder)
    client = shell.client(provider.address, scopes="openid read")
    origins = {}
    for grant, key in (("valid", "file"), ("expired", "file"), ("valid", "environment")):
        provider.let_tokens_live(LONG_S if grant == "valid" else SHORT_S)
        origin = origins[grant, key] = folder / f"{grant}-{key}"
        signed_in(shell, client, origin, key)
    time.sleep(SHORT_S + 0.2)
    yield Stage(provider, origins, askers.languages(tokcore, folder), client)
    provider.stop()


def signed_in(shell: Shell, client: Path, origin: Path, key: str) -> None:
    (origin / "above").mkdir(parents=True)
    (origin / "home").mkdir()
    with shell.terminal("token", "--client", client, **environment(origin, key)) as terminal:
        sign_in(terminal.sign_in_page())
        assert terminal.done().status == 0, terminal.screen


def environment(folder: Path, key: str) -> dict[str, str]:
    given = {"TOKCORE_KEY": KEY} if key == "environment" else {}
    return {"HOME": str(folder / "home"), "TMPDIR": str(folder.parent), "TOKCORE_STORE": str(folder / STORE)} | given


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_language_tells_the_same(case: dict[str, Any], stage: Stage, tmp_path: Path) -> None:
    before = stage.provider.stats()["requests"]
    grant, key = case.get("grant", "valid"), case.get("key", "file")
    places = {name: Place(tmp_path / name, stage.origins[grant, key]) for name in stage.commands}
    try:
        for place in places.values():
            place.prepare(case.get("prepare", []))
        contents = {name: place.content() for name, place in places.items()}
        answers = asked(case, stage, places, key)
        for name, place in places.items():
            expected(case, name, place, *answers[name])
            if case.get("unchanged"):
                assert place.content() == contents[name], name
    except Unable as why:
        pytest.skip(str(why))
    finally:
        for place in places.values():
            place.leave()
    assert stage.provider.stats()["requests"] == before, "somebody asked the server"


def asked(case: dict[str, Any], stage: Stage, places: dict[str, Place], key: str) -> dict[str, tuple[askers.Answer, str]]:
    """What every language answers, and what it says beside it. All of them at once: starting R takes long."""
    begin = limited(case.get("file_size"))
    running = []
    for name, place in places.items():
        env = place.env(askers.environment(place.folder / "home") | environment(place.folder, key), case.get("env", {}))
        command = without_privileges([*stage.commands[name], str(stage.client)])
        running.append(askers.Asker(name, command, env, begin))
    for asker in running:
        asker.is_ready()
        asker.ask()
    return {asker.language: (asker.answer(), asker.end()) for asker in running}


def expected(case: dict[str, Any], name: str, place: Place, answer: askers.Answer, errors: str) -> None:
    expect = case["expect"]
    assert bool(answer.token) == expect.get("token", False), (name, answer, errors)
    assert (answer.kind, answer.reason) == (expect.get("kind", ""), expect.get("reason", "")), (name, answer)
    for member in ("message", "hint"):
        for part in map(place.filled, expect.get(member, [])):
            assert part in getattr(answer, member), (name, part, answer)
    if name == "shell":
        missing = [part for part in case.get("warned", []) if part not in errors]
        assert not missing, (missing, errors)
    for file, mode in case.get("modes", {}).items():
        assert place.mode(file) == mode, (name, file)
    assert place.quarantined() == case.get("quarantined", 0), name


def test_every_language_takes_part(stage: Stage) -> None:
    """Where R's package was not built, `make test-e2e` has failed before."""
    assert set(stage.commands) == set(NAMES)
