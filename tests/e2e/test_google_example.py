"""The example package's four lines, wherever they run: on a laptop, with a key, with gcloud's login, hosted, unattended."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

import chromium
from google_fake import MACHINE, ROBOT, SCOPE, GoogleFake
from guides import FENCE, missing
from processes import R_LIBRARY, ROOT
from shell import Done, Shell, Terminal

PACKAGE = ROOT / "examples" / "r" / "littlequery"
PEOPLE = ("signin", "chromium")
METHODS = ("byo_oauth2", "service_account", "external_account", "app_default", "gce", "user_oauth2")

# Where a hosted session's browser ends: nowhere, or on the page that is registered for showing codes.
COMES_BACK_TO = {"installed": "http://127.0.0.1", "web": "https://callback.test/"}

pytestmark = pytest.mark.skipif(bool(missing("r")), reason=missing("r"))


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where R finds tokcore, and the example, which is installed as its page says."""
    folder = tmp_path_factory.mktemp("library")
    tokcore = os.environ.get("R_LIBS", str(R_LIBRARY))
    command = ["R", "CMD", "INSTALL", "--no-docs", f"--library={folder}", str(PACKAGE)]
    subprocess.run(command, env={**os.environ, "R_LIBS": tokcore}, check=True, capture_output=True, timeout=120)
    return f"{folder}{os.pathsep}{tokcore}"


class Session:
    """The script of the example's page on one machine. Without ``given`` it names no key."""

    def __init__(self, shell: Shell, google: GoogleFake, libraries: str) -> None:
        self.shell, self.google = shell, google
        self.gcloud = shell.folder / "gcloud"
        self.gcloud.mkdir()
        self.env = {**shell.env, **self.world(), "R_LIBS": libraries, "LANG": "C.UTF-8"}

    def world(self, metadata: bool = False) -> dict[str, str]:
        """The variables that lead to the fake; nobody is logged in to gcloud."""
        return {**self.google.env(metadata=metadata), "CLOUDSDK_CONFIG": str(self.gcloud)}

    def script(self, given: str) -> Path:
        page = (PACKAGE / "README.md").read_text()
        (text,) = (text for language, text in FENCE.findall(page) if language == "r")
        lines = text.splitlines()
        assert len(lines) == 4 and lines[1] == 'lq_auth(path = "key.json")', text
        file = self.shell.folder / "script.R"
        file.write_text("\n".join([lines[0], f"lq_auth({given})", *lines[2:]]) + "\n")
        return file

    def alone(self, given: str = "", **env: str) -> Done:
        """Nobody is there."""
        return self.shell.command(["Rscript", str(self.script(given))], {**self.env, **env})

    def at_terminal(self, **env: str) -> AbstractContextManager[Terminal]:
        """Somebody is, at R's prompt."""
        return self.shell.at_terminal(["R", "--no-save", "--quiet", "--no-readline"], {**self.env, **env})

    def good(self, done: Done, user: str) -> None:
        """The query's answer came, it is this user's, and nothing secret was shown."""
        shown = done.stdout + done.stderr
        assert done.status == 0 and re.search(r"1 +the +25568", shown), done
        assert f'[1] "{user}"' in shown, done
        assert not [secret for secret in self.google.secrets() if len(secret) > 8 and secret in shown]


@pytest.fixture
def session(shell: Shell, google: GoogleFake, libraries: str) -> Session:
    return Session(shell, google, libraries)


def typed(session: Session, terminal: Terminal, meanwhile: Callable[[], None] = lambda: None) -> Done:
    """Runs the script at the prompt; ``meanwhile`` is what the person does before its end."""
    terminal.wait_for("> ")
    terminal.type(f'source("{session.script("").name}", echo = TRUE)')
    meanwhile()
    terminal.wait_for(r'\[1\] "\S+@\S+"')
    terminal.type('q("no")')
    return terminal.done()


def browser(google: GoogleFake, person: str) -> str:
    if person == "signin":
        return google.person_as_browser()
    if not chromium.find():
        pytest.skip("there is no Chromium here")
    return google.browser_of([sys.executable, chromium.__file__, "--proxy", google.addresses["proxy"]])


