"""Every program of the guides runs as it stands there, with only the names of the world replaced."""

from __future__ import annotations

import pytest

from guides import (
    GUIDES,
    LANGUAGES,
    Block,
    answer,
    blocks,
    client_file,
    environment,
    in_this_world,
    missing,
    sign_in_at,
    signs_in,
    written,
)
from shell import Shell

ALL = [block for guide in ("login-once", "script", "remote-server", "web-app", "batch-job") for block in blocks(guide)]
SECRETS = blocks("managing-secrets")
SECRET = "basic-secret-canary"
KEY_FILE = '{"type": "service_account", "client_email": "job@example.iam.example", "private_key": "key-canary"}\n'


def test_every_guide_speaks_every_language() -> None:
    for guide in GUIDES.glob("*.md"):
        # What is about one language's packages is run by that language's tests.
        if guide.stem not in ("README", "r-package"):
            assert {block.language for block in ALL + SECRETS if block.guide == guide.stem} == set(LANGUAGES), guide


@pytest.mark.parametrize("block", ALL, ids=str)
def test_a_guide_says_what_works(shell: Shell, oidc: str, block: Block) -> None:
    if missing(block.language):
        pytest.skip(missing(block.language))
    (shell.folder / "client.toml").write_text(in_this_world(client_file(block.guide), oidc))
    block = Block(block.guide, block.language, block.number, in_this_world(block.text, oidc))
    command, env = written(block, shell.folder), environment(shell.with_a_store())
    if block.guide == "batch-job":
        done = shell.command(command, {**env, "JOB_SECRET": SECRET})
    elif block.guide == "login-once" and not signs_in(block):
        with shell.terminal("login", "--client", "client.toml") as terminal:
            assert sign_in_at(terminal, answer(block)).status == 0
        done = shell.command(command, env)
    else:
        # Rscript asks only where somebody said that a person is there, as the guide tells.
        if block.language == "r":
            (shell.folder / ".Rprofile").write_text("options(rlang_interactive = TRUE)\n")
        with shell.at_terminal(command, env) as terminal:
            done = sign_in_at(terminal, answer(block), "bob" if "--account bob" in block.text else "alice")
    assert done.status == 0, done


@pytest.mark.parametrize("block", SECRETS, ids=str)
def test_the_guide_on_secrets_says_what_works(shell: Shell, block: Block) -> None:
    if missing(block.language):
        pytest.skip(missing(block.language))
    file = shell.folder / "service-account.json"
    file.write_text(KEY_FILE)
    key = shell.run("secret", "make-key").stdout.strip()
    shell.run("secret", "encrypt", file, "--key-env", "MY_PROJECT_KEY", "--output", "secret.json", MY_PROJECT_KEY=key)
    done = shell.command(written(block, shell.folder), {**environment(shell), "MY_PROJECT_KEY": key})
    assert done.status == 0 and "key-canary" not in done.stdout + done.stderr, done
    assert "canary" not in (shell.folder / "secret.json").read_text()
