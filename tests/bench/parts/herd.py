"""32 threads that find one expired token at the same time."""

from __future__ import annotations

import os
import sys

from artefacts import HERE, Artefacts
from machine import Samples, collect
from report import Relation, Row

TITLE = "32 threads on one expired token: requests to the server"
REPEATED = False

ROWS = [
    Row("tokcore Python", "requests", Relation.AT_MOST, 1),
    Row("authlib", "requests"),
    Row("msal", "requests"),
]


def measure(built: Artefacts, samples: Samples) -> None:
    environment = os.environ | {"PYTHONPATH": str(built.python_path)}
    collect(samples, [sys.executable, HERE / "contestants/herd.py"], environment)
