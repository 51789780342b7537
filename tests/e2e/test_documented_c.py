"""Every program of ``docs/c.md`` runs as it stands there, built by the commands that stand there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from google_fake import GoogleFake
from guides import C_LIBRARY, FENCE, Answer, environment, missing, sign_in_at
from processes import ROOT
from shell import PATIENCE, Done, Shell

PAGE = ROOT / "docs" / "c.md"
FOUND = FENCE.findall(PAGE.read_text())
C = [text for language, text in FOUND if language == "c"]
PROGRAMS = [text for text in C if "int main(" in text]
PARTS = [text for text in C if "int main(" not in text]
SHOWN = [text for language, text in FOUND if language == "text"]
PART_PROGRAMS = ROOT / "tests" / "e2e" / "programs" / "parts"
# Each program by a call that only it makes, each part too.
WORKBENCH, OAUTH, GOOGLE, STORE = (
    "tokcore_client_credentials", "tokcore_oauth_client_new_from_file", "tokcore_chain_fetch", "tokcore_store_list"
)  # fmt: skip
PART_OF = {
    "proof": "tokcore_settings_set_subject_token",
    "method": "tokcore_method_new",
    "store": "tokcore_store_custom",
    "cancel": "tokcore_cancel_fire",
}

pytestmark = pytest.mark.skipif(bool(missing("c")), reason=missing("c"))


def the(call: str, texts: list[str]) -> str:
    """The one text with this call."""
    (text,) = (text for text in texts if f"{call}(" in text)
    return text


def test_every_program_is_run_here() -> None:
    assert len(PROGRAMS) == 4 and len(PARTS) == len(PART_OF)
    for texts, calls in ((PROGRAMS, (WORKBENCH, OAUTH, GOOGLE, STORE)), (PARTS, PART_OF.values())):
        assert len({the(call, texts) for call in calls}) == len(texts)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prefix with the library that was built, as ``make install`` makes it."""
    prefix = tmp_path_factory.mktemp("installed")
    installing = ["make", "-s", "-f", "ffi/install.mk", "install", "C_PROFILE=debug", f"PREFIX={prefix}"]
    # As it was built: what has changed since is for the runner to build.
    subprocess.run([*installing, "-o", C_LIBRARY / version()], cwd=ROOT, check=True, timeout=PATIENCE)
    return prefix


def version() -> str:
    """The file of the shared library."""
    (file,) = (file.name for file in C_LIBRARY.glob("libtokcore.so.*.*.*"))
    return file


def built(text: str, folder: Path, prefix: Path, *, static: bool = False) -> list[str]:
    """Builds a program by the page's own command; returns the command that runs it."""
    (folder / "program.c").write_text(text)
    commands = "".join(text for language, text in FOUND if language == "sh").replace("\\\n", " ")
    lines = [line for line in commands.splitlines() if line.startswith("cc ") and ("--static" in line) == static]
    # What the page tells those to do who have a prefix of their own.
    env = {**os.environ, "PKG_CONFIG_PATH": f"{prefix}/lib/pkgconfig"}
    rpath = "" if static else f" -Wl,-rpath,{prefix}/lib"
    warnings = "-std=c99 -Wall -Wextra -Wpedantic -Werror -I."
    (line,) = lines
    told = line.replace("cc ", f"cc {warnings} ", 1) + rpath
    subprocess.run(told, shell=True, cwd=folder, env=env, check=True, timeout=PATIENCE)
    return [str(folder / "program")]


@pytest.mark.parametrize("static", [False, True], ids=["shared", "static"])
def test_workbench(shell: Shell, installed: Path, static: bool) -> None:
    program = built(the(WORKBENCH, PROGRAMS), shell.folder, installed, static=static)
    shown = next(text for text in SHOWN if "tokcore demo" in text)
    inside = shell.run("demo", "--", *program)
    assert inside.status == 0 and f"$ tokcore demo -- ./program\n{inside.stdout}" in shown, inside
    outside_is_as_shown(shell.command(program, shell.env), shown)


