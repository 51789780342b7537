"""Fixtures: the replay server, and a session of Workbench that it plays; authorization servers, and people at them."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from replay import Replay, binary
from vectors import Case, load

SERVERS = Path(__file__).resolve().parents[2] / "tests" / "servers"
sys.path.insert(0, str(SERVERS))

import clean_env  # noqa: E402  (needs the path above)
from fixtures import google, google_server, hostile, oidc, second  # noqa: E402, F401  (fixtures)
from google_fake import ROBOT, GoogleFake  # noqa: E402

import tokcore
from tokcore._tokcore import default_client

# Before anything is collected: what the runner has set is nobody's setting here.
clean_env.apply()

NUMBERS = count()
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


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes somebody who signs in, or refuses to, the browser. At once: alice, who agrees."""

    def becomes(*options: str) -> None:
        words = [sys.executable, str(SERVERS / "signin.py"), "%s", *options]
        monkeypatch.setenv("BROWSER", " ".join(words))

    becomes("--visit")
    # In a container no browser is opened, except through the helper that an editor puts into BROWSER.
    monkeypatch.setenv("VSCODE_IPC_HOOK_CLI", "/nowhere")
    return becomes


@pytest.fixture
def asked(request: pytest.FixtureRequest) -> Callable[[str, str], Any]:
    """Asks a test server something: ``asked("oidc", "/__stats")``; a path with a method is sent with it."""

    def ask(server: str, path: str) -> Any:
        method, _, path = path.rpartition(" ")
        address = request.getfixturevalue(server) + path
        with urllib.request.urlopen(urllib.request.Request(address, method=method or "GET"), timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    return ask


@pytest.fixture
def cloud(google: GoogleFake, monkeypatch: pytest.MonkeyPatch) -> GoogleFake:
    """The fake, for this process; no machine of Google's."""
    for name, value in google.env(metadata=False).items():
        monkeypatch.setenv(name, value)
    return google


@pytest.fixture
def key(cloud: GoogleFake) -> Path:
    """A service account's key, which no other test has: what tokcore has in memory lives as long as the process."""
    path = cloud.files.service_account()
    number = f"kid-{next(NUMBERS)}"
    (public,) = cloud.get("service_accounts", ROBOT)["keys"].values()
    cloud.change("service_accounts", ROBOT, keys={number: public})
    path.write_text(json.dumps({**json.loads(path.read_text()), "private_key_id": number}))
    return path
