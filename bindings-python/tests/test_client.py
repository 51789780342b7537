"""The client and the function that the process shares: arguments, sharing, the reuse window."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from replay import Replay
from vectors import Case

import tokcore
from tokcore._tokcore import default_client


def test_the_function_and_the_shared_client_are_one(signed_in: str, replay: Replay) -> None:
    first = tokcore.get_credentials(audience=signed_in)
    assert tokcore.get_credentials(signed_in) is first
    assert default_client().get_credentials(signed_in) is first
    assert default_client() is default_client()
    assert len(replay.requests("W01")) == 1


def test_within_the_window_the_same_object_comes_back_for_an_equal_text(signed_in: str, replay: Replay) -> None:
    first = tokcore.get_credentials(audience=signed_in)
    equal = "".join(list(signed_in))
    assert equal is not signed_in
    assert tokcore.get_credentials(audience=equal) is first
    assert tokcore.get_credentials(audience=signed_in) is first
    assert len(replay.requests("W01")) == 1


def test_forgetting_asks_again(signed_in: str, replay: Replay) -> None:
    first = tokcore.get_credentials(signed_in)
    default_client().forget()
    assert tokcore.get_credentials(signed_in) is not first
    assert len(replay.requests("W01")) == 2


def test_clients_share_nothing(signed_in: str, replay: Replay) -> None:
    clients = [tokcore.Client(), tokcore.Client()]
    first, second = (client.get_credentials(signed_in) for client in clients)
    assert first is not second
    assert len(replay.requests("W01")) == 2


def test_audiences_are_not_mixed_up(signed_in: str) -> None:
    other = "9038f24b-fc00-50be-b702-6da95521e9ca"
    for _ in range(3):
        assert tokcore.get_credentials(signed_in).integration_id == signed_in
        assert tokcore.get_credentials(other).integration_id == other


def test_a_loop_keeps_no_references(signed_in: str) -> None:
    found = tokcore.get_credentials(audience=signed_in)
    before = sys.getrefcount(found), sys.getrefcount(signed_in)
    for _ in range(1000):
        tokcore.get_credentials(audience=signed_in)
        tokcore.get_credentials(signed_in)
    assert (sys.getrefcount(found), sys.getrefcount(signed_in)) == before


def test_a_client_can_be_collected_before_its_results(signed_in: str) -> None:
    item = tokcore.Client().get_credentials(signed_in)
    integrations = tokcore.Client().integrations
    gc.collect()
    assert item.integration_id == signed_in
    with pytest.raises(TypeError):
        integrations.get()  # type: ignore[call-arg]


WRONG_CALLS: dict[str, Callable[[str], Any]] = {
    "two positional": lambda guid: tokcore.get_credentials(guid, "x"),  # type: ignore[call-arg]
    "unknown keyword": lambda guid: tokcore.get_credentials(audienc=guid),  # type: ignore[call-arg]
    "given twice": lambda guid: tokcore.get_credentials(guid, audience=guid),  # type: ignore[misc]
    "a number": lambda guid: tokcore.get_credentials(7),  # type: ignore[arg-type]
    "bytes": lambda guid: tokcore.get_credentials(audience=guid.encode()),  # type: ignore[arg-type]
    "a number as token": lambda guid: tokcore.get_credentials(guid, user_session_token=7),  # type: ignore[arg-type]
    "positional option": lambda guid: tokcore.Client("workbench"),  # type: ignore[call-arg]
    "a text as time": lambda guid: tokcore.Client(timeout="5"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("call", WRONG_CALLS.values(), ids=WRONG_CALLS)
def test_a_wrong_call_is_a_type_error(call: Callable[[str], Any], signed_in: str) -> None:
    with pytest.raises(TypeError):
        call(signed_in)


@pytest.mark.parametrize(
    "options",
    [{"timeout": -1.0}, {"timeout": float("nan")}, {"connect_timeout": float("inf")}, {"backend": "workbemch"}],
    ids=str,
)
def test_an_impossible_option_is_named(options: dict[str, Any]) -> None:
    with pytest.raises(tokcore.InvalidArgumentError, match=next(iter(options))):
        tokcore.Client(**options)


def test_keywords_may_be_made_at_run_time(signed_in: str) -> None:
    keyword = "".join(["aud", "ience"])
    assert tokcore.get_credentials(**{keyword: signed_in}) is tokcore.get_credentials(audience=signed_in)
    with pytest.raises(tokcore.InvalidArgumentError):
        tokcore.get_credentials(**{keyword: ""})
    with pytest.raises(tokcore.InvalidArgumentError):
        tokcore.get_credentials(None)


def test_a_lone_surrogate_is_no_text(signed_in: str) -> None:
    with pytest.raises(UnicodeEncodeError):
        tokcore.get_credentials("\ud800")


def test_a_path_is_taken_for_the_bundle(session: Callable[[str], Case], tmp_path: Path) -> None:
    case = session("tls-unknown-ca")
    (tmp_path / "ca.pem").write_text("not a certificate")
    with pytest.raises(tokcore.ConfigInvalidError, match="ca.pem"):
        tokcore.Client(ca=tmp_path / "ca.pem").get_credentials(case["call"]["audience"])


def test_the_sign_in_page_can_be_asked_for(session: Callable[[str], Case], replay: Replay) -> None:
    case = session("list")
    guid = case["expect"]["integrations"][0]["guid"]
    assert tokcore.Client().sign_in_url(guid).startswith("http")
    with pytest.raises(tokcore.NotFoundError):
        tokcore.Client().sign_in_url("00000000-0000-0000-0000-000000000000")


def test_check_sends_nothing(session: Callable[[str], Case], replay: Replay) -> None:
    session("W01")
    tokcore.Client().check()
    assert replay.requests("W01") == []
    session("cookie-garbage-only")
    with pytest.raises(tokcore.BadCookieError):
        tokcore.Client().check()


def test_eight_threads_get_what_they_asked_for(signed_in: str) -> None:
    """Half of the threads go through the shared slot, half keep it changing."""
    guids = [signed_in, *(f"{n:08x}-0000-4000-8000-000000000000" for n in range(7))]
    failures: list[object] = []
    gate = threading.Barrier(8)

    def work(guid: str) -> None:
        gate.wait()
        for turn in range(300):
            if turn % 100 == 99:
                default_client().forget()
            found = tokcore.get_credentials(audience=guid).integration_id
            if found != guid:
                failures.append((guid, found))

    threads = [threading.Thread(target=work, args=(guid,)) for guid in guids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert not any(thread.is_alive() for thread in threads)


def test_other_threads_run_while_one_waits(session: Callable[[str], Case]) -> None:
    """The interpreter lock is released: while a call waits for a silent server, this thread counts on."""
    guid = session("V69")["call"]["audience"]
    raised: list[BaseException] = []

    def wait() -> None:
        try:
            tokcore.Client(timeout=0.5).get_credentials(guid)
        except tokcore.TokcoreError as error:
            raised.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    turns = 0
    while thread.is_alive():
        turns += 1
    assert turns > 10_000
    assert isinstance(raised[0], tokcore.TimeoutError)
