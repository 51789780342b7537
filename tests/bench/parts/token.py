"""A valid token in this process, beside the least that it can cost in each language and beside libraries of the same trade."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from artefacts import HERE, OUT, Artefacts
from machine import Samples, collect
from parts.call import with_r
from report import Relation, Row

TITLE = "A valid token in this process"
REPEATED = True
VALID = "valid token"
LIMIT_C = ("checked read in C", VALID)
LIMIT_PYTHON = ("empty method in C", VALID)
LIMIT_R = ("empty .Call in a closure", VALID)

ROWS = [
    Row("tokcore Rust", VALID),
    Row("tokcore Rust", "is_current"),
    Row("gcp_auth", VALID),
    Row(*LIMIT_C),
    Row("tokcore C", VALID, Relation.TIMES_AT_MOST, 2.0, LIMIT_C),
    Row("tokcore C", VALID, Relation.FASTER, 8.0, ("gcp_auth", VALID)),
    Row(*LIMIT_PYTHON),
    Row("tokcore Python", VALID, Relation.TIMES_AT_MOST, 1.25, LIMIT_PYTHON),
    Row("authlib", VALID),
    Row("tokcore Python", VALID, Relation.FASTER, 6.0, ("authlib", VALID)),
    Row("msal", VALID),
    Row("tokcore Python", VALID, Relation.FASTER, 250.0, ("msal", VALID)),
    Row(*LIMIT_R),
    Row("tokcore R", VALID, Relation.TIMES_AT_MOST, 1.5, LIMIT_R),
    Row("httr2", VALID),
    Row("tokcore R", VALID, Relation.FASTER, 40.0, ("httr2", VALID)),
]


def measure(built: Artefacts, samples: Samples) -> None:
    contestants = HERE / "contestants"
    environment = dict(os.environ)
    collect(samples, [built.programs / "token"], environment)
    collect(samples, [peers(), key()], environment)
    if (program := OUT / "c-token").exists():
        collect(samples, [program], environment)
    if (script := contestants / "valid_token.py").exists():
        collect(samples, [sys.executable, script, built.empty_python], environment | {"PYTHONPATH": str(built.python_path)})
    if built.empty_r and (script := contestants / "token.R").exists():
        collect(samples, ["Rscript", script, built.empty_r], with_r(built, environment))


def peers() -> str:
    """The Rust peers, built on first use: they are no part of the workspace."""
    manifest, target = HERE / "peers/Cargo.toml", OUT / "peers-target"
    step = ["cargo", "build", "--release", "--quiet", "--manifest-path", manifest, "--target-dir", target]
    if subprocess.run(step, check=False).returncode:
        raise RuntimeError("the Rust peers could not be built")
    return str(target / "release/tokcore-bench-peers")


def key() -> str:
    """An RSA key for peers that sign."""
    path = OUT / "bench-key.pem"
    if not path.exists():
        if not shutil.which("openssl"):
            raise RuntimeError("openssl is needed to make a key")
        step = ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(path)]
        subprocess.run(step, check=True, capture_output=True)
    return str(path)
