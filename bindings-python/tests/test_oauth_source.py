"""A token source: one object for one token, one request for many callers, and what becomes of refused tokens."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import Any

import pytest

import tokcore

Ask = Callable[[str, str], Any]
NUMBERS = count()


@pytest.fixture
def source(oidc: str) -> tokcore.TokenSource:
    """A source that has no token yet."""
    client = tokcore.OAuthClient(client_id="basic", client_secret="basic-secret-canary", issuer=oidc)
    client.metadata()
    return client.source(grant="client_credentials", scopes=["read"], cache_key=f"test-{next(NUMBERS)}")


@pytest.fixture
def machine_requests(asked: Ask) -> Iterator[Callable[[], int]]:
    """How many tokens the server has given to clients for themselves since the test began."""
    before: int = asked("oidc", "/__stats")["machine"]
    yield lambda: asked("oidc", "/__stats")["machine"] - before


def test_the_same_objects_while_the_token_is_the_same(source: tokcore.TokenSource) -> None:
    assert source.current() is None
    token = source.token()
    assert source.token() is token is source.current()
    assert source.is_current(token)
    assert source.access_token() is source.access_token() is token.access_token
    assert source.authorization() is token.authorization
    assert source.authorization() == f"Bearer {token.access_token}"
    headers = source.headers()
    assert headers == {"Authorization": token.authorization}
    # Whoever changes theirs changes nobody else's.
    headers.clear()
    assert source.headers()


def test_a_refused_token_is_replaced_and_its_successor_is_not(source: tokcore.TokenSource) -> None:
    first = source.token()
    source.invalidate(first)
    assert not source.is_current(first)
    second = source.token()
    assert second is not first and second.access_token != first.access_token
    source.invalidate(first)
    assert source.token() is second


def test_sources_that_ask_for_the_same_share(source: tokcore.TokenSource) -> None:
    client = source.client
    assert client is not None
    one = client.source(grant="client_credentials", scopes=["write", "read"], cache_key="shared")
    other = client.source(grant="client_credentials", scopes=["read", "write"], cache_key="shared")
    assert one.key == other.key != source.key
    assert one.token().access_token == other.token().access_token
    one.forget()
    assert other.current() is None


def test_32_threads_make_one_request(source: tokcore.TokenSource, machine_requests: Callable[[], int]) -> None:
    expired = source.adopt(tokcore.Token.of(access_token="old-canary", expires_at=datetime.now(timezone.utc)))
    assert not source.is_current(expired)
    barrier = threading.Barrier(32)

    def ask(_: int) -> str:
        barrier.wait()
        return source.token().access_token

    with ThreadPoolExecutor(32) as pool:
        assert len(set(pool.map(ask, range(32)))) == 1
    assert machine_requests() == 1


def test_100_tasks_make_one_request(source: tokcore.TokenSource, machine_requests: Callable[[], int]) -> None:
    async def main() -> set[str]:
        tokens = await asyncio.gather(*(source.atoken() for _ in range(100)))
        return {token.access_token for token in tokens}

    assert len(asyncio.run(main())) == 1
    assert machine_requests() == 1


def test_the_event_loop_goes_on_and_cancelling_ends_the_call(hostile: str) -> None:
    client = tokcore.OAuthClient(client_id="c", client_secret="s", token_endpoint=f"{hostile}/hang")
    source = client.source(grant="client_credentials", cache_key=f"hang-{next(NUMBERS)}")

    async def main() -> int:
        task = asyncio.ensure_future(source.atoken())
        turns = 0
        for _ in range(30):
            await asyncio.sleep(0.01)
            turns += 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return turns

    begun = time.monotonic()
    # Leaving the event loop waits for its executor's threads: that of the call must have ended.
    assert asyncio.run(main()) == 30
    assert time.monotonic() - begun < 1


def test_any_call_can_be_awaited(source: tokcore.TokenSource) -> None:
    async def main() -> tokcore.Token:
        return await tokcore.aio.call(tokcore.flows.client_credentials, source.client, scopes="read")

    assert asyncio.run(main()).scopes == ("read",)

    async def failing() -> None:
        await tokcore.aio.call(tokcore.flows.client_credentials, source.client, scopez="read")

    with pytest.raises(tokcore.ConfigInvalidError, match="scopes"):
        asyncio.run(failing())


def test_what_follows_from_an_answer(source: tokcore.TokenSource) -> None:
    token = source.token()
    assert source.recover(token, 200) is None
    assert source.recover(token, 404) is None
    renewed = source.recover(token, 401, ['Bearer error="invalid_token"'])
    assert renewed is not None and renewed.access_token != token.access_token
    with pytest.raises(tokcore.DeniedError, match="write"):
        source.recover(renewed, 403, ['Bearer error="insufficient_scope", scope="read write"'])


def test_a_token_goes_to_no_address_that_others_listen_to(source: tokcore.TokenSource) -> None:
    with pytest.raises(tokcore.ConfigInvalidError) as caught:
        source.request_headers(source.token(), "GET", "http://api.example.com/")
    assert caught.value.reason == "insecure_endpoint"
    with pytest.raises(tokcore.InvalidArgumentError):
        source.request_headers(source.token(), "GET", "/relative")


def test_a_token_from_elsewhere() -> None:
    in_an_hour = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=1)
    token = tokcore.Token.of(access_token="a-canary", expires_at=in_an_hour, scope="read write", team="blue")
    assert token.expires_at == in_an_hour
    assert token.scopes == ("read", "write")
    assert token.extra == {"team": "blue"} and token["extra"] == token.extra
    assert not token.is_expired()
    assert tokcore.Token.of(access_token="a", expires_in=1).is_expired(margin_s=3600) in (True, False)
    assert tokcore.Token.of(access_token="a").expires_at is None
    with pytest.raises(tokcore.ConfigInvalidError, match="access_token"):
        tokcore.Token.of(token_type="Bearer")
    with pytest.raises(tokcore.ConfigInvalidError) as caught:
        tokcore.Token.of(access_token=["secret-canary"])
    assert "canary" not in str(caught.value)


def test_printing_shows_no_secret() -> None:
    token = tokcore.Token.of(
        access_token="access-canary",
        refresh_token="refresh-canary",
        id_token="id-canary",
        team="blue",
        api_key="extra-canary",
        nested={"name": "n", "inner": [{"user_secret": "deep-canary", "place": "here"}]},
    )
    for shown in (repr(token), str(token), f"{token}", format(token), f"{[token]!r}"):
        assert "canary" not in shown
        assert "blue" in shown and "here" in shown
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(token, protocol)


def test_clients_and_sources_show_no_secret_either(oidc: str) -> None:
    client = tokcore.OAuthClient(client_id="c", client_secret="secret-canary", issuer=oidc, key="key-canary")
    source = client.source(grant="password", username="alice", password="password-canary")
    key = tokcore.jwt.SigningKey.hmac("hmac-canary-hmac-canary-hmac-canary")
    assert "canary" not in repr([client, source, client.report(), key, tokcore.flows.pkce(verifier="canary" * 8)])


@pytest.mark.parametrize("setting", ["scopez", "client_secert", "dialect.nonsense"])
def test_an_unknown_setting_is_named(setting: str) -> None:
    with pytest.raises(tokcore.ConfigInvalidError) as caught:
        settings: dict[str, Any] = {setting: "value-canary"}
        tokcore.OAuthClient(client_id="c", **settings)
    assert setting.rpartition(".")[2] in str(caught.value)
    assert "canary" not in str(caught.value)


def test_values_of_every_type_become_settings(tmp_path: Any) -> None:
    client = tokcore.OAuthClient(
        client_id="c",
        token_endpoint="https://as.example/token",
        scopes=("a", "b"),
        key_file=tmp_path / "key.pem",
        timeout_ms=1500,
        dpop=False,
        issuer=None,
        assertion_claims={"n": 1, "list": [1.5, True, None]},
    )
    assert client.report()["token_endpoint"] == "https://as.example/token"
    with pytest.raises(tokcore.InvalidArgumentError, match="timeout_ms"):
        tokcore.OAuthClient(client_id="c", timeout_ms=2**70)
    with pytest.raises(tokcore.InvalidArgumentError, match="scopes is of type object"):
        tokcore.OAuthClient(client_id="c", scopes=object())  # type: ignore[arg-type]


def run(script: str, *arguments: str) -> subprocess.Popen[str]:
    """A program of its own, with a client of the server at `address`."""
    preamble = (
        "import os, signal, sys, time, tokcore\n"
        "client = tokcore.OAuthClient(client_id='basic', client_secret='basic-secret-canary', issuer=sys.argv[1])\n"
        "source = client.source(grant='client_credentials', scopes='read')\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", preamble + script, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_forked_child_goes_on_and_renews_by_itself(oidc: str) -> None:
    process = run(
        """
