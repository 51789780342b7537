"""The vectors say what the unmodified posit-sdk does, wherever they do not say that tokcore differs from it.

Without this, a drop-in replacement would be tested against our memory of what it replaces.
"""

from __future__ import annotations

import builtins
import datetime
import importlib
from pathlib import Path
from typing import Any

import pytest

from vectors import Replay, cases

workbench = pytest.importorskip("posit.workbench")

# The SDK has no time limit of its own: these cases would wait for ever.
ENDLESS = {"W45", "W45-body"}
# The SDK has no such call, or the case is about something that only tokcore has.
FILES = ("responses", "azure")


def told(case: dict[str, Any]) -> bool:
    shim = case.get("python_shim")
    return shim is not None and "differs" not in shim and case["id"] not in ENDLESS


@pytest.mark.parametrize("case", [case for case in cases(*FILES) if told(case)], ids=lambda case: case["id"])
def test_posit_sdk(case: dict[str, Any], replay: Replay, tmp_path: Path) -> None:
    with replay.staged(case, tmp_path) as case:
        shim = case["python_shim"]
        if "raises" not in shim:
            assert call(case["call"]) == expected(shim, case["expect"])
            return
        with pytest.raises(class_named(shim["raises"])) as raised:
            call(case["call"])
        if "sdk_raises" in shim:
            assert isinstance(raised.value, class_named(shim["sdk_raises"]))
        for part in shim.get("message_contains", []):
            assert part.lower() in str(raised.value).lower()


def call(wanted: dict[str, str]) -> Any:
    client = workbench.Client()
    if wanted["method"] == "azure_token":
        return client.oauth.get_delegated_azure_token(wanted["resource"])
    return client.oauth.get_credentials(wanted["audience"])


def expected(shim: dict[str, Any], expect: dict[str, Any]) -> Any:
    if shim["returns"] is None:
        return None
    ok = expect["ok"]
    expiry = datetime.datetime.fromtimestamp(ok["expires_at_unix_s"], datetime.timezone.utc)
    return {"access_token": ok["access_token"], "expiry": expiry, "integration_id": ok["integration_id"]}


def class_named(name: str) -> type[BaseException]:
    module, _, last = name.rpartition(".")
    return getattr(importlib.import_module(module) if module else builtins, last)
