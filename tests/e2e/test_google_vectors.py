"""Every row of the specification of Google's credentials (section 9) is somewhere: a vector of its id, or a row of
`tests/vectors/google/elsewhere.json` that says where else it is shown, or why it is no more."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from processes import ROOT

VECTORS = ROOT / "tests" / "vectors"
LAST = {
    "C": 27,
    "S": 11,
    "D": 22,
    "K": 15,
    "W": 30,
    "M": 12,
    "U": 41,
    "X": 8,
    "E": 19,
    "H": 26,
    "Z": 12,
    "A": 11,
    "R": 7,
}
IDS = [f"{letter}{number:02}" for letter, last in LAST.items() for number in range(1, last + 1)]
ELSEWHERE = VECTORS / "google" / "elsewhere.json"


def table(name: str) -> list[dict[str, Any]]:
    return json.loads((VECTORS / name).read_text())["cases"]


@pytest.fixture(scope="module")
def vectors() -> dict[str, set[str]]:
    """The ids of all vectors, by folder."""
    found: dict[str, set[str]] = {}
    for file in VECTORS.glob("*/*.json"):
        if file != ELSEWHERE:
            cases = json.loads(file.read_text()).get("cases", [])
            found.setdefault(file.parent.name, set()).update(case["id"] for case in cases)
    return found


def stems(ids: set[str]) -> set[str]:
    """`K05-bom` is a variant of `K05`."""
    return {each.partition("-")[0] for each in ids}


def shows(name: str, vectors: dict[str, set[str]]) -> bool:
    """Whether there is such a vector (`oauth/P-U07`), or a test of that name in a file."""
    path, separator, test = name.partition("::")
    if separator:
        file = ROOT / path
        return file.is_file() and re.search(rf"\b{re.escape(test)}\b", file.read_text()) is not None
    folder, _, id_ = name.partition("/")
    return id_ in vectors.get(folder, ())


def test_there_are_as_many_as_in_the_specification() -> None:
    assert len(IDS) == 241


def test_every_row_is_somewhere(vectors: dict[str, set[str]]) -> None:
    elsewhere = {row["id"] for row in table("google/elsewhere.json")}
    assert [each for each in IDS if each not in stems(vectors["google"]) | stems(vectors["store"]) | elsewhere] == []


@pytest.mark.parametrize("row", table("google/elsewhere.json"), ids=lambda row: row["id"])
def test_what_is_elsewhere_is_there(row: dict[str, Any], vectors: dict[str, set[str]]) -> None:
    assert row["id"] in IDS and row["id"] not in stems(vectors["google"]), "it has a vector of its own"
    assert row["why"] and (row.get("superseded") or row["shown_by"])
    assert [name for name in row.get("shown_by", []) if not shows(name, vectors)] == []
