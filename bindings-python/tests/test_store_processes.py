"""One store and many processes: shared sign-ins, herds, forks, and exchanges whose program was interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from provider import Provider, provider

import tokcore
from tokcore.store import Store

Ask = Callable[[str, str], Any]
Start = Callable[..., subprocess.Popen[str]]
HERE = Path(__file__).parent
DELAY_S = 0.3
HERD = 16


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, where the key file is."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TOKCORE_STORE", str(tmp_path / "store"))
    return tmp_path


@pytest.fixture
def server() -> Iterator[Provider]:
    with provider(DELAY_S) as server:
        yield server


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts Python with a script; what still runs at the end is ended."""
    started = []

    def begin(script: str, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", "import os, sys, tokcore\n" + script, *arguments]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


def here(home: Path, **settings: Any) -> tokcore.OAuthClient:
    """A client of this process, whose tests have one store after the other."""
    return tokcore.OAuthClient(store=home / "store", **settings)


def output(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


CLIENT = "client = tokcore.OAuthClient(client_id='public', issuer=sys.argv[1])\n"
SIGN_IN = CLIENT + "print(client.login(scopes='openid', interactive=True).account)"
USE = CLIENT + "print(client.token(scopes='openid', interactive=False).account)"


def test_a_sign_in_here_is_a_token_there(
    oidc: str, browser: Callable[..., None], asked: Ask, home: Path, start: Start
) -> None:
    assert output(start(SIGN_IN, oidc)).split()[-1] == "alice"
    before = asked("oidc", "/__stats")
    assert output(start(USE, oidc)) == "alice\n"
    assert asked("oidc", "/__stats")["code"] == before["code"]
    (entry,) = Store.user().list()
    assert (entry.account, entry.client_id, entry.issuer, entry.state) == ("alice", "public", oidc, "ok")
    # This process has a client, and the other signs out.
    source = here(home, client_id="public", issuer=oidc).source(scopes="openid", interactive=False)
    assert source.token().account == "alice"
    assert "found=True" in output(start(CLIENT + "print(client.logout(scopes='openid'))", oidc))
    assert Store.user().list() == []


def test_two_accounts(oidc: str, browser: Callable[..., None], home: Path, start: Start) -> None:
    for user in ("ann", "bob"):
        browser("--visit", "--user", user)
        assert output(start(SIGN_IN, oidc)).split()[-1] == user
    assert [entry.account for entry in Store.user().list()] == ["ann", "bob"]
    client = here(home, client_id="public", issuer=oidc)
    with pytest.raises(tokcore.AmbiguousAccountError, match="ann, bob"):
        client.token(scopes="openid", interactive=False)
    assert client.token(scopes="openid", account="bob", interactive=False).account == "bob"
    Store.user().set_default_account(Store.user().list(account="ann")[0].key)
    assert output(start(USE, oidc)) == "ann\n"


def test_a_herd_renews_once(
    oidc: str, browser: Callable[..., None], asked: Ask, home: Path, start: Start
) -> None:
    """The server ends the grant when a refresh token comes twice."""
    client = here(home, client_id="public", issuer=oidc)
    token = client.login(scopes="openid", interactive=True, on_prompt=lambda _: None)
    members = {"access_token": token.access_token, "refresh_token": token.refresh_token}
    client.source(scopes="openid").adopt(tokcore.Token.of(expires_at=datetime.now(timezone.utc), **members))
    before = asked("oidc", "/__stats")
    script = f"""
{CLIENT}
source = client.source(scopes="openid", interactive=False)
print("ready", flush=True)
sys.stdin.readline()
print(source.token().access_token)
"""
    herd = [start(script, oidc) for _ in range(HERD)]
    for process in herd:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in herd:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    assert len({output(process) for process in herd}) == 1
    after = asked("oidc", "/__stats")
    assert (after["refresh"] - before["refresh"], after["reuse"] - before["reuse"]) == (1, 0)


@pytest.mark.parametrize("parent", ["idle", "exchanging", "holding"])
@pytest.mark.parametrize("begin", ["os.fork", "fork", "forkserver", "spawn"])
def test_children(server: Provider, home: Path, parent: str, begin: str) -> None:
    """Whatever a child does while its parent does that, it ends in time, and no refresh token is used twice."""
    command = [sys.executable, str(HERE / "forking.py"), server.address, str(home / "store"), parent, begin]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert [outcome["action"] for outcome in outcomes] == ["get", "refresh", "logout", "exit"]
    for outcome in outcomes:
        # A child that renews waits for its parent's exchange and makes its own.
        exchanges = 2 if outcome["action"] == "refresh" else 1
        assert outcome["status"] == 0 and outcome["failures"] == [], (outcome, done.stderr)
        assert outcome["took"] <= 2 + exchanges * DELAY_S, outcome
    assert server.reuses == 0, done.stderr


RENEW = """
client = tokcore.OAuthClient(client_id="app", token_endpoint=sys.argv[1] + "/token")
source = client.source(scopes=["read"], interactive=False)
print("waiting", flush=True)
try:
    source.token()
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("leave", ["sys.stdin.readline()", ""], ids=["goes on", "ends"])
def test_an_interrupted_exchange_is_not_lost(server: Provider, leave: str, start: Start) -> None:
    """Ctrl-C ends the wait; what the server has given is stored all the same, or found again by the next process."""
    server.delay_s = 1
    grant = {"client_id": "app", "token_endpoint": f"{server.address}/token", "scopes": ["read"]}
    Store.user().adopt(refresh_token=server.new_grant(), **grant)
    process = start(RENEW + leave, server.address)
    assert process.stdout and process.stdout.readline() == "waiting\n"
    assert server.arrived.wait(10)
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n"
    assert time.monotonic() - begun < 0.5
    if not leave:
        output(process)
        return
    deadline = time.monotonic() + 10
    while Store.user().list()[0].generation == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert Store.user().list()[0].generation == 1
    renew = "print(tokcore.OAuthClient(client_id='app', token_endpoint=sys.argv[1]).token(scopes=['read']).account)"
    output(start(renew, f"{server.address}/token"))
    assert (server.refreshes, server.reuses) == (1, 0)
    output(process)


def test_a_child_inherits_no_open_file(server: Provider, start: Start) -> None:
    """Nor does a program that is started get one: a lock would outlive its holder."""
    script = RENEW.replace("source.token()", "source.token(); print(os.popen('ls -l /proc/self/fd').read())")
    grant = {"client_id": "app", "token_endpoint": f"{server.address}/token", "scopes": ["read"]}
    Store.user().adopt(refresh_token=server.new_grant(), **grant)
    assert os.environ["TOKCORE_STORE"] not in output(start(script, server.address))
