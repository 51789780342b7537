"""The tables of Google's credentials, each case as a row that every language can be asked, and those that only Rust can run."""

from __future__ import annotations

import json
from typing import Any

from google_checks import Case, Row
from google_table_keys import KeyRow
from google_table_machines import MachineRow
from google_table_pools import PoolRow
from processes import ROOT

VECTORS = ROOT / "tests" / "vectors" / "google"
TABLES = ("service_account", "external_account", "metadata")

RUST_ONLY: dict[str, list[str]] = {
    "a signature to AWS at an instant of the table's: languages see it in W25, signed at theirs": [
        "W22", "W22-fips", "W22-order", "W23", "W24", "W25",
    ],
    "whether a pool is of people decides about what is asked; nobody is told it": [
        "W09", "W09-impersonating", "W09-workload", "W09-lookalike",
    ],
    "it would be waited for half a minute and more": ["W13", "W13-120000"],
    "how long it is waited for: that would take so long": ["M07", "M07-start", "M07-variable", "M08", "M08-then"],
    "the program would have to be older than half a minute": ["M11-late", "M12-universe-old"],
    "what a machine says of itself is not for every language yet": [
        "M12-project", "M12-project-odd", "M12-universe",
    ],
    "its token was over in 2021; W30-later is the same with a token that lives": ["W30"],
}  # fmt: skip
"""Why a case is not asked from other languages, and which."""


def table(name: str) -> dict[str, Any]:
    return json.loads((VECTORS / f"{name}.json").read_text())


def cases() -> dict[str, tuple[str, Case]]:
    """Every case by its id, with its table."""
    return {case["id"]: (name, case) for name in TABLES for case in table(name)["cases"]}


def row(name: str, case: Case, pem: str) -> Row:
    """The case as it is asked. ``pem`` is a certificate and key that the network takes from clients."""
    if name == "external_account":
        return PoolRow(case, table(name)["base"], pem)
    return {"service_account": KeyRow, "metadata": MachineRow}[name](case)