def outside_is_as_shown(done: Done, shown: str) -> None:
    """What a failing program says is on the page, which may leave the ends of lines out."""
    assert done.status == 1 and done.stdout == "", done
    for said, told in zip(done.stderr.splitlines(), shown.partition("$ ./program\n")[2].splitlines(), strict=True):
        assert said == told or ("…" in told and said.startswith(told.partition("…")[0])), (said, told)


def test_oauth(shell: Shell, oidc: str, installed: Path) -> None:
    shell.client(oidc).rename(shell.folder / "client.toml")
    program = built(the(OAUTH, PROGRAMS), shell.folder, installed)
    with shell.at_terminal(program, environment(shell.with_a_store())) as terminal:
        done = sign_in_at(terminal, Answer.BROWSER)
    assert done.status == 0 and done.stderr.count("Bearer\n") == 10, done


def test_google(shell: Shell, google: GoogleFake, installed: Path) -> None:
    program = built(the(GOOGLE, PROGRAMS), shell.folder, installed)
    shown = next(text for text in SHOWN if "GOOGLE_APPLICATION_CREDENTIALS=" in text)
    env = {**environment(shell), **google.env(metadata=False), "CLOUDSDK_CONFIG": str(shell.folder)}
    outside_is_as_shown(shell.command(program, env), shown)
    shutil.copy(google.files.service_account(), shell.folder / "key.json")
    done = shell.command(program, {**env, "GOOGLE_APPLICATION_CREDENTIALS": "key.json"})
    assert done.status == 0 and f"key.json ./program\n{done.stdout}$" in shown, done


def test_store(shell: Shell, oidc: str, installed: Path) -> None:
    program = built(the(STORE, PROGRAMS), shell.folder, installed)
    env = environment(shell.with_a_store())
    assert shell.command(program, env) == Done(0, "", "")
    with shell.terminal("login", "--client", str(shell.client(oidc, scopes="openid"))) as terminal:
        assert sign_in_at(terminal, Answer.BROWSER).status == 0
    done = shell.command(program, env)
    assert done.status == 0 and json.loads(done.stdout)["client_id"] == "public", done


def part(name: str, folder: Path, prefix: Path) -> list[str]:
    """A part of the page within a program around it."""
    (folder / "part.c").write_text(the(PART_OF[name], PARTS))
    return built((PART_PROGRAMS / f"{name}.c").read_text(), folder, prefix)


def test_a_proof(shell: Shell, google: GoogleFake, installed: Path) -> None:
    pool = json.loads(google.files.external_account().read_text())
    proof = pool.pop("credential_source")["file"]
    (shell.folder / "pool.json").write_text(json.dumps(pool))
    program, env = part("proof", shell.folder, installed), {**shell.env, **google.env(metadata=False)}
    assert shell.command([*program, "pool.json", proof], env).stdout == "Bearer\n"
    assert "the platform gave no proof\n" in shell.command([*program, "pool.json", "nowhere"], env).stdout


def test_a_method(shell: Shell, installed: Path) -> None:
    done = shell.command(part("method", shell.folder, installed), {**shell.env, "NO_GCE_CHECK": "true"})
    assert done.stdout.splitlines() == ["Ok", "from-the-vault", "ConfigInvalid", "NotConfigured", "closed"], done


def test_a_store(shell: Shell, installed: Path) -> None:
    assert shell.command(part("store", shell.folder, installed), shell.env) == Done(0, "c\nclosed\n", "")


def test_cancelling(shell: Shell, installed: Path) -> None:
    assert shell.command(part("cancel", shell.folder, installed), shell.env) == Done(0, "Cancelled\n", "")


def test_the_page_names_what_there_is() -> None:
    """Every function by its whole name, and by what follows a name with a comma: ``tokcore_chain_add``, ``_remove``."""
    symbols = {line.split()[0] for line in (ROOT / "include" / "tokcore.symbols").read_text().splitlines() if line}
    header = (ROOT / "include" / "tokcore.h").read_text()
    named = re.findall(r"\btokcore_\w+", PAGE.read_text())
    types = re.findall(r"(\w+);$", header, re.MULTILINE)
    assert not set(named) - symbols - set(types)
