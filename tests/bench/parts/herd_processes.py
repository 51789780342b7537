"""Threads and processes that find one expired token at the same moment, and one that is killed at the server's door."""

from __future__ import annotations

import sys

from artefacts import HERE, Artefacts
from machine import Samples, bare_environment, collect
from parts.call import with_r
from report import Relation, Row

TITLE = "One expired token in the store, found by all at once (the server takes 50 ms)"
REPEATED = True

THREADS, PROCESSES, MIX = "32 threads", "16 processes", "Python, R and shell"
ALONE = ("one bare request", "wall")

ROWS = [
    Row(*ALONE),
    Row(THREADS, "requests", Relation.AT_MOST, 1),
    Row(THREADS, "wall", Relation.TIMES_AT_MOST, 1.1, ALONE),
    Row(PROCESSES, "requests", Relation.AT_MOST, 1),
    Row(PROCESSES, "wall", Relation.TIMES_AT_MOST, 1.1, ALONE),
    Row(MIX, "requests", Relation.AT_MOST, 1),
    Row(MIX, "wall"),
    Row(PROCESSES, "failures", Relation.AT_MOST, 0),
    Row(MIX, "failures", Relation.AT_MOST, 0),
    Row("killed holder", "next request after", Relation.AT_MOST, 10),
]


def measure(built: Artefacts, samples: Samples) -> None:
    env = bare_environment() | {"PYTHONPATH": str(built.python_path)}
    if built.r_library:
        env = with_r(built, env) | {"PYTHONPATH": str(built.python_path)}
    has_r = ["r"] if built.r_library else []
    collect(samples, [sys.executable, HERE / "contestants/herd_processes.py", built.tokcore, *has_r], env)
