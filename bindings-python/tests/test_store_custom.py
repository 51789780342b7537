"""A store that the program keeps itself: its methods, their exceptions, and what they may not do."""

from __future__ import annotations

import asyncio
import dbm.dumb
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from provider import Provider, provider

import tokcore
from tokcore.store import Store


class Own:
    """Keeps texts in a dict; `on` is called first."""

    def __init__(self, on: Callable[[str], object] = lambda method: None) -> None:
        self.kept: dict[str, str] = {}
        self.on = on

    def load(self, key: str) -> str | None:
        self.on("load")
        return self.kept.get(key)

    def store(self, key: str, content: str) -> None:
        self.on("store")
        self.kept[key] = content

    def delete(self, key: str) -> None:
        self.on("delete")
        self.kept.pop(key, None)

    def keys(self) -> list[str]:
        self.on("keys")
        return list(self.kept)


@pytest.fixture
def server() -> Iterator[Provider]:
    with provider(0.3) as server:
        yield server


def source(server: Provider, store: Store, **request: Any) -> tokcore.TokenSource:
    """A source whose grant is stored and whose token is over."""
    endpoint = f"{server.address}/token"
    store.adopt(client_id="app", token_endpoint=endpoint, refresh_token=server.new_grant(), scopes=["read"])
    client = tokcore.OAuthClient(client_id="app", token_endpoint=endpoint, store=store)
    return client.source(scopes=["read"], interactive=False, **request)


def raiser(exception: BaseException, *methods: str) -> Callable[[str], None]:
    def on(method: str) -> None:
        if method in methods:
            raise exception

    return on


def test_what_the_program_keeps_is_used(server: Provider) -> None:
    own = Own()
    store = Store.custom(own)
    first = source(server, store).token()
    assert server.refreshes == 1
    (content,) = own.kept.values()
    assert first.access_token in content
    # Another program with the same content.
    other = Own()
    other.kept.update(own.kept)
    client = tokcore.OAuthClient(
        client_id="app", token_endpoint=f"{server.address}/token", store=Store.custom(other)
    )
    assert client.token(scopes=["read"]).access_token == first.access_token
    assert [entry.key for entry in store.list()] == [key.partition("-")[2] for key in own.kept]
    assert client.logout(scopes=["read"], revoke=False).found and other.kept == {}


