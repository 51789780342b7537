"""What the tables of Google's credentials have in common: rows that are asked and checked, answers in order, errors."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from google_moved import moved, shift_s
from google_stage import PLACE, SHELL_OPTIONS, Question, Run
from http1 import Reply
from scripted import Asked, Play

Case = dict[str, Any]
Problems = Iterator[str]
LIBRARIES = ("c", "python", "r")
EVERYWHERE = (*LIBRARIES, "shell")


class Row(ABC):
    """A case in our folder and time: what is asked for it, and whether what came of it is right."""

    members: ClassVar[set[str]]
    """What a case of this table may say, besides what is expected. The rest would be passed over."""

    def __init__(self, case: Case) -> None:
        unknown = case.keys() - self.members - {"id", "why", "compat", "expect"}
        if unknown:
            raise ValueError(f"{case['id']}: nobody knows {sorted(unknown)}")
        self.by_s = shift_s()
        self.case = moved(case, self.by_s)
        # Instants that are expected are compared as they are, by those who know since when they count.
        self.expect: dict[str, Any] = moved(case.get("expect", {}), 0)

    @abstractmethod
    def question(self) -> Question:
        """What is asked, with answers that nobody has had yet."""

    @abstractmethod
    def problems(self, run: Run) -> Problems:
        """What is not as expected, where there was an answer that is no error."""

    def languages(self) -> tuple[str, ...]:
        """Those that can ask this. The shell has not every option, and takes no secrets as words."""
        question = self.question()
        has_options = SHELL_OPTIONS.issuperset(question.options) and question.call in ("fetch", "explain")
        is_a_path = question.options.get("path", PLACE).startswith(PLACE)
        return EVERYWHERE if has_options and is_a_path and not question.person else LIBRARIES

    def wrong(self, run: Run) -> Problems:
        """All that is not as expected."""
        wanted = self.expect.get("error")
        if wanted:
            yield from error_problems(placed(wanted, run), run)
        elif "error" in run.answer or "crash" in run.answer:
            yield f"got {run.answer}"
            return
        yield from self.problems(run)


def placed(value: Any, run: Run) -> Any:
    """With the name of the folder that it was."""
    return json.loads(json.dumps(value).replace("${dir}", str(run.folder)))


def one_after_the_other(answers: list[Case], reply: Callable[[Case], Reply]) -> Play:
    """Whoever asks, the next answer comes."""
    rest = list(answers)

    def play(_: Asked) -> Reply:
        return reply(rest.pop(0)) if rest else Reply(400, "nobody expected this")

    return play


def error_problems(expected: dict[str, Any], run: Run) -> Problems:
    """Whether it is that error, and nothing secret in it. What tables keep secret is called a canary."""
    error = run.answer.get("error")
    if not error:
        yield f"got {run.answer}"
        return
    kind, reason = snake(error["kind"]), error.get("reason")
    if (kind, reason) != (snake(expected["kind"]), expected.get("reason", reason)):
        yield f"got {error}"
    for name in ("message", "hint"):
        parts = expected.get(name) or []
        for part in [parts] if isinstance(parts, str) else parts:
            if not is_said(part, error.get(name) or ""):
                yield f"{name}: {part!r} is not in {error.get(name)!r}"
    if "canary" in json.dumps(run.answer) + run.said:
        yield f"a secret is in {run.answer} {run.said}"


def is_said(part: str, text: str) -> bool:
    """Seconds by which clocks differ were measured; they may be one more or less."""
    seconds = re.fullmatch(r"(\d+) s behind", part)
    return any(f"{int(seconds[1]) + off} s behind" in text for off in (-1, 0, 1)) if seconds else part in text


def snake(kind: str) -> str:
    """C and some tables spell kinds as they are in the list of them, everybody else in lower case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower()
