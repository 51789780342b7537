"""One `get_credentials` that goes to the server.

Server and client share a core: waking another one costs more than the whole call and differs from call to call.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

from artefacts import HERE, Artefacts
from machine import Samples, collect, serving, session
from report import Relation, Row

TITLE = "One get_credentials that asks the server (same core)"
REPEATED = True
BARE = ("bare socket", "call")
LIMIT = 2.5

ROWS = [
    Row(*BARE),
    Row("tokcore Rust", "call without HTTP"),
    *(Row(f"tokcore {skin}", "call", Relation.TIMES_AT_MOST, LIMIT, BARE) for skin in ("Rust", "C", "Python", "R")),
    Row("posit-sdk", "call"),
    Row("tokcore Python", "call", Relation.FASTER, 10, ("posit-sdk", "call")),
    Row("rstudioapi", "call"),
    Row("tokcore R", "call", Relation.FASTER, 20, ("rstudioapi", "call")),
]


def measure(built: Artefacts, samples: Samples) -> None:
    contestants = HERE / "contestants"
    with serving([built.programs / "static-server"]) as (_, address):
        env = session(address)
        collect(samples, [built.programs / "client", "2000"], env)
        collect(samples, [built.c_contestant, "2000"], env)
        python = env | {"PYTHONPATH": str(built.python_path)}
        collect(samples, [sys.executable, contestants / "call.py", "tokcore", "2000"], python)
        collect(samples, [sys.executable, contestants / "call.py", "posit-sdk", "300"], env)
        if built.r_library is None:
            samples.note("R is not installed: its figures are left out")
            return
        collect(samples, ["Rscript", contestants / "call.R", "tokcore", "2000"], with_r(built, env))
        if has_rstudioapi():
            collect(samples, ["Rscript", contestants / "call.R", "rstudioapi", "200"], env)
        else:
            samples.note("no rstudioapi with getOAuthCredentials() in R_LIBS: it is left out")


def with_r(built: Artefacts, env: dict[str, str]) -> dict[str, str]:
    """With the release build of the R package before everything else."""
    return env | {"R_LIBS": ":".join(filter(None, [str(built.r_library), env.get("R_LIBS")]))}


def has_rstudioapi() -> bool:
    if shutil.which("Rscript") is None:
        return False
    test = 'quit(status = !("getOAuthCredentials" %in% getNamespaceExports("rstudioapi")))'
    return subprocess.run(["Rscript", "-e", test], capture_output=True).returncode == 0
