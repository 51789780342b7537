"""A token in the store, found and replaced, beside the least that a file of its length costs, among one and ten thousand."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from artefacts import HERE, Artefacts
from machine import Samples, bare_environment, collect
from report import Relation, Row

TITLE = "A token in the store"
# Ten thousand credentials take a while to make; each figure is a median of turns.
REPEATED = False
FEW, MANY = 1, 10_000
MEMORY = Path("/dev/shm")

ONE, ALL = f"lookup, {FEW} stored", f"lookup, {MANY} stored"
REWRITE, REWRITE_ALL = f"rewrite, {FEW} stored", f"rewrite, {MANY} stored"
DISK = "on disk"
READ, WRITE = "open + read + close + AEAD", "write + sync + rename + sync"

ROWS = [
    Row(READ, ONE),
    Row("tokcore", ONE, Relation.TIMES_AT_MOST, 2.0, (READ, ONE)),
    Row("tokcore", ALL, Relation.TIMES_AT_MOST, 2.0, (READ, ALL)),
    Row("tokcore", ALL, Relation.TIMES_AT_MOST, 1.2, ("tokcore", ONE)),
    Row("msal", ONE),
    Row("tokcore", ONE, Relation.FASTER, 12.0, ("msal", ONE)),
    Row("msal", ALL),
    Row("tokcore", ALL, Relation.FASTER, 13_500.0, ("msal", ALL)),
    Row(WRITE, REWRITE),
    Row("tokcore", REWRITE, Relation.TIMES_AT_MOST, 1.2, (WRITE, REWRITE)),
    Row("tokcore", REWRITE_ALL, Relation.TIMES_AT_MOST, 1.2, (WRITE, REWRITE_ALL)),
    Row(WRITE, f"{REWRITE} {DISK}"),
    Row("tokcore", f"{REWRITE} {DISK}", Relation.TIMES_AT_MOST, 1.15, (WRITE, f"{REWRITE} {DISK}")),
]


def measure(built: Artefacts, samples: Samples) -> None:
    memory = MEMORY if MEMORY.is_dir() else None
    if memory is None:
        samples.note("no /dev/shm: every rewrite waits for the disk")
    for parent, count, place in ((memory, FEW, ""), (memory, MANY, ""), (None, FEW, DISK)):
        with tempfile.TemporaryDirectory(dir=parent) as folder:
            words = [built.programs / "store", folder, str(count), *([place] if place else [])]
            collect(samples, words, bare_environment() | {"HOME": folder})
    for count in (FEW, MANY):
        with tempfile.TemporaryDirectory(dir=memory) as folder:
            collect(samples, [sys.executable, HERE / "contestants/store_msal.py", folder, str(count)], bare_environment())
