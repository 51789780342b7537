"""What looking for Google's metadata server costs on a machine that is not Google's."""

from __future__ import annotations

from artefacts import Artefacts
from machine import Samples, bare_environment, collect
from report import Relation, Row

TITLE = "The chain finds nothing, not on Google's cloud"
REPEATED = True
NOTHING = "nothing found"
WITHOUT = ("the chain without the machine", NOTHING)
MILLISECOND = 1e6

ROWS = [
    Row(*WITHOUT),
    Row("the chain, NO_GCE_CHECK", NOTHING, Relation.EXTRA_AT_MOST, MILLISECOND, WITHOUT),
    Row("the chain, a laptop's product name", NOTHING, Relation.EXTRA_AT_MOST, MILLISECOND, WITHOUT),
    # A network that takes connections and never answers, once in a process's minute. Units: milliseconds.
    Row("the chain, nothing tells", NOTHING, Relation.AT_MOST, 1000),
]


def measure(built: Artefacts, samples: Samples) -> None:
    collect(samples, [built.programs / "elsewhere"], bare_environment())