class NoKeys:
    """Stores bytes and cannot list them."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.load = self.kept.get

    def store(self, key: str, content: str) -> None:
        self.kept[key] = content.encode()

    def delete(self, key: str) -> None:
        del self.kept[key]


def test_a_store_that_cannot_list(server: Provider) -> None:
    store = Store.custom(NoKeys())
    assert source(server, store).token().access_token
    assert store.list() == []


def test_mappings_will_do(server: Provider, tmp_path: Path) -> None:
    plain: dict[Any, Any] = {"of somebody else": 1, 7: "seven"}
    assert source(server, Store.custom(plain)).token().access_token
    assert len(plain) == 3 and len(Store.custom(plain).list()) == 1
    with dbm.dumb.open(str(tmp_path / "file"), "c") as file:
        store = Store.custom(file)
        assert source(server, store).token().access_token
        assert len(store.list()) == 1


def test_other_objects_will_not() -> None:
    for thing in (None, 1, "text", [1], (), object(), b""):
        if not isinstance(thing, list):
            with pytest.raises(tokcore.InvalidArgumentError, match="load, store and delete"):
                Store.custom(thing)  # type: ignore[arg-type]


@pytest.mark.parametrize("exception", [ZeroDivisionError("content-canary"), KeyboardInterrupt(), SystemExit(3)])
def test_what_a_method_raises_is_raised(server: Provider, exception: BaseException) -> None:
    own = Own()
    store = Store.custom(own)
    asked = source(server, store)
    client = asked.client
    assert client is not None
    own.on = raiser(exception, "load")
    for call in (asked.token, asked.access_token, lambda: client.token(scopes=["read"])):
        with pytest.raises(type(exception)) as caught:
            call()
        assert caught.value is exception
        assert "raise exception" in "".join(traceback.format_tb(exception.__traceback__))
    own.on = raiser(exception, "keys")
    with pytest.raises(type(exception)):
        store.list()
    own.on = raiser(exception, "delete")
    with pytest.raises(type(exception)):
        asked.logout(revoke=False)
    own.on = lambda method: None
    assert asked.token().access_token


def test_a_token_that_cannot_be_kept_is_not_lost(server: Provider) -> None:
    own = Own()
    asked = source(server, Store.custom(own))
    own.on = raiser(OSError("content-canary"), "store")
    token = asked.token()
    assert token.access_token and "rt_not_persisted" in token.warnings
    assert "canary" not in str(token.warnings)
    own.on = lambda method: None
    # The next look writes it.
    asked.invalidate(token)
    assert "rt_not_persisted" not in asked.token().warnings
    assert server.reuses == 0


def leave_an_exchange_behind(server: Provider) -> None:
    """A thread of tokcore finishes it, and what others exchange meanwhile."""
    server.delay_s = 2
    endpoint = f"{server.address}/token"
    client = tokcore.OAuthClient(client_id="m", client_secret="s", token_endpoint=endpoint, store="memory")
    left = client.source(grant="client_credentials", cache_key=str(time.monotonic_ns()))

    async def leave() -> None:
        task = asyncio.ensure_future(left.atoken())
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    server.delay_s = 0.3


@pytest.mark.parametrize("busy", [False, True], ids=["alone", "beside an exchange that is finished"])
@pytest.mark.parametrize("exception", [KeyboardInterrupt(), SystemExit(3)])
def test_the_end_of_the_program_is_not_held_up(server: Provider, exception: BaseException, busy: bool) -> None:
    own = Own()
    if busy:
        leave_an_exchange_behind(server)
    asked = source(server, Store.custom(own))
    own.on = raiser(exception, "store")
    with pytest.raises(type(exception)):
        asked.token()
    own.on = lambda method: None
    assert asked.token().access_token
    assert server.refreshes == 1 and server.reuses == 0


@pytest.mark.parametrize("content", ["", "{}", "no JSON", b"\xff", 7, ["a"]])
def test_content_that_is_none(server: Provider, content: Any) -> None:
    own = Own()
    asked = source(server, Store.custom(own))
    for key in own.kept:
        own.kept[key] = content
    with pytest.raises((tokcore.StoreError, TypeError, UnicodeDecodeError)):
        asked.token()


@pytest.mark.parametrize("method", ["load", "store"])
def test_a_method_that_calls_tokcore_is_refused(server: Provider, method: str) -> None:
    """It has a turn, for which the call would wait."""
    own = Own()
    store = Store.custom(own)
    asked = source(server, store)
    refused: list[tokcore.InvalidStateError] = []

    def on(called: str) -> None:
        if called == method:
            calls = (asked.token, store.list, lambda: asked.logout(), lambda: asked.client.token(scopes=["read"]))  # type: ignore[union-attr]
            for call in calls:
                try:
                    call()
                except tokcore.InvalidStateError as error:
                    refused.append(error)

    own.on = on
    begun = time.monotonic()
    assert asked.token().access_token
    assert time.monotonic() - begun < 5
    assert refused and "custom store" in refused[0].message and server.refreshes == 1


def test_threads_go_on_while_a_method_waits(server: Provider) -> None:
    """A method may wait for another thread of Python, whatever that asks of the same source."""
    own = Own()
    store = Store.custom(own)
    asked = source(server, store)

    def ask_everything() -> None:
        asked.current()
        assert asked.key and asked.client and asked.client.store and repr(asked)
        asked.is_current(tokcore.Token.of(access_token="a"))
        asked.invalidate(tokcore.Token.of(access_token="a"))

    def on(method: str) -> None:
        thread = threading.Thread(target=ask_everything, daemon=True)
        thread.start()
        thread.join(5)
        assert not thread.is_alive(), method

    own.on = on
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda _: asked.token().access_token, range(8)))
    assert len(set(tokens)) <= 2 and server.reuses == 0


def test_threads_take_turns(server: Provider) -> None:
    own = Own()
    asked = source(server, Store.custom(own))
    barrier = threading.Barrier(16)

    def ask(_: int) -> str:
        barrier.wait()
        return asked.token().access_token

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(ask, range(16)))) == 1
    assert server.refreshes == 1 and server.reuses == 0


def test_a_token_in_memory_needs_no_store(server: Provider) -> None:
    own = Own()
    asked = source(server, Store.custom(own))
    token = asked.token()
    calls: list[str] = []
    own.on = calls.append
    assert all(asked.token() is token for _ in range(1000))
    # One look when the token is new.
    assert calls in ([], ["load"])
    assert token.expires_at and token.expires_at > datetime.now(timezone.utc)
