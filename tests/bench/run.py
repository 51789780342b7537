"""`make bench`: tokcore beside its peers and its limits, measured in one run.

Usage: run.py [--part NAME …] [--rounds N] [--json FILE]

Figures are not tests: a missed goal is shown as MISS and does not fail. Contestants take turns, round by round, and a
figure is the median of its rounds; compare figures of one run only. An rstudioapi that knows getOAuthCredentials() takes
part when it is in R_LIBS.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path

import artefacts
from machine import Samples
from parts import (
    call,
    cold_start,
    elsewhere,
    first_token,
    handout,
    herd,
    herd_processes,
    idle,
    reuse,
    service_account,
    sign,
    size,
    start,
    store,
    token,
)
from report import table

PARTS = {
    "call": call, "reuse": reuse, "start": start, "size": size, "handout": handout, "idle": idle, "sign": sign,
    "token": token, "herd": herd, "store": store, "cold_start": cold_start, "herd_processes": herd_processes,
    "service_account": service_account, "first_token": first_token, "elsewhere": elsewhere,
}  # fmt: skip


def main() -> None:
    options = read_options()
    parts = {name: PARTS[name] for name in options.part or PARTS}
    say("building release artefacts (some minutes the first time)")
    built = artefacts.build()
    samples = Samples()
    if os.cpu_count() == 1:
        samples.note("one core only: the load on the broker shares it with the broker")
    for round_number in range(1, options.rounds + 1):
        for name, part in parts.items():
            if round_number == 1 or part.REPEATED:
                say(f"round {round_number}: {name}")
                attempt(part, built, samples)

    sections = [(part.TITLE, [row for row in (r.judge(samples) for r in part.ROWS) if row]) for part in parts.values()]
    print(f"\n{machine()}; medians of {options.rounds} rounds\n")
    print(table(sections))
    judged = [row for _, rows in sections for row in rows if "met" in row]
    missed = sum(not row["met"] for row in judged)
    print(f"\n{len(judged) - missed} goals met, {missed} missed")
    for note in samples.notes:
        print(f"note: {note}")
    if options.json:
        figures = [{"part": title, **row} for title, rows in sections for row in rows]
        document = {"machine": machine(), "notes": samples.notes, "figures": figures, "samples": samples.lines}
        options.json.write_text(json.dumps(document, indent=1) + "\n")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part; may be given again")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures there")
    return parser.parse_args()


def attempt(part: object, built: artefacts.Artefacts, samples: Samples) -> None:
    """One round of one part. A part that cannot run is told of and does not take the others with it."""
    try:
        part.measure(built, samples)  # type: ignore[attr-defined]
    except (OSError, RuntimeError) as trouble:
        samples.note(f"{part.TITLE}: {trouble}")  # type: ignore[attr-defined]


def machine() -> str:
    return f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
