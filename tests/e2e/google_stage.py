"""Where a case of Google's tables is played from C, R, Python and the shell: a folder, an environment, and a network that
has the case's answers (`elsewhere.c`, `scripted.py`)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from askers import C_LIBRARY, PATIENCE, PROGRAMS
from authority import Authority
from processes import R_LIBRARY, ROOT
from scripted import Asked, Network, Play

Person = Callable[[str], str | None]
"""Reads what is said; once, answers with a line."""
PLACE = "${dir}"
"""Stands for the case's own folder, in whatever a question says."""


@dataclass
class Question:
    """What is asked, in which surroundings, and who answers on the network."""

    call: str
    play: Play
    options: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    programs: dict[str, str] = field(default_factory=dict)
    person: Person | None = None
    """Whoever sits in front of the program. Such a question has a process of its own."""


@dataclass(frozen=True)
class Run:
    """What came of a question in one language."""

    language: str
    answer: dict[str, Any]
    asked: list[Asked]
    folder: Path
    began: float
    seconds: float
    said: str = ""
    shell: Path = Path()

    def kept(self) -> list[str | None]:
        """Who is in the store that the question named."""
        env = {**_environment(self.folder / "home"), "TOKCORE_STORE": str(self.folder / "store")}
        run = subprocess.run([self.shell, "list", "--json"], env=env, capture_output=True, text=True, timeout=PATIENCE)
        return [each["account"] for each in json.loads(run.stdout)["entries"]]


class Stage:
    """One language: its program, its network, its folder."""

    def __init__(self, language: str, programs: Programs, authority: Authority, folder: Path) -> None:
        self.language, self._shell, self._folder = language, programs.shell, folder
        self._command = programs.commands[language]
        self._network = Network(authority)
        folder.mkdir(parents=True)
        ca = folder / "ca.pem"
        ca.write_text(authority.pem)
        self._env = _environment(folder) | {
            "SSL_CERT_FILE": str(ca),
            "LD_PRELOAD": str(programs.preload),
            "ELSEWHERE_PLAIN": str(self._network.plain),
            "ELSEWHERE_TLS": str(self._network.tls),
        }
        self._process: subprocess.Popen[str] | None = None
        self._count = 0

    def plays(self, question: Question) -> Run:
        """Asks the question in a folder of its own."""
        self._count += 1
        folder = self._folder / str(self._count)
        for name, text in {**question.files, **question.programs}.items():
            path = Path(_placed(name, folder))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_placed(text, folder), encoding="utf-8")
            path.chmod(0o700 if name in question.programs else 0o600)
        around = {"HOME": str(folder / "home"), "ELSEWHERE_ROOT": str(folder), **question.env}
        asked = {"call": question.call, "options": question.options, "env": around, **question.more}
        self._network.plays(question.play)
        began = time.time()
        answer, said = self._ask(_placed(asked, folder), question.person)
        return Run(self.language, answer, self._network.asked(), folder, began, time.time() - began, said, self._shell)

    def _ask(self, asked: dict[str, Any], person: Person | None) -> tuple[dict[str, Any], str]:
        if self.language == "shell":
            return self._of_the_shell(asked), ""
        if person:
            return self._with_a_person(asked, person)
        if not self._process:
            self._process = self._started()
        return _told(self._process, asked), ""

    def _started(self) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(self._command, env=self._env, stdin=pipe, stdout=pipe, text=True)

    def _with_a_person(self, asked: dict[str, Any], person: Person) -> tuple[dict[str, Any], str]:
        process, said, typed = self._started(), "", False
        try:
            told = _told(process, {**asked, "alone": True})
            while "say" in told:
                said += told["say"] + "\n"
                text = None if typed else person(told["say"])
                typed = typed or text is not None
                told = _told(process, None, text)
            return told, said
        finally:
            process.communicate(timeout=PATIENCE)

    def _of_the_shell(self, asked: dict[str, Any]) -> dict[str, Any]:
        env = {**self._env, **asked["env"]}
        verb = asked["call"] if asked["call"] == "explain" else "token"
        words = [word for name, value in asked["options"].items() for word in _flags(name, value)]
        words += ["--probe"] if asked.get("probe") else []
        run = subprocess.run(
            [*self._command, verb, "--json", *words], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
        if not run.stdout:
            return {"error": json.loads(run.stderr[run.stderr.index("{\n") :])["error"], "shown": run.stderr}
        answer = json.loads(run.stdout)
        return {"found": {row["method"]: row for row in answer["methods"]}} if verb == "explain" else {"token": answer}

    def stop(self) -> None:
        if self._process:
            self._process.communicate(timeout=PATIENCE)
        self._network.stop()


FLAGS = {
    "scopes": "scopes",
    "path": "path",
    "subject": "subject",
    "delegates": "delegates",
    "lifetime_s": "lifetime",
    "methods": "methods",
}
"""The chain's options that the shell has too, and what it calls them. A list is one word with commas."""
SHELL_OPTIONS = {*FLAGS, "id_token_audience"}


def _flags(name: str, value: Any) -> list[str]:
    if name == "id_token_audience":
        return ["--id-token", "--audience", value]
    return [f"--{FLAGS[name]}", ",".join(value) if isinstance(value, list) else str(value)]


def _told(process: subprocess.Popen[str], asked: dict[str, Any] | None, typed: str | None = None) -> dict[str, Any]:
    """What the program says next, after it was told what is asked, or what a person has typed."""
    assert process.stdin and process.stdout
    text = typed if asked is None else json.dumps(asked)
    if text is not None:
        process.stdin.write(f"{text}\n")
        process.stdin.flush()
    too_late = threading.Timer(PATIENCE, process.kill)
    too_late.start()
    try:
        return json.loads(process.stdout.readline() or '{"crash": true}')
    finally:
        too_late.cancel()


def _placed(value: Any, folder: Path) -> Any:
    """The same with the folder's name in it."""
    if isinstance(value, str):
        return value.replace(PLACE, str(folder))
    if isinstance(value, list):
        return [_placed(each, folder) for each in value]
    if isinstance(value, dict):
        return {name: _placed(each, folder) for name, each in value.items()}
    return value


def _environment(home: Path) -> dict[str, str]:
    """Nobody's settings, but for where the packages are."""
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "TOKCORE_STORE": "memory"}
    paths = {"PYTHONPATH": os.environ.get("PYTHONPATH", ""), "R_LIBS": os.environ.get("R_LIBS", str(R_LIBRARY))}
    return env | paths | {"PYTHONDONTWRITEBYTECODE": "1"}


