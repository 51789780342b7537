"""What a repeated `get_credentials` costs, beside an empty function in C with the same signature.

Usage: python hot_path.py, in the environment of any session with a tokcore wheel installed (a release build), and with
a C compiler and Python's headers. Prints one JSON line for each figure and one with the ratio.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import tokcore

BATCHES, CALLS = 31, 100_000


def empty_module(folder: str) -> ModuleType:
    """empty.c, compiled."""
    target = Path(folder) / f"empty{sysconfig.get_config_var('EXT_SUFFIX')}"
    source = Path(__file__).with_name("empty.c")
    include = sysconfig.get_paths()["include"]
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", f"-I{include}", source, "-o", target], check=True)
    spec = importlib.util.spec_from_file_location("empty", target)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def batch_ns(function: Callable[..., Any], audience: str) -> float:
    calls = range(CALLS)
    begun = time.perf_counter_ns()
    for _ in calls:
        function(audience=audience)
    return (time.perf_counter_ns() - begun) / CALLS


def main() -> None:
    audience = os.environ.get("TOKCORE_DEMO_GUID", "4c1cfecb-1927-4f19-bc2f-d8ac261364e0")
    client = tokcore.Client()
    with tempfile.TemporaryDirectory() as folder:
        empty = empty_module(folder)
        contestants: dict[str, Callable[..., Any]] = {
            "empty C function": empty.fast,
            "empty C function, arguments parsed": empty.parsed,
            "tokcore.get_credentials": tokcore.get_credentials,
            "tokcore.Client.get_credentials": client.get_credentials,
        }
        figures: dict[str, list[float]] = {name: [] for name in contestants}
        # Interleaved, so that a disturbance of the machine hits all of them.
        for _ in range(BATCHES):
            for name, function in contestants.items():
                function(audience=audience)
                figures[name].append(batch_ns(function, audience))
    medians = {name: statistics.median(values) for name, values in figures.items()}
    for name, values in figures.items():
        row = {"contestant": name, "metric": "reuse", "unit": "ns", "median": round(medians[name], 1), "n": len(values)}
        print(json.dumps(row))
    ratio = medians["tokcore.get_credentials"] / medians["empty C function"]
    print(json.dumps({"contestant": "tokcore.get_credentials", "metric": "x empty C function", "median": round(ratio, 2)}))


if __name__ == "__main__":
    main()
