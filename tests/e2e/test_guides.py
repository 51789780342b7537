"""Every program of the guides runs as it stands there, with only the names of the world replaced."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from google_fake import GoogleFake
from guides import (
    FENCE,
    GUIDES,
    LANGUAGES,
    OF_ONE_LANGUAGE,
    Block,
    answer,
    blocks,
    client_file,
    credentials_files,
    environment,
    in_the_cloud,
    in_this_world,
    missing,
    sign_in_at,
    sign_in_at_google,
    signs_in,
    written,
)
from processes import ROOT
from shell import Done, Shell

ALL = [block for guide in ("login-once", "script", "remote-server", "web-app", "batch-job") for block in blocks(guide)]
SECRETS = blocks("managing-secrets")
GOOGLE = [block for guide in OF_ONE_LANGUAGE for block in blocks(guide)]
UNATTENDED = blocks("non-interactive")
HOSTED = blocks("from-the-web")
ONE_LOGIN = blocks("google-login")
EVERY_BLOCK = ALL + SECRETS + GOOGLE + UNATTENDED + HOSTED + ONE_LOGIN
SECRET = "basic-secret-canary"
# Where the one program of the guide on unattended work runs.
PLACES = {
    "machine": {},
    "federation": {"GOOGLE_APPLICATION_CREDENTIALS": "federation.json"},
    "key": {"GOOGLE_APPLICATION_CREDENTIALS": "key.json"},
    "login": {"GOOGLE_APPLICATION_CREDENTIALS": "user.json"},
}
# In a container no browser is opened, except through the helper that an editor puts into BROWSER.
FORWARDED = {"VSCODE_IPC_HOOK_CLI": "/nowhere"}
RSTUDIO_SERVER = {"RSTUDIO": "1", "RSTUDIO_PROGRAM_MODE": "server"}
KEY_FILE = '{"type": "service_account", "client_email": "job@example.iam.example", "private_key": "key-canary"}\n'


def test_every_guide_speaks_every_language() -> None:
    for guide in GUIDES.glob("*.md"):
        # What is about R's packages is run by R's tests.
        if guide.stem not in ("README", "r-package"):
            wanted = {OF_ONE_LANGUAGE[guide.stem]} if guide.stem in OF_ONE_LANGUAGE else set(LANGUAGES)
            assert {block.language for block in EVERY_BLOCK if block.guide == guide.stem} == wanted, guide


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


@pytest.mark.parametrize("block", GOOGLE, ids=str)
def test_a_guide_on_google_says_what_works(shell: Shell, google: GoogleFake, block: Block) -> None:
    if missing(block.language):
        pytest.skip(missing(block.language))
    for library in re.findall(r"from google\.cloud import (\w+)", block.text):
        pytest.importorskip(f"google.cloud.{library}")
    block = replace(block, text=in_the_cloud(block.text))
    files = credentials_files(google, shell.folder)
    person = {"BROWSER": google.person_as_browser(), **FORWARDED}
    env = {**environment(shell.with_a_store()), **files, **person}
    command = written(block, shell.folder)
    if "client.json" in block.text:
        with shell.at_terminal(command, env) as terminal:
            done = terminal.done()
    else:
        done = shell.command(command, env)
    good_at_google(google, done)


@pytest.mark.parametrize("block", UNATTENDED, ids=str)
def test_the_guide_on_unattended_work_says_what_works(shell: Shell, google: GoogleFake, block: Block) -> None:
    if missing(block.language):
        pytest.skip(missing(block.language))
    block = replace(block, text=in_the_cloud(block.text))
    env = {**environment(shell), **credentials_files(google, shell.folder)}
    key = shell.run("secret", "make-key").stdout.strip()
    shell.run("secret", "encrypt", "key.json", "--key-env", "MY_PROJECT_KEY", "--output", "secret.json", MY_PROJECT_KEY=key)
    done = shell.command(written(block, shell.folder), {**env, "MY_PROJECT_KEY": key})
    good_at_google(google, done)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("block", UNATTENDED[: len(LANGUAGES)], ids=str)
def test_one_program_for_all_places(shell: Shell, google: GoogleFake, block: Block, place: str) -> None:
    if missing(block.language):
        pytest.skip(missing(block.language))
    block = replace(block, text=in_the_cloud(block.text))
    files = credentials_files(google, shell.folder)
    if place == "machine":
        # gcloud's login would count before the machine.
        (shell.folder / "gcloud" / "application_default_credentials.json").unlink()
        files = {**google.env(), "CLOUDSDK_CONFIG": files["CLOUDSDK_CONFIG"]}
    done = shell.command(written(block, shell.folder), {**environment(shell), **files, **PLACES[place]})
    good_at_google(google, done)
    assert "samples" in done.stdout or block.language == "c", done


def test_the_first_page_says_what_works(shell: Shell, google: GoogleFake) -> None:
    (text,) = (text for language, text in FENCE.findall((ROOT / "README.md").read_text()) if "tokcore explain" in text)
    block = Block("README", "sh", 0, in_the_cloud(text))
    env = {**environment(shell), **credentials_files(google, shell.folder)}
    done = shell.command(written(block, shell.folder), env)
    good_at_google(google, done)
    assert "app_default would be asked" in done.stdout and "samples" in done.stdout, done


@pytest.mark.parametrize("block", HOSTED, ids=str)
def test_the_guide_from_the_web_says_what_works(shell: Shell, google: GoogleFake, block: Block) -> None:
    if missing(block.language):
        pytest.skip(missing(block.language))
    files = credentials_files(google, shell.folder)
    (shell.folder / "gcloud" / "application_default_credentials.json").unlink()
    forwarded = "loopback" in block.text
    person = {"BROWSER": google.person_as_browser(), **FORWARDED} if forwarded else RSTUDIO_SERVER
    env = {**environment(shell.with_a_store()), **files, **person}
    with shell.at_terminal(written(block, shell.folder), env) as terminal:
        done = terminal.done() if forwarded else sign_in_at_google(terminal, google)
    good_at_google(google, done)


@pytest.mark.parametrize("block", ONE_LOGIN[1:], ids=str)
def test_one_google_login_serves_every_language(shell: Shell, google: GoogleFake, block: Block) -> None:
    if missing(block.language):
        pytest.skip(missing(block.language))
    block = replace(block, text=in_the_cloud(block.text))
    env = {**environment(shell.with_a_store()), **credentials_files(google, shell.folder)}
    (shell.folder / "gcloud" / "application_default_credentials.json").unlink()
    person = {"BROWSER": google.person_as_browser(), **FORWARDED}
    with shell.at_terminal(written(ONE_LOGIN[0], shell.folder), {**env, **person}) as terminal:
        good_at_google(google, terminal.done())
    # Nobody is there any more.
    good_at_google(google, shell.command(written(block, shell.folder), env))
    assert len(google.requests("accounts.google.com", "/auth")) == 1


def good_at_google(google: GoogleFake, done: Done) -> None:
    """It worked, and shows nobody a secret."""
    assert done.status == 0, done
    assert not [secret for secret in google.secrets() if secret in done.stdout + done.stderr], done
