"""The exceptions: their tree, their facts, what they show."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable

import pytest
from vectors import Case

import tokcore
from tokcore import _kinds


def test_every_kind_is_a_child_of_the_parent(kinds: list[type[tokcore.TokcoreError]]) -> None:
    assert len(kinds) > 20
    for kind in kinds:
        assert issubclass(kind, tokcore.TokcoreError)
        assert issubclass(kind, Exception)
        assert getattr(tokcore, kind.__name__) is kind
        assert kind.__module__ == "tokcore"
        assert kind.__doc__


def test_no_exception_escapes_the_list(kinds: list[type[tokcore.TokcoreError]]) -> None:
    classes = {value for value in vars(_kinds).values() if isinstance(value, type)} - {tokcore.TokcoreError}
    assert classes == set(kinds)


def test_codes_and_names_are_unique(kinds: list[type[tokcore.TokcoreError]]) -> None:
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert len({kind.kind for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert kind.kind.replace("_", "") + "error" == kind.__name__.lower()


def test_an_exception_carries_the_facts(session: Callable[[str], Case]) -> None:
    guid = session("W43-429")["call"]["audience"]
    with pytest.raises(tokcore.RateLimitedError) as raised:
        tokcore.get_credentials(guid)
    error = raised.value
    assert (error.kind, error.code, error.retryable) == ("rate_limited", 8, True)
    assert (error.http_status, error.retry_after) == (429, 7.0)
    assert error.hint
    assert str(error).startswith(error.message)
    assert str(error).endswith(error.hint)


def test_attempts_say_what_was_looked_at(session: Callable[[str], Case]) -> None:
    session("X12")
    with pytest.raises(tokcore.NotInSessionError) as raised:
        tokcore.get_credentials("75cc881c-25b4-53f2-bb9e-f7459f7c909e")
    attempts = raised.value.attempts
    assert attempts
    assert all(isinstance(attempt, tokcore.Attempt) for attempt in attempts)
    assert any(attempt.source == "RS_SERVER_ADDRESS" and attempt.outcome == "not set" for attempt in attempts)


def test_a_traceback_shows_no_secret(session: Callable[[str], Case]) -> None:
    case = session("W34-truncated-json")
    try:
        tokcore.get_credentials(case["call"]["audience"])
    except tokcore.ProtocolError as error:
        shown = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    for secret in [*case["secrets"], case["files"]["rpc_cookie"]]:
        assert secret not in shown


def test_exceptions_travel_between_processes(kinds: list[type[tokcore.TokcoreError]]) -> None:
    for kind in kinds:
        error = kind("what failed", hint="do this", detail="said the server", attempts=[("a", "b")], retry_after=1.5)
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is kind
        assert (str(again), vars(again)) == (str(error), vars(error))


def test_a_line_for_each_method_of_a_chain() -> None:
    attempts = [("credentials_a", "not here", "not_applicable", 1), ("credentials_b", "broken", "server", 2)]
    error = tokcore.NotConfiguredError("nothing (a: not here; b: broken)", hint="log in", attempts=attempts)
    assert str(error) == "nothing; log in\n  a: not here\n  b: broken"
    assert error.message == "nothing (a: not here; b: broken)" and error.attempts[1].elapsed_ms == 2
    other = tokcore.NotInSessionError("nothing", hint="log in", attempts=[("RS_SERVER_ADDRESS", "not set")])
    assert str(other) == "nothing; log in"


def test_a_hint_and_the_servers_words_are_part_of_the_text() -> None:
    error = tokcore.ServerError("broker failed", hint="try again later", detail="down")
    assert str(error) == "broker failed (server: down); try again later"
