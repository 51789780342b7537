"""A process that starts, gets a service account's token from Google and ends: what that adds to one that does nothing."""

from __future__ import annotations

import sys

from artefacts import HERE, Artefacts
from machine import Samples, bare_environment, collect
from parts.call import with_r
from report import Relation, Row

TITLE = "From the start of a process to a service account's token (the fake of Google, TLS)"
REPEATED = True
RUNS = 11

ADDED = "added wall"
GOOGLE_AUTH, GARGLE = ("google-auth", ADDED), ("gargle", ADDED)

ROWS = [
    Row("true", "wall"),
    Row("tokcore token", ADDED, Relation.FASTER, 10.0, GOOGLE_AUTH),
    Row("bare Python", "wall"),
    Row(*GOOGLE_AUTH),
    Row("tokcore Python", ADDED, Relation.FASTER, 10.0, GOOGLE_AUTH),
    Row("bare R", "wall"),
    Row(*GARGLE),
    Row("tokcore R", ADDED, Relation.FASTER, 10.0, GARGLE),
]


def measure(built: Artefacts, samples: Samples) -> None:
    env = bare_environment() | {"PYTHONPATH": str(built.python_path)}
    if built.r_library:
        env = with_r(built, env)
    has_r = ["r"] if built.r_library else []
    script = HERE / "contestants/first_token.py"
    collect(samples, [sys.executable, script, built.programs, str(RUNS), *has_r], env)
