"""The documented R program, with tokcore's package and, where a copy of its source is given, with rstudioapi."""

from __future__ import annotations

import os
import shutil

import pytest

from broker import GITHUB
from processes import R_LIBRARY, ROOT

PROGRAM = ROOT / "tests" / "e2e" / "programs" / "documented.R"
RSTUDIOAPI = os.environ.get("TOKCORE_TEST_RSTUDIOAPI")

pytestmark = pytest.mark.skipif(shutil.which("Rscript") is None, reason="no R on this machine")

PACKAGES = [
    pytest.param({}, id="tokcore", marks=pytest.mark.skipif(not R_LIBRARY.exists(), reason="the R package is not built")),
    pytest.param(
        {"TOKCORE_TEST_RSTUDIOAPI": RSTUDIOAPI or ""},
        id="rstudioapi",
        marks=pytest.mark.skipif(RSTUDIOAPI is None, reason="TOKCORE_TEST_RSTUDIOAPI names no copy of auth.R"),
    ),
]


def run(stage, variables: dict[str, str]) -> list[str]:
    done = stage.broker.exec("Rscript", PROGRAM, env={"R_LIBS": str(R_LIBRARY), **variables})
    assert done.returncode == 0, done.stderr
    return [line.rstrip() for line in done.stdout.splitlines()]


@pytest.mark.parametrize("variables", PACKAGES)
def test_signed_in(stage, variables: dict[str, str]) -> None:
    """V118"""
    lines = run(stage(), variables)
    assert lines[0] == f"github GitHub of the test {GITHUB}"
    assert "  scopes openid, profile, email" in lines and lines.count("  signed in") == 1
    assert f"by name: {GITHUB}" in lines and "by guid: github" in lines
    assert "fields: access_token, audience, expiry" in lines


@pytest.mark.parametrize("variables", PACKAGES)
def test_after_sign_out(stage, variables: dict[str, str]) -> None:
    """V119: an error that says where to sign in."""
    here = stage()
    here.person.sign_out()
    error = "\n".join(run(here, variables)).partition("error:")[2]
    assert f"{here.broker.address}/credentials" in error
