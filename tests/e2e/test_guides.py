"""Every program of the guides runs as it stands there, with only the names of the world replaced."""

from __future__ import annotations

import importlib.util
import shutil

import pytest

from guides import C_LIBRARY, GUIDES, LANGUAGES, Block, answer, blocks, client_file, environment, sign_in_at, written
from processes import R_LIBRARY
from shell import Shell

ALL = [block for guide in ("script", "remote-server", "web-app", "batch-job") for block in blocks(guide)]
SECRET = "basic-secret-canary"
HOSTED = "https://hosted.example.test/oauth/callback"


def missing(language: str) -> str:
    """Why a program in this language cannot run here, if so."""
    match language:
        case "python" if not importlib.util.find_spec("tokcore"):
            return "the Python package is not installed"
        case "c" if not (C_LIBRARY / "libtokcore.so").exists():
            return "libtokcore is not built"
        case "r" if not (shutil.which("Rscript") and (R_LIBRARY / "tokcore").exists()):
            return "the R package is not installed"
    return ""


def in_this_world(text: str, oidc: str) -> str:
    """Examples have names of nobody; these are the server's."""
    names = {
        "https://accounts.example.com": oidc,
        "https://api.example.com/me": f"{oidc}/api",
        "https://app.example.com/oauth/callback": HOSTED,
        '"my-app"': '"public"',
        '"my-job"': '"basic"',
    }
    for name, ours in names.items():
        text = text.replace(name, ours)
    return text


def test_every_guide_speaks_every_language() -> None:
    for guide in GUIDES.glob("*.md"):
        if guide.stem != "README":
            assert {block.language for block in ALL if block.guide == guide.stem} == set(LANGUAGES), guide


@pytest.mark.parametrize("block", ALL, ids=str)
def test_a_guide_says_what_works(shell: Shell, oidc: str, block: Block) -> None:
    if missing(block.language):
        pytest.skip(missing(block.language))
    (shell.folder / "client.toml").write_text(in_this_world(client_file(block.guide), oidc))
    block = Block(block.guide, block.language, block.number, in_this_world(block.text, oidc))
    command, env = written(block, shell.folder), environment(shell)
    if block.guide == "batch-job":
        done = shell.command(command, {**env, "JOB_SECRET": SECRET})
    else:
        # Rscript asks only where somebody said that a person is there, as the guide tells.
        if block.language == "r":
            (shell.folder / ".Rprofile").write_text("options(rlang_interactive = TRUE)\n")
        with shell.at_terminal(command, env) as terminal:
            done = sign_in_at(terminal, answer(block))
    assert done.status == 0, done
