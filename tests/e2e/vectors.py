"""The client's vectors as Python sees them: defaults and names filled in. The schema is in tests/vectors/README.md."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from processes import ROOT

FOLDER = ROOT / "tests" / "vectors" / "client"
VARIABLES = json.loads((FOLDER.parent / "client-environment.json").read_text())["unset"]


def cases(*files: str) -> list[dict[str, Any]]:
    """The cases of these files."""
    found = []
    for name in files:
        table = json.loads((FOLDER / f"{name}.json").read_text())
        for case in table["cases"]:
            found.append(replace(fill_in(case, table.get("defaults", {})), table.get("let", {})))
    return found


def fill_in(case: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Adds what the case does not say; ``env`` and ``files`` are merged, and null removes."""
    whole = {**defaults, **case}
    for name in ("env", "files"):
        merged = {**defaults.get(name, {}), **case.get(name, {})}
        whole[name] = {key: value for key, value in merged.items() if value is not None}
    return whole


def replace(value: Any, names: dict[str, str]) -> Any:
    """Puts the value of every ``${name}`` into all texts."""
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace("${" + name + "}", text)
        return value
    if isinstance(value, list):
        return [replace(item, names) for item in value]
    if isinstance(value, dict):
        return {key: replace(item, names) for key, item in value.items()}
    return value


class Replay:
    """The replay server's side that a runner talks to."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.authority = self._get("/__ca")
        self.stranger = self._get("/__ca/other")
        self.tls_address = self._get("/__tls")

    def _get(self, path: str) -> str:
        with urllib.request.urlopen(self.address + path, timeout=10) as answer:
            return answer.read().decode()

    def requests(self, case: dict[str, Any]) -> list[dict[str, Any]]:
        """What the case was asked since it was staged."""
        return json.loads(self._get(f"/__log/{case['id']}"))["requests"]

    @contextmanager
    def staged(self, case: dict[str, Any], folder: Path) -> Iterator[dict[str, Any]]:
        """Makes the case's world: its files in ``folder``, its variables in this process. Gives the resolved case."""
        body = json.dumps({"dir": str(folder)}).encode()
        urllib.request.urlopen(f"{self.address}/__reset/{case['id']}", data=body, timeout=10).close()
        places = {
            "base": f"{self.address}/{case['id']}",
            "other_base": f"{self.address.replace('127.0.0.1', 'localhost')}/{case['id']}",
            "tls_base": f"{self.tls_address}/{case['id']}",
            "dir": str(folder),
            "ca": self.authority,
            "other_ca": self.stranger,
        }
        case = {key: value if key == "http" else replace(value, places) for key, value in case.items()}
        for name, content in case["files"].items():
            (folder / name).write_text(content, encoding="utf-8") if isinstance(content, str) else (folder / name).mkdir()
        before = dict(os.environ)
        for name in VARIABLES:
            os.environ.pop(name, None)
        os.environ.update(case["env"])
        try:
            yield case
        finally:
            os.environ.clear()
            os.environ.update(before)
