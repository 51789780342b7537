"""The answers of ``tests/vectors/oauth`` over the wire, by the id of their case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bodies import JSON, Answer

FOLDER = Path(__file__).resolve().parents[2] / "vectors" / "oauth"
# How the tables write what a server says: the members of the case itself, or those of its `answer`.
BODIES = ("body", "body_hex", "body_fill", "json", "text")


class Vectors:
    """Read when they are first asked for."""

    def __init__(self) -> None:
        self._said: dict[str, dict[str, Any]] | None = None

    def answer(self, name: str) -> Answer | None:
        """What the server says in the case ``name``, if it is one with a single answer."""
        if self._said is None:
            cases = (case for file in FOLDER.glob("*.json") for case in json.loads(file.read_bytes()).get("cases", []))
            said = {case["id"]: case.get("answer", case) for case in cases}
            self._said = {name: one for name, one in said.items() if any(body in one for body in BODIES)}
        found = self._said.get(name)
        return _answer(found) if found else None


def _answer(said: dict[str, Any]) -> Answer:
    headers = list(said.get("headers", {}).items())
    return Answer(_body(said), said.get("status", 200), said.get("content_type", JSON), headers)


def _body(said: dict[str, Any]) -> bytes | str:
    if "body_hex" in said:
        return bytes.fromhex(said["body_hex"])
    if "body_fill" in said:
        fill = said["body_fill"]
        return fill["prefix"] + fill["fill"] * fill["count"] + fill["suffix"]
    if "json" in said:
        return json.dumps(said["json"])
    return said.get("body", said.get("text", ""))
