"""Tokens of three seconds, many callers, and a provider that ends the sign-in when a refresh token is used twice."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from broker import GITHUB
from processes import ROOT

CALLERS = ROOT / "tests" / "e2e" / "programs" / "callers.py"
# What posit-sdk raises while nobody listens, and when a connection breaks off in the middle.
CONNECTION_ERRORS = {"ConnectionError", "ChunkedEncodingError"}
# Twenty callers of one session are more than a session may be; the limit has tests of its own.
UNHURRIED = ("--rpc-rate", "1000")


def summary(done: subprocess.CompletedProcess[str]) -> dict:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def program(here, seconds: float, threads: int, interval: float, module: str = "posit.workbench") -> list[str]:
    return [sys.executable, str(CALLERS), str(seconds), str(threads), str(interval), GITHUB, f"{here.provider.address}/me", module]


@pytest.mark.parametrize("module", ["posit.workbench", "tokcore.workbench"])
def test_twenty_callers_and_three_second_tokens(stage, seconds: float, module: str) -> None:
    """No failure, no token that the provider refuses, and not one reuse of a refresh token."""
    pytest.importorskip(module)
    here = stage(3, *UNHURRIED)
    found = summary(here.broker.exec(*program(here, seconds, 20, 0.2, module), timeout=seconds + 60))
    counts = here.provider.stats()
    assert found["failures"] == {} and found["none"] == 0, found
    assert found["calls"] >= 20 * seconds, found
    assert (counts["reuse"], counts["refused"]) == (0, 0), counts
    # A token serves half its life, and its expiry is rounded down to whole seconds: a new one every second or so, not more.
    assert seconds / 3 - 1 <= counts["refresh"] <= seconds + 3, counts
    assert found["accepted"] == found["tokens"], found


def test_cookies_of_five_seconds(stage, seconds: float) -> None:
    """V120: the session's cookie is renewed under the callers' feet."""
    here = stage(300, "--cookie-ttl", "5s")
    found = summary(here.broker.exec(*program(here, seconds, 2, 0.2), timeout=seconds + 60))
    assert found["failures"] == {} and found["none"] == 0, found


def test_kill_and_restart(stage, seconds: float) -> None:
    """V121: callers see connection errors while the broker is down, nothing else, and the sign-in is still there."""
    here = stage(3, *UNHURRIED)
    callers = subprocess.Popen(
        [here.broker.binary, "exec", "--", *program(here, seconds, 20, 0.2)],
        env=here.broker.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(seconds / 4)
    just_after_a_refresh(here)
    here.broker.kill()
    time.sleep(1.5)
    here.broker.start()
    output, errors = callers.communicate(timeout=seconds + 60)
    assert callers.returncode == 0, errors
    found = json.loads(output)
    assert set(found["failures"]) <= CONNECTION_ERRORS and sum(found["failures"].values()) > 0, found
    assert found["none"] == 0 and found["last_success"] > found["last_failure"], found
    assert found["last_failure"] < seconds / 2 + 5, found
    counts = here.provider.stats()
    assert (counts["reuse"], counts["refused"], counts["code"]) == (0, 0, 1), counts


def just_after_a_refresh(here) -> None:
    """Waits for a refresh to be over.

    A broker that dies between the provider's answer and the write loses the new refresh token; no broker can help that.
    The next refresh is more than a second away, so the kill hits the hand-out and not this gap.
    """
    before = here.provider.stats()["refresh"]
    for _ in range(500):
        if here.provider.stats()["refresh"] > before:
            time.sleep(0.2)
            return
        time.sleep(0.02)
    raise AssertionError("no refresh in ten seconds")
