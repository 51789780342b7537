"""What a short program pays: import, one call that asks the server, the end of the process.

Memory is in MiB, as the peers were measured when the goals were set.
"""

from __future__ import annotations

import json
import sys

from artefacts import Artefacts
from machine import GUID, Samples, collect, serving, session
from parts.call import has_rstudioapi, with_r
from report import Relation, Row

TITLE = "A process that starts, makes one call and ends"
REPEATED = True
RUNS = 7

PYTHON, R = "python -c pass", "Rscript -e 1"
TOKCORE, LIBRARY, TOKCORE_R = "import tokcore + call", "library(tokcore)", "library(tokcore) + call"

ROWS = [
    Row(PYTHON, "wall"),
    Row(TOKCORE, "wall", Relation.EXTRA_AT_MOST, 2, (PYTHON, "wall")),
    Row("posit-sdk import + call", "wall"),
    Row(PYTHON, "peak RSS"),
    Row(TOKCORE, "peak RSS", Relation.EXTRA_AT_MOST, 3, (PYTHON, "peak RSS")),
    Row("posit-sdk import + call", "peak RSS"),
    Row(R, "wall"),
    Row(LIBRARY, "wall", Relation.EXTRA_AT_MOST, 15, (R, "wall")),
    Row(TOKCORE_R, "wall"),
    Row("rstudioapi + call", "wall"),
    Row(R, "peak RSS"),
    Row(LIBRARY, "peak RSS"),
    Row("rstudioapi + call", "peak RSS"),
]


def measure(built: Artefacts, samples: Samples) -> None:
    with serving([built.programs / "static-server"]) as (_, address):
        env = session(address)
        if built.r_library:
            env = with_r(built, env)
        env["PYTHONPATH"] = str(built.python_path)
        commands = json.dumps([{"contestant": name, "argv": argv} for name, argv in contestants(built).items()])
        collect(samples, [built.programs / "spawn", str(RUNS)], env, stdin=commands)


def contestants(built: Artefacts) -> dict[str, list[str]]:
    sdk = f"from posit.workbench import Client\nclient = Client()\nclient.oauth.get_credentials(audience='{GUID}')"
    found = {
        PYTHON: [sys.executable, "-c", "pass"],
        TOKCORE: [sys.executable, "-c", f"import tokcore; tokcore.get_credentials(audience='{GUID}')"],
        "posit-sdk import + call": [sys.executable, "-c", sdk],
    }
    if built.r_library:
        found |= {
            R: ["Rscript", "-e", "1"],
            LIBRARY: ["Rscript", "-e", "library(tokcore)"],
            TOKCORE_R: ["Rscript", "-e", f"library(tokcore); x <- getOAuthCredentials('{GUID}')"],
        }
        if has_rstudioapi():
            found["rstudioapi + call"] = ["Rscript", "-e", f"x <- rstudioapi::getOAuthCredentials('{GUID}')"]
    return found
