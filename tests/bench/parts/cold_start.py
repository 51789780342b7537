"""A process that starts, takes a stored token and ends, beside one of its language that does nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from artefacts import HERE, Artefacts
from machine import Samples, bare_environment, collect
from parts.call import with_r
from report import Relation, Row

TITLE = "A process that starts, takes a stored token and ends"
REPEATED = True
RUNS = 15

TRUE, PYTHON, R = "true", "bare Python", "bare R"
SHELL, IN_PYTHON, IN_R = "tokcore token", "Python + stored token", "R + stored token"
MSAL = "msal, one account in a file"

ROWS = [
    Row(TRUE, "wall"),
    Row(SHELL, "wall", Relation.TIMES_AT_MOST, 1.6, (TRUE, "wall")),
    Row(SHELL, "peak RSS"),
    Row(PYTHON, "wall"),
    Row(IN_PYTHON, "wall", Relation.TIMES_AT_MOST, 1.1, (PYTHON, "wall")),
    Row(IN_PYTHON, "peak RSS", Relation.EXTRA_AT_MOST, 1.5, (PYTHON, "peak RSS")),
    Row(MSAL, "wall", Relation.INFO),
    Row(R, "wall"),
    Row(IN_R, "wall", Relation.TIMES_AT_MOST, 1.05, (R, "wall")),
    Row(IN_R, "peak RSS", Relation.EXTRA_AT_MOST, 3, (R, "peak RSS")),
]

CLIENT = 'client_id = "bench0"\ntoken_endpoint = "https://as.example/token"\nscopes = "read"\n'


def measure(built: Artefacts, samples: Samples) -> None:
    with tempfile.TemporaryDirectory() as folder:
        env = bare_environment() | {"HOME": folder, "TOKCORE_STORE": f"{folder}/store"}
        client = Path(folder, "client.toml")
        client.write_text(CLIENT)
        filled(built, folder, env)
        if built.r_library:
            env = with_r(built, env)
        env["PYTHONPATH"] = str(built.python_path)
        words = json.dumps([{"contestant": name, "argv": argv} for name, argv in contestants(built, client).items()])
        collect(samples, [built.programs / "spawn", str(RUNS)], env, stdin=words)


def filled(built: Artefacts, folder: str, env: dict[str, str]) -> None:
    """A store with one account, by the contestant that looks into it, and msal's file."""
    msal = [sys.executable, str(HERE / "contestants/store_msal.py"), folder, "1"]
    for step in ([str(built.programs / "store"), folder, "1"], msal):
        done = subprocess.run(step, env=env, capture_output=True, text=True, check=False)
        if done.returncode and step is not msal:
            raise RuntimeError(done.stderr.strip())


def contestants(built: Artefacts, client: Path) -> dict[str, list[str]]:
    found = {
        TRUE: ["true"],
        SHELL: [str(built.tokcore), "token", "--client", str(client)],
        PYTHON: [sys.executable, "-c", "pass"],
        IN_PYTHON: [sys.executable, "-c", f"import tokcore; tokcore.OAuthClient.from_file('{client}').token()"],
    }
    if (client.parent / "msal.json").exists():
        found[MSAL] = [sys.executable, str(HERE / "contestants/store_msal.py"), str(client.parent), "1", "cold"]
    if built.r_library:
        code = f"library(tokcore); x <- tok_token(tok_source(tok_oauth_client('{client}')))"
        found |= {R: ["Rscript", "-e", "1"], IN_R: ["Rscript", "-e", code]}
    return found
