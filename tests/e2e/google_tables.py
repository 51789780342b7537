"""The tables of Google's credentials, each case as a row that every language can be asked, but for those that only Rust
runs."""

from __future__ import annotations

import json
from typing import Any

from google_checks import Case, Row
from google_table_clients import ClientRow, LaterRow
from google_table_keys import KeyRow
from google_table_machines import MachineRow
from google_table_pools import PoolRow
from google_table_users import PageRow
from processes import ROOT

VECTORS = ROOT / "tests" / "vectors" / "google"
TABLES = ("service_account", "external_account", "metadata", "user")

PAGES = ("sign_in", "request", "page")
LATER = ("refresh", "userinfo", "tokeninfo", "email")

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
    "a clock that moves, or a second sign-in": ["U36-consent", "U36-consent-not", "U40-stored", "U40-young"],
    "a listener to which nobody comes back": ["U17", "U17-bad"],
    "whether a browser can be opened here is a matter of the machine that runs this": [
        "U18-asked", "U18-option", "U18-web-forwarded", "U18-web-local", "U18-web-port", "U28-none",
    ],
    "a person has to be at the program's terminal; test_shell_google.py has one": [
        "W13-interactive-asks", "W13-interactive-hangs", "W13-interactive-nothing",
    ],
    "its token was over in 2021; W30-later is the same with a token that lives": ["W30"],
}  # fmt: skip
"""Why a case is not asked from other languages, and which."""

PATIENT = {
    "W13-5000", "M05-cluster", "M05-runtime-absent", "M06-silence", "M11", "M11-404", "M11-given-up", "M11-token", "U41",
}  # fmt: skip
"""Cases in which something is waited for, or tried again."""


def table(name: str) -> dict[str, Any]:
    return json.loads((VECTORS / f"{name}.json").read_text())


def cases() -> dict[str, tuple[str, Case]]:
    """Every case by its id, with its table."""
    every = ((name, case) for name in TABLES for case in table(name)["cases"])
    # The others are shown by tables of the generic engine.
    return {case["id"]: (name, case) for name, case in every if name != "user" or "call" in case}


def row(name: str, case: Case, pem: str) -> Row:
    """The case as it is asked. ``pem`` is a certificate and key that the network takes from clients."""
    if name == "external_account":
        return PoolRow(case, table(name)["base"], pem)
    if name == "user":
        return (PageRow if case["call"] in PAGES else LaterRow if case["call"] in LATER else ClientRow)(case)
    return {"service_account": KeyRow, "metadata": MachineRow}[name](case)