@dataclass(frozen=True)
class Programs:
    """What asks, by language, and what is preloaded into it. R takes part where its package was built."""

    commands: dict[str, list[str]]
    preload: Path
    shell: Path

    @classmethod
    def built(cls, tokcore: Path, folder: Path) -> Programs:
        preload, asker = folder / "elsewhere.so", folder / "table_asker"
        _compile(preload, "-shared", "-fPIC", PROGRAMS / "elsewhere.c", "-ldl")
        strict = ["-std=c99", "-D_GNU_SOURCE", "-Wpedantic", f"-I{ROOT / 'include'}"]
        linked = [f"-L{C_LIBRARY}", "-ltokcore", "-ljansson", f"-Wl,-rpath,{C_LIBRARY}"]
        _compile(asker, *strict, PROGRAMS / "table_asker.c", *linked)
        commands = {"c": [str(asker)], "python": [sys.executable, str(PROGRAMS / "table_asker.py")], "shell": [str(tokcore)]}
        if shutil.which("Rscript") and R_LIBRARY.exists():
            commands["r"] = ["Rscript", "--vanilla", str(PROGRAMS / "table_asker.R")]
        return cls(commands, preload, tokcore)

    def stages(self, folder: Path, authority: Authority) -> list[Stage]:
        """One for each language."""
        return [Stage(language, self, authority, folder / language) for language in self.commands]


def _compile(target: Path, *flags: str | Path) -> None:
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-o", target, *flags], check=True, timeout=PATIENCE)