@pytest.mark.parametrize("person", PEOPLE)
def test_a_person_with_a_browser(session: Session, google: GoogleFake, person: str) -> None:
    """The loopback listener gets the answer; VS Code's window is where a browser opens although nothing shows one."""
    env = {"BROWSER": browser(google, person), "VSCODE_IPC_HOOK_CLI": "/nowhere"}
    with session.at_terminal(TOKCORE_GOOGLE_CLIENT=str(google.files.client()), **env) as terminal:
        session.good(typed(session, terminal), "alice@example.com")
    assert google.requests("oauth2.googleapis.com", "/token")[-1]["form"]["redirect_uri"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize("client", COMES_BACK_TO)
def test_a_person_in_a_hosted_session(session: Session, google: GoogleFake, client: str) -> None:
    """RStudio Server: the browser cannot come back, so what it ends on is pasted."""
    env = {"RSTUDIO": "1", "RSTUDIO_PROGRAM_MODE": "server"}
    with session.at_terminal(TOKCORE_GOOGLE_CLIENT=str(google.files.client(client)), **env) as terminal:

        def pastes() -> None:
            page = terminal.wait_for(r"(https://accounts\S+[?&]redirect_uri=\S+)\s")
            terminal.type(google.sign_in(page))

        session.good(typed(session, terminal, pastes), "alice@example.com")
    redirect = google.requests("oauth2.googleapis.com", "/token")[-1]["form"]["redirect_uri"]
    assert redirect.startswith(COMES_BACK_TO[client]), redirect


def test_a_service_account(session: Session, google: GoogleFake) -> None:
    shutil.copy(google.files.service_account(), session.shell.folder / "key.json")
    session.good(session.alone('path = "key.json"'), ROBOT)


def test_application_default_credentials(session: Session, google: GoogleFake) -> None:
    scopes = (f"{SCOPE}cloud-platform", f"{SCOPE}bigquery", f"{SCOPE}userinfo.email", "openid")
    login = google.files.authorized_user(scopes=scopes)
    shutil.copy(login, session.gcloud / "application_default_credentials.json")
    session.good(session.alone(), "alice@example.com")
    key = google.files.service_account()
    session.good(session.alone(GOOGLE_APPLICATION_CREDENTIALS=str(key)), ROBOT)


def test_a_machine_of_googles(session: Session) -> None:
    session.env.pop("NO_GCE_CHECK")
    session.good(session.alone(**session.world(metadata=True)), MACHINE)


def test_nobody_there_and_nothing_found(session: Session) -> None:
    """The error names every place that was looked at, and what to do."""
    done = session.alone()
    assert done.status == 1 and "no method of the chain has a credential" in done.stderr, done
    for method in METHODS:
        assert re.search(rf"^ *credentials_{method}: \S", done.stderr, re.MULTILINE), done
    for named in ("GOOGLE_APPLICATION_CREDENTIALS", "application_default_credentials.json", "TOKCORE_GOOGLE_CLIENT", "Next step:"):
        assert named in done.stderr, done


def test_nobody_there_who_could_sign_in(session: Session, google: GoogleFake) -> None:
    """With a client alone a person is missing: the error comes at once, and says that."""
    done = session.alone(TOKCORE_GOOGLE_CLIENT=str(google.files.client()))
    assert done.status == 1 and "credentials_user_oauth2" in done.stderr and "Next step:" in done.stderr, done
    assert "sign in" in done.stderr and not google.requests("oauth2.googleapis.com", "/token"), done


def test_a_key_that_does_not_work_is_the_end(session: Session, google: GoogleFake) -> None:
    """Nobody else's identity is taken, although gcloud's login lies there."""
    (session.shell.folder / "key.json").write_text('{"type": "service_account"}')
    done = session.alone('path = "key.json"', GOOGLE_APPLICATION_CREDENTIALS=str(google.files.authorized_user()))
    assert done.status == 1 and "key.json" in done.stderr and "25568" not in done.stdout, done
