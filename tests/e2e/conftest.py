"""Fixtures of the end-to-end tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from processes import ROOT, Server, cargo_binary
from vectors import Replay

sys.path.insert(0, str(ROOT / "tests" / "servers" / "oidc"))


@pytest.fixture(scope="session")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    """The replay server of the vectors."""
    binary = cargo_binary("tokcore-replay-server", "tokcore-replay-server")
    log = tmp_path_factory.mktemp("replay") / "log"
    server = Server([binary], ROOT, os.environ, log, "replay-server listening on ")
    yield Replay(server.address)
    server.stop()
