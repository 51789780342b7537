"""google-auth and gargle read the same inputs, and get the same token wherever tokcore does not mean to differ.

docs/compat-google.md is written from what they say.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

import google_asking
from google_asking import Outcome, Peer, outcome
from google_bad_inputs import BAD_INPUTS
from google_fake import GoogleFake
from google_inputs import GARGLE, GOOGLE_AUTH, INPUTS
from google_page import COMMAND, PAGE, page

TABLES = {**INPUTS, **BAD_INPUTS}
ROWS = {f"{title}: {row.what}": row for title, rows in TABLES.items() for row in rows}
answers: dict[str, dict[str, Outcome]] = {}


@pytest.fixture(scope="module")
def env(google_server: GoogleFake) -> dict[str, str]:
    return google_asking.environment(google_server)


@pytest.fixture(scope="module")
def peers(env: dict[str, str]) -> Iterator[dict[str, Peer]]:
    peers = {name: Peer(name, env) for name in (GOOGLE_AUTH, GARGLE)}
    yield peers
    for peer in peers.values():
        peer.end()


@pytest.mark.parametrize("name", ROWS)
def test_the_same_token_or_a_reason(name: str, google: GoogleFake, env: dict[str, str], peers: dict[str, Peer]) -> None:
    row, found = ROWS[name], {}

    def fresh() -> dict[str, Any]:
        """The input as it is before anybody has read it: a grant may have been renewed, a fault met."""
        google.reset(keep_files=False)
        return row.question(google)

    found["tokcore"] = outcome(google, google_asking.tokcore(env, fresh()))
    for peer, process in peers.items():
        found[peer] = outcome(google, process.ask(fresh()))
    like_google_auth = found["tokcore"]
    if like_google_auth.identity and like_google_auth != found[GOOGLE_AUTH] and GOOGLE_AUTH not in row.apart:
        like_google_auth = outcome(google, google_asking.tokcore(env, fresh(), add_email="false"))
    answers[name] = found
    assert ours(found["tokcore"]) == (row.gets, row.fails), found["tokcore"]
    for peer, manner in ((GOOGLE_AUTH, like_google_auth), (GARGLE, found["tokcore"])):
        theirs = found[peer]
        assert (theirs.identity == manner.identity) != (peer in row.apart), f"{peer}: {theirs}\nnot {manner}"


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
