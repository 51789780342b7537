"""The pages that list things list what exists: features with their tests, and provider profiles."""

from __future__ import annotations

import json
import re

import pytest

from processes import ROOT

ROW = re.compile(r"^\| (F\d\d) \| (.+?) \| (\w+) \| (.*?) ?\|$")
STATES = {"Y", "later"}
ROWS = [match.groups() for line in (ROOT / "docs" / "features.md").read_text().splitlines() if (match := ROW.match(line))]


@pytest.fixture(scope="module")
def vectors() -> set[str]:
    """The ids of all vectors."""
    files = (file for area in ("oauth", "store") for file in (ROOT / "tests" / "vectors" / area).glob("*.json"))
    tables = (json.loads(file.read_text()) for file in files)
    return {case["id"] for table in tables for case in table["cases"]}


def exists(name: str, vectors: set[str]) -> bool:
    """Whether there is a vector, or a test in a file, of this name."""
    path, separator, test = name.partition("::")
    if not separator:
        return name in vectors
    file = ROOT / path
    return file.is_file() and re.search(rf"\b(fn|def|int) {test}\(", file.read_text()) is not None


def test_every_profile_is_listed() -> None:
    built_in = re.findall(r"^\[([\w-]+)\]$", (ROOT / "core" / "src" / "profile" / "profiles.toml").read_text(), re.MULTILINE)
    page = (ROOT / "docs" / "profiles.md").read_text()
    listed = re.findall(r"`([\w-]+)`", page.partition("Built in:\n")[2].partition("\n## ")[0])
    assert built_in and listed == built_in


def test_every_feature_has_one_row() -> None:
    assert [row[0] for row in ROWS] == [f"F{number:02}" for number in range(1, 99)]
    assert {row[2] for row in ROWS} <= STATES


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_is_claimed_is_tested(row: tuple[str, ...], vectors: set[str]) -> None:
    _, _, state, shown_by = row
    names = [name for name in re.findall(r"`([^`]+)`", shown_by) if "::" in name or re.fullmatch(r"[A-Z]+\d*-[\w-]+|Q\d\d", name)]
    assert names or state != "Y"
    assert [name for name in names if not exists(name, vectors)] == []
