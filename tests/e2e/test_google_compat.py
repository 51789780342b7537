"""google-auth and gargle read the same inputs, and get the same token wherever tokcore does not mean to differ.

docs/compat-google.md is written from what they say.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from google_asking import Outcome, Peers, outcome, tokcore
from google_bad_inputs import BAD_INPUTS
from google_fake import GoogleFake
from google_inputs import GARGLE, GOOGLE_AUTH, INPUTS
from google_page import COMMAND, PAGE, page

TABLES = {**INPUTS, **BAD_INPUTS}
ROWS = {f"{title}: {row.what}": row for title, rows in TABLES.items() for row in rows}
answers: dict[str, dict[str, Outcome]] = {}


@pytest.fixture(scope="module")
def peers(google_server: GoogleFake) -> Iterator[Peers]:
    peers = Peers(google_server)
    yield peers
    peers.end()


@pytest.mark.parametrize("name", ROWS)
def test_the_same_token_or_a_reason(name: str, google: GoogleFake, peers: Peers) -> None:
    row = ROWS[name]

    def fresh() -> dict[str, Any]:
        """The input as it is before anybody has read it: a grant may have been renewed, a fault met."""
        google.reset(keep_files=False)
        return row.question(google)

    found = answers[name] = {"tokcore": outcome(google, tokcore(google, fresh()))}
    for peer in (GOOGLE_AUTH, GARGLE):
        found[peer] = outcome(google, peers.ask(peer, fresh()))
    assert ours(found["tokcore"]) == (row.gets, row.fails), found["tokcore"]
    like = {GARGLE: found["tokcore"], GOOGLE_AUTH: found["tokcore"]}
    if row.gets and GOOGLE_AUTH not in row.apart:
        like[GOOGLE_AUTH] = outcome(google, tokcore(google, fresh(), add_email="false"))
    for peer, expected in like.items():
        theirs = found[peer]
        assert (theirs.identity != expected.identity) == (peer in row.apart), f"{peer}: {theirs}\nnot {expected}"


def ours(outcome: Outcome) -> tuple[str, tuple[str, str]]:
    return outcome.identity.principal if outcome.identity else "", (outcome.error, outcome.reason)


def test_every_input_has_a_name_of_its_own() -> None:
    assert len(ROWS) == sum(map(len, TABLES.values()))
    assert all(bool(row.gets) != bool(row.fails[0]) for row in ROWS.values())


def test_the_page_says_so() -> None:
    if answers.keys() != ROWS.keys():
        pytest.skip("only a part of the inputs was looked at")
    written = page(TABLES, answers)
    if os.environ.get("TOKCORE_TEST_WRITE"):
        PAGE.write_text(written)
    assert PAGE.read_text() == written, f"docs/compat-google.md is out of date; in tests/e2e: {COMMAND}"
