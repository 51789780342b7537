"""The guides' programs: their blocks, what they are run with, and the person who signs in to them."""

from __future__ import annotations

import enum
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from google_fake import TARGET as ANOTHER_ACCOUNT
from google_fake import GoogleFake
from google_files import POOL
from processes import R_LIBRARY, ROOT, TARGET
from shell import PATIENCE, Done, Shell, Terminal
from signin import Browser, enter_code, sign_in, walk

GUIDES = ROOT / "docs" / "guides"
LANGUAGES = ("sh", "python", "r", "c")
# Guides for a library that only one language has.
OF_ONE_LANGUAGE = {"google-cloud-python": "python"}
HOSTED = "https://hosted.example.test/oauth/callback"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# Where libtokcore is, as ffi/link.sh builds it.
C_LIBRARY = TARGET / "c" / "debug"


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


class Answer(enum.Enum):
    """How the answer of a sign-in comes back."""

    BROWSER = "the browser reaches the program's listener"
    PASTED = "the person pastes the address that the browser ends on"
    QUERY = "the program stands for a web application, and gets the query of its page"


def in_the_cloud(text: str) -> str:
    """The same for the names of Google's cloud: these are the fake's."""
    names = {
        "reports@my-project.iam.gserviceaccount.com": ANOTHER_ACCOUNT,
        "my-project": "fake-project",
        "jane@example.com": "alice@example.com",
    }
    for name, ours in names.items():
        text = text.replace(name, ours)
    return text


def credentials_files(google: GoogleFake, folder: Path) -> dict[str, str]:
    """What lies there according to the guides on Google: keys, clients, logins, gcloud's too. Returns the variables."""
    (folder / "gcloud").mkdir()
    given = {
        "key.json": google.files.service_account(),
        "client.json": google.files.client(),
        "web-client.json": google.files.client("web"),
        "tv-client.json": google.files.client(name="tv"),
        "federation.json": google.files.external_account(),
        "pool.json": google.files.external_account(file="pool.json", credential_source=None),
        "ci-token.txt": google.files.write("ci-token.txt", google.subject_token(f"{POOL}oidc")),
        "user.json": google.files.authorized_user(file="user.json"),
        "gcloud/application_default_credentials.json": google.files.authorized_user(),
    }
    for name, file in given.items():
        shutil.copy(file, folder / name)
    return {**google.env(metadata=False), "CLOUDSDK_CONFIG": str(folder / "gcloud")}


@dataclass(frozen=True)
class Block:
    """A program of a guide."""

    guide: str
    language: str
    number: int
    text: str

    def __str__(self) -> str:
        return f"{self.guide}-{self.language}-{self.number}"


def blocks(guide: str) -> list[Block]:
    """All programs of a guide, in order."""
    found = FENCE.findall((GUIDES / f"{guide}.md").read_text())
    return [Block(guide, language, at, text) for at, (language, text) in enumerate(found) if language in LANGUAGES]


def answer(block: Block) -> Answer:
    """How the guide says that its answer comes back."""
    if block.guide in ("script", "login-once"):
        return Answer.BROWSER
    return Answer.QUERY if block.guide == "web-app" and block.language != "sh" else Answer.PASTED


def signs_in(block: Block) -> bool:
    """Whether a person has a part in it, although a login is there."""
    return "tokcore login" in block.text


def client_file(guide: str) -> str:
    """What the guide says that the client file holds."""
    return next(text for language, text in FENCE.findall((GUIDES / f"{guide}.md").read_text()) if language == "toml")


def written(block: Block, folder: Path) -> list[str]:
    """Writes the program; returns the command that runs it."""
    file = folder / f"program.{block.language}"
    file.write_text(block.text)
    match block.language:
        case "sh":
            return ["bash", "-eu", "-o", "pipefail", str(file)]
        case "python":
            return [sys.executable, str(file)]
        case "r":
            return ["Rscript", str(file)]
    program = folder / "program"
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{ROOT / 'include'}", f"-L{C_LIBRARY}"]
    command = ["cc", *flags, "-o", program, file, "-ltokcore", f"-Wl,-rpath,{C_LIBRARY}"]
    subprocess.run(command, check=True, timeout=PATIENCE)
    return [str(program)]


def environment(shell: Shell) -> dict[str, str]:
    """What every program finds: the binary, the R package, and nobody's own settings."""
    names = shell.folder / "bin"
    names.mkdir(exist_ok=True)
    shutil.copy(shell.binary, names / "tokcore")
    paths = {"PATH": f"{names}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    return {**shell.env, **paths, "R_LIBS": os.environ.get("R_LIBS", str(R_LIBRARY)), "LANG": "C.UTF-8"}


def sign_in_at(terminal: Terminal, answer: Answer, user: str = "alice") -> Done:
    """A person at the terminal where a program runs, who enters the code that it shows, or opens its address."""
    code, page = asked_at(terminal)
    if code:
        enter_code(*code.groups(), user)
    elif page and answer is Answer.BROWSER:
        sign_in(page.group(1), user)
    elif page:
        ends_on = walk(Browser(), page.group(1), user)
        terminal.type(ends_on if answer is Answer.PASTED else ends_on.partition("?")[2])
    return terminal.done()


def sign_in_at_google(terminal: Terminal, google: GoogleFake) -> Done:
    """The same at Google, whose answer is always pasted, or awaited."""
    code, page = asked_at(terminal)
    if code:
        google.allow_device(code.group(2))
    elif page:
        terminal.type(google.sign_in(page.group(1)))
    return terminal.done()


def asked_at(terminal: Terminal) -> tuple[re.Match[str] | None, re.Match[str] | None]:
    """The device code or the page that a program shows, once it does."""
    code = page = None
    deadline = time.monotonic() + PATIENCE
    while not (code or page) and terminal.process.poll() is None and time.monotonic() < deadline:
        code = re.search(r"Open (http\S+)\s+and enter the code ([A-Z0-9-]+)", terminal.screen)
        page = re.search(r"(http\S+[?&]redirect_uri=\S+)\s", terminal.screen)
        time.sleep(0.02)
    return code, page
