"""Sizes of what is shipped."""

from __future__ import annotations

from artefacts import Artefacts
from machine import Samples
from report import Relation, Row

TITLE = "Sizes, release and stripped"
REPEATED = False
METRIC = "size"

ROWS = [
    Row("libtokcore.so", METRIC, Relation.AT_MOST, 5),
    Row("wheel", METRIC),
    Row("R package's tokcore.so", METRIC),
    Row("tokcore (shell and broker)", METRIC),
]


def measure(built: Artefacts, samples: Samples) -> None:
    files = {
        "libtokcore.so": built.library,
        "wheel": built.wheel,
        "R package's tokcore.so": built.r_object,
        "tokcore (shell and broker)": built.tokcore,
    }
    for name, path in files.items():
        if path:
            samples.put(name, METRIC, "MB", path.stat().st_size / 1e6)
