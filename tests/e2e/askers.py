"""The same question in every language: `programs/asker.*` and the shell, each in processes of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from processes import R_LIBRARY, ROOT, TARGET

PROGRAMS = ROOT / "tests" / "e2e" / "programs"
C_LIBRARY = TARGET / "c" / "debug"
PATIENCE = 60


@dataclass(frozen=True)
class Answer:
    """What came of a question: a token, or an error."""

    token: str = ""
    kind: str = ""
    reason: str = ""
    message: str = ""
    hint: str = ""

    @classmethod
    def of(cls, line: str) -> Answer:
        """Reads the line of an asker."""
        what, *rest = line.rstrip("\n").split("\t")
        if what == "token":
            return cls(token=rest[0])
        kind, *about = rest
        # C spells kinds as they are in the list of them, the others in lower case.
        return cls("", re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower(), *about)


def languages(shell: Path, folder: Path) -> dict[str, list[str]]:
    """The commands that ask, by language, without their client file. R takes part where its package was built."""
    found = {"shell": [str(shell), "token", "--json", "--client"], "python": [sys.executable, str(PROGRAMS / "asker.py")]}
    if shutil.which("Rscript") and R_LIBRARY.exists():
        found["r"] = ["Rscript", "--vanilla", str(PROGRAMS / "asker.R")]
    found["c"] = [str(_compiled(folder))]
    return found


def _compiled(folder: Path) -> Path:
    program = folder / "asker"
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'include'}", f"-L{C_LIBRARY}"]
    source = PROGRAMS / "asker.c"
    subprocess.run(
        ["cc", *flags, "-o", program, source, "-ltokcore", f"-Wl,-rpath,{C_LIBRARY}"], check=True, timeout=PATIENCE
    )
    return program


def environment(home: Path) -> dict[str, str]:
    """What every asker finds: nobody's own settings, but for where the packages are."""
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8"}
    paths = {"PYTHONPATH": os.environ.get("PYTHONPATH", ""), "R_LIBS": os.environ.get("R_LIBS", str(R_LIBRARY))}
    return env | paths | {"PYTHONDONTWRITEBYTECODE": "1"}


class Asker:
    """A process that asks: one that stays and gets lines or, for the shell, a new one each time."""

    def __init__(self, language: str, command: list[str], env: Mapping[str, str], begin: Callable[[], None] | None = None) -> None:
        self.language = language
        self._command, self._env, self._begin = command, dict(env), begin
        self._process = None if language == "shell" else self._start()
        self.errors = ""

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command, env=self._env, preexec_fn=self._begin,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def is_ready(self) -> None:
        """Waits until the program has loaded all it needs."""
        if self._process:
            line = self.line()
            assert line == "ready\n", (self.language, line, self.end())

    def ask(self, line: str = "ask") -> None:
        """Puts the question; the answer is waited for by `answer`."""
        if self.language == "shell":
            self._process = self._start()
            return
        assert self._process and self._process.stdin
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def answer(self) -> Answer:
        assert self._process
        if self.language != "shell":
            return Answer.of(self.line())
        try:
            stdout, self.errors = self._process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        if self._process.returncode == 0:
            return Answer(token=json.loads(stdout)["access_token"])
        found = json.loads(self.errors[self.errors.index("{\n") :])["error"]
        return Answer("", found["kind"], found.get("reason") or "", found["message"], found.get("hint") or "")

    def line(self) -> str:
        """The next line of a program that stays."""
        assert self._process and self._process.stdout
        too_late = threading.Timer(PATIENCE, self._process.kill)
        too_late.start()
        try:
            return self._process.stdout.readline()
        finally:
            too_late.cancel()

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def kill(self) -> None:
        """``kill -9``, wherever the program is."""
        assert self._process
        self._process.kill()
        self.end()

    def end(self) -> str:
        """Ends the program; what it wrote for people, warnings among it."""
        if self._process and self.language != "shell":
            try:
                _, self.errors = self._process.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGKILL)
                _, self.errors = self._process.communicate(timeout=PATIENCE)
        return self.errors
