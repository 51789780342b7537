"""Timing, and one JSON line per figure; as the Rust and C contestants do it."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

#: Of the session, for contestants that run in one.
GUID = os.environ.get("TOKCORE_DEMO_GUID", "")


def emit(contestant: str, metric: str, unit: str, figures: list[float]) -> None:
    row = {"contestant": contestant, "metric": metric, "unit": unit, "median": statistics.median(figures), "n": len(figures)}
    print(json.dumps(row), flush=True)


def each_ns(call: Callable[[], Any], calls: int) -> list[float]:
    """Duration of every single call."""
    for _ in range(20):
        call()
    figures = []
    for _ in range(calls):
        begun = time.perf_counter_ns()
        call()
        figures.append(float(time.perf_counter_ns() - begun))
    return figures


def in_turns_ns(calls: Mapping[str, tuple[str, dict[str, Any]]], batches: int = 31, loops: int = 20_000) -> dict[str, list[float]]:
    """Mean duration of a call in each batch, the contestants taking turns batch by batch.

    A contestant is a call as text and the names in it. It is timed in a plain loop, as programs make such calls; what the
    loop itself costs is in the figures of all contestants.
    """
    timed = {}
    for name, (text, names) in calls.items():
        space = {**names, "now": time.perf_counter_ns, "loops": range(loops)}
        # Names as defaults of parameters are local variables, the cheapest there are.
        header = f"def timed({', '.join(f'{known}={known}' for known in space)}):"
        exec(f"{header}\n  begun = now()\n  for _ in loops:\n    {text}\n  return now() - begun", space)
        timed[name] = space["timed"]
    figures: dict[str, list[float]] = {name: [] for name in timed}
    for batch in range(batches + 1):
        for name, function in timed.items():
            elapsed = function() / loops
            # The first batch is a warm-up.
            if batch:
                figures[name].append(elapsed)
    return figures
