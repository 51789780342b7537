"""The chain: its tables, the program's own methods, and orders for a block alone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from vectors import VECTORS, Case

import tokcore
from tokcore import _chain, chain


def table(name: str) -> list[Any]:
    cases = json.loads((VECTORS / "google" / f"{name}.json").read_text())["cases"]
    return [pytest.param(case, id=case["id"]) for case in cases]


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    chain.set_default()


def silent(scopes: Any, **options: Any) -> None:
    """A method that nobody asks."""


def pairs(named: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [(name, silent if value else None) for name, value in named]


def standing(step: Case) -> AbstractContextManager[None]:
    change = step["while"]
    return chain.local() if change == "standard" else chain.local(pairs(change["add"]), action="modify")


@pytest.mark.parametrize("case", table("registry"))
def test_the_order_of_the_methods(case: Case) -> None:
    if case["start"] != "standard":
        chain.set([(name, silent) for name in case["start"]])
    told = None
    for step in case["do"]:
        try:
            if "add" in step:
                chain.add(pairs(step["add"]))
            elif "set" in step:
                chain.set(pairs(step["set"]))
            else:
                with standing(step):
                    assert chain.names() == step["names"]
        except tokcore.InvalidArgumentError as error:
            told = error.message
    assert chain.names() == list(chain.list()) == case["names"]
    assert (told is None) == ("error_contains" not in case)
    assert case.get("error_contains", "") in (told or "")


def of(name: str) -> tokcore.Token:
    return tokcore.Token.of(access_token=name.replace(" ", "-"))


def maybe(scopes: Any, arg1: str | None = None, **options: Any) -> tokcore.Token | None:
    return None if arg1 is None else of("of maybe")


def failure(scopes: Any, **options: Any) -> None:
    raise tokcore.ServerError("failure failed")


def interrupted(scopes: Any, **options: Any) -> None:
    raise KeyboardInterrupt


OWN: dict[str, Any] = {
    "always": lambda scopes, **options: of("of always"),
    "thing": lambda scopes, **options: "a thing",
    "maybe": maybe,
    "failure": failure,
    "interrupted": interrupted,
}


@pytest.mark.parametrize("case", table("chain"))
def test_what_comes_of_asking_the_chain(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in case.get("env", {}).items():
        monkeypatch.setenv(name, value)
    if case["chain"] != "standard":
        chain.set([(name, OWN.get(name, name)) for name in case["chain"]])
    expect, request = case["expect"], case.get("request", {})
    if "interrupted" in case["chain"]:
        with pytest.raises(KeyboardInterrupt):
            tokcore.token_fetch(**request)
        return
    if "error" in expect:
        with pytest.raises(tokcore.TokcoreError) as caught:
            tokcore.token_fetch(**request)
        error, wanted = caught.value, expect["error"]
        assert error.kind == wanted["kind"]
        assert wanted.get("reason") in (None, error.reason)
        assert wanted.get("message_contains", "") in error.message
        assert wanted.get("hint_contains", "") in error.hint
        assert "codes" not in expect or [one.code for one in error.attempts] == expect["codes"]
        return
    found = tokcore.token_fetch(**request)
    if "token" in expect:
        assert found.access_token().replace("-", " ") == expect["token"]
        assert "codes" not in expect or [one.code for one in found.attempts] == expect["codes"]
    else:
        assert found == expect.get("other")


@pytest.mark.parametrize("case", table("python_functions"))
def test_what_can_be_a_method(case: Case) -> None:
    method = eval(case["fun"])
    if case["valid"]:
        chain.add(own=method)
        assert chain.names()[0] == "own" and chain.list()["own"] is method
    else:
        with pytest.raises(tokcore.InvalidArgumentError):
            chain.add(own=method)
        assert "own" not in chain.names()


def test_methods_are_given_what_their_signature_names() -> None:
    seen: list[Any] = []

    def some(scopes: Any, *, package: Any = None, vault: Any = None) -> None:
        seen.append((scopes, package, vault))

    def every(scopes: Any, **options: Any) -> tokcore.Token:
        seen.append((scopes, options))
        return of("every")

    vault = object()
    methods: dict[str, Any] = {"some": some, "every": every}
    with chain.local(methods):
        options: dict[str, Any] = {"vault": vault, "package": "demo"}
        tokcore.token_fetch("a, b", **options)
        with pytest.raises(tokcore.ConfigInvalidError, match="there is no setting volt"):
            tokcore.token_fetch(volt="x")  # type: ignore[call-overload]
    given = {**options, "on_error": "stop"}
    assert seen == [(["a", "b"], "demo", vault), (["a", "b"], given)]


def test_a_method_serves_what_it_names() -> None:
    with chain.local({"every": lambda scopes, **options: of("every")}), pytest.raises(tokcore.ConfigInvalidError) as caught:
        tokcore.token_fetch(subject="jane")
    assert caught.value.message == "every cannot serve subject"
    named: dict[str, Any] = {"named": lambda scopes, subject=None: of(subject)}
    with chain.local(named):
        assert tokcore.token_fetch(subject="jane").access_token() == "jane"


def test_a_methods_own_name_for_a_common_option_takes_nothing_from_the_others() -> None:
    chain.add(own=lambda scopes, path=None: None)
    with pytest.raises(tokcore.ConfigInvalidError) as caught:
        tokcore.token_fetch(path="/nowhere/key.json")
    assert [one.source for one in caught.value.attempts][:2] == ["own", "credentials_byo_oauth2"]
    assert "/nowhere/key.json" in str(caught.value)


def test_what_a_method_raises_is_the_cause() -> None:
    raised = ZeroDivisionError("content-canary")

    def broken(scopes: Any, **options: Any) -> None:
        raise raised

    with chain.local({"broken": broken}), pytest.raises(tokcore.ConfigInvalidError) as caught:
        tokcore.token_fetch()
    assert caught.value.__cause__ is raised
    assert caught.value.message == "the method broken raised ZeroDivisionError"
    assert "canary" not in str(caught.value) and "raise raised" in "".join(traceback.format_exception(caught.value))
    with chain.local({"broken": broken, "always": OWN["always"]}):
        found = tokcore.token_fetch(on_error="continue")
    assert [one.code for one in found.attempts] == ["config_invalid", "token"]


@pytest.mark.parametrize("exception", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_the_end_of_the_program_is_not_passed_over(exception: type[BaseException]) -> None:
    raised = exception()

    def broken(scopes: Any, **options: Any) -> None:
        raise raised

    with chain.local({"broken": broken, "always": OWN["always"]}), pytest.raises(exception) as caught:
        tokcore.token_fetch(on_error="continue")
    assert caught.value is raised


def test_a_method_may_ask_tokcore() -> None:
    def nested(scopes: Any, **options: Any) -> tokcore.TokenSource:
        with chain.local({"always": OWN["always"]}):
            return tokcore.token_fetch(scopes)

    with chain.local({"nested": nested}):
        assert tokcore.token_fetch("a").access_token() == "of-always"


def test_an_error_has_a_line_for_each_method() -> None:
    with chain.local({"a": silent, "b": silent}), pytest.raises(tokcore.NotConfiguredError) as caught:
        tokcore.token_fetch()
    head, *lines = str(caught.value).splitlines()
    assert lines == ["  a: it gave nothing", "  b: it gave nothing"]
    assert "it gave nothing" not in head and caught.value.hint in head
    with chain.local({"a": silent, "failure": failure}), pytest.raises(tokcore.ServerError) as other:
        tokcore.token_fetch()
    assert str(other.value).splitlines()[1:] == ["  a: it gave nothing", "  failure: failure failed"]
    with chain.local({"failure": failure}), pytest.raises(tokcore.ServerError) as first:
        tokcore.token_fetch()
    assert "\n" not in str(first.value)


def test_an_order_for_a_block_is_that_of_its_thread_and_task() -> None:
    everywhere = chain.names()

    async def task(name: str) -> list[str]:
        with chain.local({name: OWN["always"]}):
            await asyncio.sleep(0.01)
            source = await tokcore.aio.call(tokcore.token_fetch)
            chain.add(more=silent)
            return [*chain.names(), source.attempts[0].source]

    async def several() -> list[list[str]]:
        return list(await asyncio.gather(task("a"), task("b")))

    assert asyncio.run(several()) == [["more", "a", "a"], ["more", "b", "b"]]
    seen = []
    with chain.local({}):
        thread = threading.Thread(target=lambda: seen.append(chain.names()))
        thread.start()
        thread.join()
        assert chain.names() == []
    assert seen == [everywhere] and chain.names() == everywhere


def test_an_order_for_a_block_ends_with_an_exception() -> None:
    before = chain.names()
    with pytest.raises(ZeroDivisionError), chain.local({"own": silent}):
        chain.clear()
        raise ZeroDivisionError
    assert chain.names() == before
    with pytest.raises(tokcore.InvalidArgumentError), chain.local({}, action="other"):  # type: ignore[arg-type]
        pass


def test_changes_from_many_threads_lose_nothing() -> None:
    chain.clear()
    threads = [threading.Thread(target=lambda at=at: chain.add({f"m{at}": silent})) for at in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(chain.names()) == sorted(f"m{at}" for at in range(32))


def test_tokcores_own_methods() -> None:
    assert list(chain.builtin)[: len(chain.default())] == list(chain.default()) == chain.names()
    assert chain.builtin["gce"] == chain.builtin["credentials_gce"] == chain.default()["credentials_gce"]
    assert "nobody" not in chain.builtin and len(chain.builtin) == len(list(chain.builtin))
    assert all(method.meaning for method in chain.builtin.values())
    chain.set([("machine", "gce"), ("mine", chain.builtin["byo_oauth2"])])
    assert chain.names() == ["machine", "mine"] and repr(chain.list()["machine"]) == "<credentials_gce>"
    alone = chain.builtin["byo_oauth2"]
    assert alone("a", token="brought").access_token() == "brought"
    with pytest.raises(tokcore.NotConfiguredError, match="no token is given"):
        alone()


def test_tokens_that_the_caller_has() -> None:
    token = of("brought")
    source = tokcore.token_fetch(token=token)
    assert source.token() == source.token() and source.access_token() == "brought"
    assert tokcore.token_fetch(token=source).access_token() == "brought"
    assert (source.about.kind, source.about.source, source.client) == ("access_token", "the token that is given", None)
    with pytest.raises(tokcore.ConfigInvalidError):
        tokcore.token_fetch(token=17)  # type: ignore[call-overload]
    assert "canary" not in repr(tokcore.token_fetch(token="brought-canary"))


def test_what_the_chain_would_do() -> None:
    seen: list[Any] = []
    methods: dict[str, Any] = {"own": lambda scopes, **options: seen.append(scopes), "byo": "byo_oauth2", "gce": "gce"}
    with chain.local(methods):
        found = tokcore.explain("a", token="brought-canary")
    assert isinstance(found, tokcore.Explanation) and len(found) == 3 and seen == []
    assert [one.code for one in found][:2] == ["custom", "found"]
    assert found.first == found.findings[1] and found.findings[1].about is not None
    lines = str(found).splitlines()
    assert len(lines) == 4 and lines[1].startswith("byo: access_token, from the token that is given")
    assert found.verdict == ("custom", "the program's own method own would be asked for a token", "own")
    assert lines[-1] == f"answer: {found.verdict}"
    assert "canary" not in repr(found)
    with chain.local({"byo": "byo_oauth2"}):
        none = tokcore.explain()
        assert none.verdict.code == "nothing" and none.next is not None and "next: " in str(none)
        stops = tokcore.explain(token="{}")
        assert stops.verdict[::2] == ("stops", "byo") and "with that error" in str(stops)
    with chain.local({}):
        nothing = tokcore.explain(on_error="continue")
        assert nothing.first is None and repr(nothing) == "<no methods>"


def test_a_chain_can_be_waited_for_in_asyncio() -> None:
    async def fetch() -> str:
        source = await tokcore.aio.call(tokcore.token_fetch, token="brought")
        return (await source.atoken()).access_token

    assert asyncio.run(fetch()) == "brought"


def test_the_names_of_the_package() -> None:
    asked: list[Callable[..., Any]] = [tokcore.token_fetch, tokcore.explain]
    assert asked == [chain.token_fetch, chain.explain]
    assert tokcore.About is chain.About and "token_fetch" in dir(tokcore)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_waits_for_nobody() -> None:
    inside, leave = threading.Event(), threading.Event()

    def slow(chain: Any) -> Any:
        inside.set()
        leave.wait(10)
        return chain

    # Another thread is in the middle of a change, which the child will never see the end of.
    thread = threading.Thread(target=_chain.change, args=(slow,))
    thread.start()
    inside.wait(10)
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        chain.add(always=OWN["always"])
        os._exit(0 if tokcore.token_fetch().access_token() == "of-always" else 1)
    leave.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0
    assert "always" not in chain.names()
