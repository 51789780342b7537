"""The same call again within the reuse window, beside the least that a call can cost in each language."""

from __future__ import annotations

import sys

from artefacts import HERE, Artefacts
from machine import Samples, collect, serving, session
from parts.call import with_r
from report import Relation, Row

TITLE = "The same call again, within the reuse window"
REPEATED = True
EMPTY_R = ("empty .Call in a closure", "reuse")
BY_NAME, BY_POSITION = "reuse, by name", "reuse, by position"

ROWS = [
    Row("tokcore Rust", "is_current"),
    Row("tokcore Rust", "reuse"),
    Row("tokcore C", "is_current"),
    Row("tokcore C", "reuse"),
    *(Row("empty C function", how) for how in (BY_NAME, BY_POSITION)),
    *(
        Row("tokcore Python", how, Relation.TIMES_AT_MOST, 1.25, ("empty C function", how))
        for how in (BY_NAME, BY_POSITION)
    ),
    Row("tokcore Python Client", BY_NAME),
    Row("empty .Call", "reuse"),
    Row(*EMPTY_R),
    Row("tokcore R", "reuse", Relation.TIMES_AT_MOST, 1.5, EMPTY_R),
]


def measure(built: Artefacts, samples: Samples) -> None:
    """The figures of Rust and C come along with those of `parts.call`."""
    contestants = HERE / "contestants"
    with serving([built.programs / "static-server"]) as (_, address):
        env = session(address)
        python = env | {"PYTHONPATH": str(built.python_path)}
        collect(samples, [sys.executable, contestants / "reuse.py", built.empty_python], python)
        if built.empty_r:
            collect(samples, ["Rscript", contestants / "reuse.R", built.empty_r], with_r(built, env))
