"""What an assertion costs beside the bare signature that it contains, with a key that is parsed once."""

from __future__ import annotations

import os

from artefacts import Artefacts
from machine import Samples, collect
from report import Relation, Row

TITLE = "A JWT bearer assertion, RSA-2048"
REPEATED = True
CALLS = "1000"

BARE = ("bare RSA-2048 signature", "signature")

ROWS = [
    Row(*BARE),
    Row("tokcore assertion", "signature", Relation.TIMES_AT_MOST, 1.1, BARE),
    Row("tokcore key from PEM", "parse"),
]


def measure(built: Artefacts, samples: Samples) -> None:
    collect(samples, [built.programs / "sign", CALLS], dict(os.environ))
