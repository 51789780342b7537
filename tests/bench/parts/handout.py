"""How many hand-outs of a fresh token per second the broker gives with one core for itself.

The broker checks the cookie, the rate, the host and the token's life; the bare server does nothing. Both get the same
requests from the same program on another core.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from artefacts import Artefacts
from machine import LOAD_CORE, Samples, collect, serving, session
from parts.demo_session import demo_session
from report import Relation, Row

TITLE = "Broker: hand-outs of a fresh token, one core, 32 kept connections"
REPEATED = True
CONNECTIONS, SECONDS = "32", "2"
#: Far beyond what a core can do. The usual rate per session would be the figure otherwise.
RATE = "1000000"

PER_SECOND, TIME = "answers per second", "median time to answer"
BARE_TCP, BARE_UNIX = ("bare axum, TCP", PER_SECOND), ("bare axum, Unix socket", PER_SECOND)

ROWS = [
    Row(*BARE_TCP),
    Row("tokcore broker, TCP", PER_SECOND, Relation.TIMES_AT_LEAST, 0.3, BARE_TCP),
    Row(*BARE_UNIX),
    Row("tokcore broker, Unix socket", PER_SECOND, Relation.TIMES_AT_LEAST, 0.3, BARE_UNIX),
    Row("bare axum, TCP", TIME),
    Row("tokcore broker, TCP", TIME),
]


def measure(built: Artefacts, samples: Samples) -> None:
    def load(name: str, env: dict[str, str], *socket: str) -> None:
        collect(samples, [built.programs / "load", name, CONNECTIONS, SECONDS, *socket], env, core=LOAD_CORE)

    static = built.programs / "static-server"
    with serving([static]) as (_, address), demo_session(built.tokcore, "--rpc-rate", RATE) as (_, signed_in):
        load(BARE_TCP[0], session(address))
        load("tokcore broker, TCP", signed_in)
        with TemporaryDirectory() as folder, serving([static, Path(folder) / "socket"]) as (_, path):
            load(BARE_UNIX[0], session(address), path)
        load("tokcore broker, Unix socket", signed_in, signed_in["TOKCORE_BROKER"])
