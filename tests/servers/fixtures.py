"""The servers as fixtures of pytest: one start of each for a whole run. Import them in a ``conftest.py``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from google_fake import GoogleFake
from running import HOSTILE, OIDC, SECOND, Program, Running


def _serve(program: Program, **env: str) -> Iterator[str]:
    server = Running(program, **env)
    yield server.address
    assert server.stop() == 0


@pytest.fixture(scope="session")
def oidc() -> Iterator[str]:
    """Address and issuer of the certified server."""
    yield from _serve(OIDC, ACCESS_TOKEN_SECONDS="300")


@pytest.fixture(scope="session")
def second() -> Iterator[str]:
    """Address and issuer of the independent server."""
    yield from _serve(SECOND)


@pytest.fixture(scope="session")
def hostile() -> Iterator[str]:
    """Address of the server that does everything wrong."""
    yield from _serve(HOSTILE)


@pytest.fixture(scope="session")
def google_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleFake]:
    """The fake of Google's endpoints, started once."""
    with GoogleFake(tmp_path_factory.mktemp("google")) as fake:
        yield fake


@pytest.fixture
def google(google_server: GoogleFake) -> GoogleFake:
    """The fake of Google's endpoints, as it was at the start; files that another test has written count for nothing."""
    google_server.reset(keep_files=False)
    return google_server
