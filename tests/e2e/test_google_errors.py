"""What is wrong with an input has the same name in every language. Python's is in test_google_compat.py."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from askers import C_LIBRARY, PROGRAMS
from google_asking import AROUND, PATIENCE, surroundings, tokcore
from google_bad_inputs import BAD_INPUTS
from google_fake import GoogleFake
from processes import R_LIBRARY, ROOT

ROWS = {f"{title}: {row.what}": row for title, rows in BAD_INPUTS.items() for row in rows}
FLAGS = {"path", "scopes", "subject"}
"""What these inputs need that the shell has an option for."""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The asker in C."""
    program = tmp_path_factory.mktemp("c") / "chain_asker"
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'include'}", f"-L{C_LIBRARY}"]
    link = ["-ltokcore", f"-Wl,-rpath,{C_LIBRARY}"]
    subprocess.run(["cc", *flags, "-o", program, PROGRAMS / "chain_asker.c", *link], check=True, timeout=PATIENCE)
    return [str(program)]


def named(answer: dict[str, Any]) -> tuple[str, str]:
    return answer["error"], answer["reason"]


@pytest.mark.parametrize("name", ROWS)
def test_in_c(name: str, google: GoogleFake, compiled: list[str]) -> None:
    answer = tokcore(google, ROWS[name].question(google), compiled)
    assert named(answer) == ROWS[name].fails, answer
    assert answer["message"] and answer["hint"]


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.skipif(not shutil.which("Rscript") or not R_LIBRARY.exists(), reason="the R package is not built")
def test_in_r(name: str, google: GoogleFake) -> None:
    question = ROWS[name].question(google)
    question["env"] = {**question.get("env", {}), "R_LIBS": str(R_LIBRARY)}
    answer = tokcore(google, question, ["Rscript", str(PROGRAMS / "chain_asker.R")])
    assert named(answer) == ROWS[name].fails, answer
    assert answer["message"] and answer["hint"]


@pytest.mark.parametrize("name", ROWS)
def test_in_the_shell(name: str, google: GoogleFake, tokcore: Path) -> None:
    question = ROWS[name].question(google)
    options = {key: value for key, value in {**question, **question.get("tokcore", {})}.items() if key not in AROUND}
    if not FLAGS.issuperset(options) or options.get("path", "").startswith("https:"):
        pytest.skip("the shell has no option for it")
    words = [
        word
        for key, value in options.items()
        for word in (f"--{key}", " ".join([*value] if key == "scopes" else [value]))
    ]
    command, env = [tokcore, "token", "--json", *words], surroundings(google, question)
    run = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert run.returncode != 0 and not run.stdout
    error = json.loads(run.stderr[run.stderr.index("{\n") :])["error"]
    assert (error["kind"], error.get("reason") or "") == ROWS[name].fails, error
