"""A service account's new token over a kept connection: one signature and one round trip, in each language.

A program that asks the chain before each of its calls has its token from memory; what that costs stands beside the
reading of the key file.

The server is a plain one that answers at once, on the contestant's core, so that only the client's work differs. A source
that was forgotten asks again, with the statement that it signed last while half of its life is left: google-auth and
gargle sign each time, and gargle reads the key each time. Rust has a clock to set, and signs anew; in Python and R that
takes another source, which reads the key.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from artefacts import HERE, Artefacts
from machine import Samples, bare_environment, collect, serving
from parts.call import with_r
from parts.token import key, peers
from report import Relation, Row

TITLE = "A service account's new token (same core, plain HTTP)"
REPEATED = True
TOKEN, KEPT, READ = "token", "token, statement kept", "token, key read again"
AGAIN = "chain asked, token there"
POST, LIMIT = ("bare POST", TOKEN), ("RSA-2048 signature + bare POST", TOKEN)
GCP_AUTH, GOOGLE_AUTH, GARGLE = ("gcp_auth", TOKEN), ("google-auth", TOKEN), ("gargle", TOKEN)

ROWS = [
    Row(*POST),
    Row("tokcore Rust", KEPT, Relation.TIMES_AT_MOST, 1.3, POST),
    Row(*LIMIT),
    Row("tokcore Rust", TOKEN, Relation.TIMES_AT_MOST, 1.15, LIMIT),
    Row("open + read + close", AGAIN),
    Row("tokcore Rust", AGAIN),
    Row(*GCP_AUTH),
    Row("tokcore Rust", TOKEN, Relation.FASTER, 2.0, GCP_AUTH),
    Row(*GOOGLE_AUTH),
    Row("tokcore Rust", TOKEN, Relation.FASTER, 3.0, GOOGLE_AUTH),
    Row("tokcore Python", KEPT, Relation.FASTER, 3.0, GOOGLE_AUTH),
    Row("google-auth", READ),
    Row("tokcore Python", READ, Relation.FASTER, 3.0, ("google-auth", READ)),
    Row(*GARGLE),
    Row("tokcore Rust", TOKEN, Relation.FASTER, 40.0, GARGLE),
    Row("tokcore R", KEPT, Relation.FASTER, 40.0, GARGLE),
    Row("tokcore R", READ),
]


def measure(built: Artefacts, samples: Samples) -> None:
    contestants = HERE / "contestants"
    with serving([built.programs / "static-server"]) as (_, address), tempfile.TemporaryDirectory() as folder:
        env = bare_environment() | {"HOME": folder}
        account = key_file(Path(folder), f"{address}/token")
        collect(samples, [built.programs / "service-account", account, "500"], env)
        collect(samples, [peers(), key(), f"{address}/token"], env)
        script = contestants / "service_account.py"
        collect(samples, [sys.executable, script, "tokcore", account, "500"], env | {"PYTHONPATH": str(built.python_path)})
        collect(samples, [sys.executable, script, "google-auth", account, "300"], env)
        if built.r_library:
            script = contestants / "service_account.R"
            collect(samples, ["Rscript", script, "tokcore", account, "300"], with_r(built, env))
            collect(samples, ["Rscript", script, "gargle", account, "60"], env)


def key_file(folder: Path, token_uri: str) -> Path:
    path = folder / "service-account.json"
    account = {
        "type": "service_account",
        "project_id": "bench",
        "private_key_id": "bench",
        "private_key": Path(key()).read_text(),
        "client_email": "robot@bench.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": token_uri,
    }
    path.write_text(json.dumps(account))
    return path
