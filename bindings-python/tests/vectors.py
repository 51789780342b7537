"""The conformance vectors of tests/vectors/client as cases; the format is described in tests/vectors/README.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parents[2] / "tests" / "vectors"

Case = dict[str, Any]


def unset_variables() -> list[str]:
    """Names of the variables that no case inherits from whoever runs the tests."""
    names: list[str] = json.loads((VECTORS / "client-environment.json").read_text())["unset"]
    return names


def load() -> list[Case]:
    """Every case, with the defaults and names of its file filled in, and `file` and `secrets` added."""
    cases = []
    for path in sorted((VECTORS / "client").glob("*.json")):
        table = json.loads(path.read_text())
        for case in table["cases"]:
            filled = {**table.get("defaults", {}), **case}
            for name in ("env", "files"):
                merged = {**table.get("defaults", {}).get(name, {}), **case.get(name, {})}
                filled[name] = {key: value for key, value in merged.items() if value is not None}
            filled["file"] = path.stem
            filled["secrets"] = table.get("secrets", [])
            cases.append(replace(filled, table.get("let", {})))
    return cases


def replace(value: Any, names: dict[str, str]) -> Any:
    """`value` with ``${name}`` replaced in every text, to any depth. Unknown names stay."""
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace("${" + name + "}", text)
        return value
    if isinstance(value, list):
        return [replace(item, names) for item in value]
    if isinstance(value, dict):
        return {key: replace(item, names) for key, item in value.items()}
    return value
