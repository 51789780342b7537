"""The answers of ``tests/vectors/oauth`` over the wire, by the id of their case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bodies import JSON, Answer

FOLDER = Path(__file__).resolve().parents[2] / "vectors" / "oauth"
BODIES = ("body", "body_hex", "body_fill")


class Vectors:
    """Read when they are first asked for."""

    def __init__(self) -> None:
        self._cases: dict[str, dict[str, Any]] | None = None

    def answer(self, name: str) -> Answer | None:
        """The case ``T-41``, wherever it is: the tables write some of them ``TR-T41``."""
        if self._cases is None:
            self._cases = {
                case["id"]: case
                for file in sorted(FOLDER.glob("*.json"))
                for case in json.loads(file.read_text(encoding="utf-8")).get("cases", [])
                if any(body in case for body in BODIES)
            }
        case = self._cases.get(name) or self._cases.get("TR-" + name.replace("-", ""))
        return _answer(case) if case else None


def _answer(case: dict[str, Any]) -> Answer:
    if "body_hex" in case:
        body: Any = bytes.fromhex(case["body_hex"])
    elif "body_fill" in case:
        fill = case["body_fill"]
        body = fill["prefix"] + fill["fill"] * fill["count"] + fill["suffix"]
    else:
        body = case["body"]
    return Answer(body, case.get("status", 200), case.get("content_type", JSON), list(case.get("headers", {}).items()))