token = source.token()
pid = os.fork()
if pid == 0:
    signal.alarm(10)
    assert source.token() is token
    source.invalidate(token)
    assert source.token().access_token != token.access_token
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
assert source.token() is token
print("both")
""",
        oidc,
    )
    out, err = process.communicate(timeout=30)
    assert out == "both\n", err


@pytest.mark.parametrize(
    "call",
    [
        "tokcore.OAuthClient(client_id='c', client_secret='s', token_endpoint=sys.argv[2] + '/hang')"
        ".token(grant='client_credentials')",
        "tokcore.OAuthClient(client_id='public', issuer=sys.argv[1])"
        ".login(scopes='openid', interactive=True, open_browser=False, on_prompt=lambda _: None)",
        "tokcore.flows.listen('http://127.0.0.1:0/', state='S' * 43)",
        "tokcore.OAuthClient(client_id='public', issuer=sys.argv[1]).begin(scopes='openid').step(60)",
    ],
)
def test_ctrl_c_ends_a_wait_within_250_ms(call: str, oidc: str, hostile: str) -> None:
    call = call.replace("127.0.0.1:0", "127.0.0.1:14107")
    process = run(
        f"""
print("waiting", flush=True)
try:
    {call}
except KeyboardInterrupt:
    print("interrupted", flush=True)
deadline = time.monotonic() + 2
while len(os.listdir("/proc/self/task")) > 1 and time.monotonic() < deadline:
    time.sleep(0.01)
print(len(os.listdir("/proc/self/task")), flush=True)
""",
        oidc,
        hostile,
    )
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline() == "waiting\n"
    time.sleep(0.5)
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n", process.stderr.read()
    took = time.monotonic() - begun
    threads = process.stdout.readline()
    process.communicate(timeout=10)
    assert took < 0.25, f"{took:.3f} s"
    if "hang" not in call:
        assert threads == "1\n"


def test_an_exception_of_a_prompt_ends_the_sign_in(oidc: str) -> None:
    client = tokcore.OAuthClient(client_id="public", issuer=oidc)

    def on_prompt(text: str) -> None:
        raise LookupError("nowhere to show this")

    with pytest.raises(LookupError, match="nowhere"):
        client.login(scopes="openid", interactive=True, open_browser=False, on_prompt=on_prompt)
    assert os.environ.get("BROWSER") is None
