"""The documented programs run unmodified in a session of the broker, and tokcore's own module gives the same."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from broker import GITHUB
from processes import ROOT

DOCUMENTED = ROOT / "tests" / "e2e" / "programs" / "documented.py"


def run(stage, program: Path) -> list[str]:
    done = stage.broker.exec(sys.executable, program)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def same_with_tokcore(tmp_path: Path) -> Path:
    """The documented program with one word changed."""
    pytest.importorskip("tokcore.workbench")
    program = tmp_path / "documented.py"
    text = DOCUMENTED.read_text()
    assert text.count("posit.workbench") == 1
    program.write_text(text.replace("posit.workbench", "tokcore.workbench"))
    return program


def test_posit_sdk(stage) -> None:
    """V117"""
    lines = run(stage(), DOCUMENTED)
    assert lines[0] == f"github GitHub of the test {GITHUB}"
    assert "  scopes openid, profile, email" in lines and "  signed in: True" in lines and "  signed in: False" in lines
    assert f"by name: {GITHUB}" in lines and f"integration: {GITHUB}" in lines


def test_tokcore_gives_the_same(stage, same_with_tokcore: Path) -> None:
    here = stage()
    assert run(here, same_with_tokcore) == run(here, DOCUMENTED)


def test_after_sign_out(stage) -> None:
    """V119"""
    here = stage()
    here.person.sign_out()
    assert run(here, DOCUMENTED)[-1] == "nobody is signed in: None"


def test_after_the_provider_ended_the_grant(stage) -> None:
    """The refresh is refused: the SDK gets nothing, and the shell says where to sign in again."""
    here = stage(1)
    here.provider.end_grants()
    here.let_tokens_expire()
    failed = here.broker.exec(here.broker.binary, "credentials", GITHUB, "--json", env={"TOKCORE_LOG": "off"})
    assert failed.returncode != 0
    error = json.loads(failed.stderr)["error"]
    assert error["kind"] == "reauth_required" and f"{here.broker.address}/credentials" in failed.stderr
    again = here.person.sign_in()
    assert again.status == 200
    assert here.broker.exec(here.broker.binary, "credentials", GITHUB, "--json").returncode == 0


def test_expiry_is_what_every_python_reads(stage) -> None:
    """V122: whole seconds and Z, which ``fromisoformat`` takes from Python 3.7 on once Z is replaced, as the SDK does."""
    here = stage()
    done = here.broker.python("raw_token.py", GITHUB)
    assert done.returncode == 0, done.stderr
    body = json.loads(done.stdout)
    assert set(body) == {"access_token", "expiry"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["expiry"])


def test_the_shell_gives_the_same(stage) -> None:
    here = stage()
    listed = json.loads(here.broker.exec(here.broker.binary, "integrations", "--json").stdout)
    assert [item["guid"] for item in listed["integrations"]][0] == GITHUB
    given = json.loads(here.broker.exec(here.broker.binary, "credentials", "name:github", "--json").stdout)
    assert given["integration_id"] == GITHUB and given["access_token"] in here.provider.secrets()
