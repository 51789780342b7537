"""The drop-in replacement of posit.workbench: the conformance vectors, and side by side with posit-sdk itself."""

from __future__ import annotations

import builtins
import importlib
import pickle
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from replay import Replay
from test_vectors import check_no_secret, options_of
from vectors import Case, load

import tokcore
from tokcore.workbench import Client

# Cases that only concern what posit.workbench does not have.
FOREIGN_FILES = {"connect", "detection"}
FOREIGN_METHODS = {"identity_token"}


def says_something(case: Case) -> bool:
    expect = case["expect"]
    plain = {"ok", "integrations", "integration", "found"}.intersection(expect) and "reuse" not in options_of(case)
    foreign = case["file"] in FOREIGN_FILES or case["call"]["method"] in FOREIGN_METHODS
    return not foreign and ("python_shim" in case or bool(plain))


CASES = [case for case in load() if says_something(case)]


def run(case: Case) -> Any:
    options = options_of(case)
    verify = options.pop("ca", options.pop("verify", None))
    arguments = dict(case["call"])
    method = arguments.pop("method")

    def oauth() -> Any:
        return Client(verify, **options).oauth

    verbs: dict[str, Callable[[], Any]] = {
        "credentials": lambda: oauth().get_credentials(**arguments),
        "integrations": lambda: oauth().integrations.find(),
        "integration": lambda: oauth().integrations.get(**arguments),
        "find_by": lambda: oauth().integrations.find_by(**arguments["filter"]),
        "azure_token": lambda: oauth().get_delegated_azure_token(**arguments),
    }
    return verbs[method]()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['file']}-{case['id']}")
def test_vector(case: Case, replay: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = replay.prepare(case, tmp_path, monkeypatch)
    shim, expect = case.get("python_shim", {}), case["expect"]
    found = expect.get("found", {}).get("python")
    if "raises" in shim:
        check_raises(case, shim)
    elif isinstance(found, dict):
        with pytest.raises(re.error):
            run(case)
    elif shim.get("returns", "credentials") is None:
        assert run(case) is None
    else:
        check_result(case, expect, run(case))


def check_raises(case: Case, shim: Case) -> None:
    with pytest.raises(getattr(builtins, shim["raises"])) as raised:
        run(case)
    error = raised.value
    assert isinstance(error, tokcore.TokcoreError)
    if "sdk_raises" in shim:
        module, _, name = shim["sdk_raises"].rpartition(".")
        assert isinstance(error, getattr(importlib.import_module(module), name))
    for text in shim.get("message_contains", []):
        assert text.lower() in str(error).lower()
    check_no_secret(error, case["secrets"])


def check_result(case: Case, expect: Case, result: Any) -> None:
    if "integrations" in expect:
        assert [type(item).__mro__[1] for item in result] == [dict] * len(expect["integrations"])
        for wanted, item in zip(expect["integrations"], result):
            check_item(wanted, item)
    elif "integration" in expect:
        check_item(expect["integration"], result)
    elif "found" in expect:
        assert (result and result["name"]) == expect["found"]["python"]
    elif case["call"]["method"] == "azure_token":
        assert type(result) is dict
        assert result["access_token"] == expect["ok"]["access_token"]
        assert result["token_type"] == expect["ok"].get("token_type", "Bearer")
        if "expires_in_s" in expect["ok"]:
            assert result.get("expires_in") == expect["ok"]["expires_in_s"]
    else:
        wanted = expect["ok"]
        assert type(result) is dict
        assert set(result) == {"access_token", "expiry", "integration_id"}
        assert result["access_token"] == wanted["access_token"]
        assert result["integration_id"] == case["call"]["audience"]
        if "expires_at_unix_s" in wanted:
            assert (result["expiry"] and result["expiry"].timestamp()) == wanted["expires_at_unix_s"]
        assert result["expiry"] is None or result["expiry"].utcoffset().total_seconds() == 0


def check_item(wanted: Case | None, item: Any) -> None:
    if wanted is None:
        assert item is None
        return
    assert "uid" not in item
    for name, value in wanted.items():
        if name == "extra":
            assert {key: item[key] for key in value} == value
        else:
            # Absent members are absent, as in posit-sdk, and null stays None.
            assert item.get(name) == value or (value in ("", []) and item.get(name) is None)


SAME_CALLS: dict[str, Callable[[Any], Any]] = {
    "find": lambda client: client.oauth.integrations.find(),
    "find_by authenticated": lambda client: client.oauth.integrations.find_by(authenticated=True),
    "find_by name": lambda client: client.oauth.integrations.find_by(name="^github-main$"),
    "find_by positional": lambda client: client.oauth.integrations.find_by("azure"),
    "find_by nothing": lambda client: client.oauth.integrations.find_by(display_name="nothing like it"),
    "get": lambda client: client.oauth.integrations.get("75cc881c-25b4-53f2-bb9e-f7459f7c909e"),
    "get unknown": lambda client: client.oauth.integrations.get("unknown"),
    "find_by number": lambda client: client.oauth.integrations.find_by(authenticated=1),
}
SAME_ERRORS: dict[str, Callable[[Any], Any]] = {
    "get empty": lambda client: client.oauth.integrations.get(""),
    "get None": lambda client: client.oauth.integrations.get(None),
    "get number": lambda client: client.oauth.integrations.get(1),
    "azure empty": lambda client: client.oauth.get_delegated_azure_token(""),
    "azure None": lambda client: client.oauth.get_delegated_azure_token(None),
    "bad pattern": lambda client: client.oauth.integrations.find_by(name="["),
    "no argument": lambda client: client.oauth.get_credentials(),
    "pattern of a wrong type": lambda client: client.oauth.integrations.find_by(name=1),
}


@pytest.mark.parametrize("call", SAME_CALLS.values(), ids=SAME_CALLS)
def test_same_result_as_posit_sdk(call: Callable[[Any], Any], session: Callable[[str], Case]) -> None:
    sdk = pytest.importorskip("posit.workbench")
    session("list")
    expected, found = call(sdk.Client()), call(Client())
    assert found == expected
    assert isinstance(found, list) == isinstance(expected, list)
    assert isinstance(found, dict) == isinstance(expected, dict)


@pytest.mark.parametrize("call", SAME_ERRORS.values(), ids=SAME_ERRORS)
def test_same_exception_as_posit_sdk(call: Callable[[Any], Any], session: Callable[[str], Case]) -> None:
    sdk = pytest.importorskip("posit.workbench")
    session("list")
    client = sdk.Client()
    with pytest.raises(Exception) as expected:  # noqa: PT011 - which one it is, is what the test is about
        call(client)
    with pytest.raises(expected.type):
        call(Client())


def test_same_credentials_as_posit_sdk(signed_in: str) -> None:
    sdk = pytest.importorskip("posit.workbench")
    client = sdk.Client()
    assert Client().oauth.get_credentials(audience=signed_in) == client.oauth.get_credentials(audience=signed_in)


CONSTRUCTORS: dict[str, dict[str, str | None]] = {
    "nothing set": {"POSIT_PRODUCT": None, "RS_SERVER_ADDRESS": None, "PWB_SESSION_RUNTIME_DIR": None},
    "product in lower case": {"POSIT_PRODUCT": "workbench", "RS_SERVER_ADDRESS": None},
    "no address": {"RS_SERVER_ADDRESS": None},
    "empty address": {"RS_SERVER_ADDRESS": ""},
    "no cookie": {"PWB_SESSION_RUNTIME_DIR": None},
    "neither cookie nor address": {"PWB_SESSION_RUNTIME_DIR": None, "RS_SERVER_ADDRESS": None},
    "neither cookie nor scheme": {"PWB_SESSION_RUNTIME_DIR": None, "RS_SERVER_ADDRESS": "127.0.0.1"},
    "no scheme": {"RS_SERVER_ADDRESS": "127.0.0.1:8790"},
    "no host": {"RS_SERVER_ADDRESS": "http://"},
}


@pytest.mark.parametrize("change", CONSTRUCTORS.values(), ids=CONSTRUCTORS)
def test_constructor_fails_as_posit_sdk_does(
    change: dict[str, str | None], session: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    sdk = pytest.importorskip("posit.workbench")
    session("W01")
    for name, value in change.items():
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    with pytest.raises((OSError, RuntimeError, ValueError)) as expected:
        sdk.Client()
    with pytest.raises(expected.type) as found:
        Client()
    assert isinstance(found.value, tokcore.TokcoreError)


def test_a_stray_connect_variable_does_not_matter(signed_in: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSIT_PRODUCT", "CONNECT")
    assert Client().oauth.get_credentials(signed_in) is not None


def test_the_old_version_is_refused_by_the_call_and_not_by_the_constructor(
    session: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    guid = session("W01")["call"]["audience"]
    monkeypatch.setenv("RSTUDIO_VERSION", "2025.12.1")
    client = Client()
    with pytest.raises(RuntimeError):
        client.oauth.get_credentials(guid)


def test_results_are_the_callers_own(signed_in: str) -> None:
    oauth = Client().oauth
    first = oauth.get_credentials(signed_in)
    assert first is not None
    first["access_token"] = "changed"
    assert oauth.get_credentials(signed_in) != first


def test_an_audience_that_is_no_text_is_an_error_of_the_server_in_posit_sdk(signed_in: str) -> None:
    for wrong in (None, 7, ["x"], ""):
        with pytest.raises(RuntimeError):
            Client().oauth.get_credentials(wrong)  # type: ignore[arg-type]


def test_http_errors_carry_a_response(session: Callable[[str], Case]) -> None:
    requests = pytest.importorskip("requests")
    guid = session("W43-503")["call"]["audience"]
    with pytest.raises(requests.HTTPError) as raised:
        Client().oauth.get_credentials(guid)
    assert raised.value.response.status_code == 503
    assert raised.value.response.headers["retry-after"] == "3"
    assert raised.value.request is None


def test_exceptions_travel_between_processes(session: Callable[[str], Case]) -> None:
    for case_id in ("W43-503", "W34-html", "W15", "W44"):
        guid = session(case_id)["call"]["audience"]
        with pytest.raises(tokcore.TokcoreError) as raised:
            Client().oauth.get_credentials(guid)
        error = raised.value
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert (str(again), vars(again)) == (str(error), vars(error))


def test_without_requests_the_builtin_parents_are_raised(
    session: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tokcore import _sdk_errors

    monkeypatch.setattr(_sdk_errors, "_classes", {})
    monkeypatch.setitem(sys.modules, "requests", None)
    monkeypatch.setitem(sys.modules, "requests.exceptions", None)
    for case_id, parent in (("W43-503", OSError), ("W44", OSError), ("W34-html", ValueError)):
        guid = session(case_id)["call"]["audience"]
        with pytest.raises(parent):
            Client().oauth.get_credentials(guid)


def test_a_sign_out_is_noticed_within_five_seconds(
    session: Callable[[str], Case], replay: Replay, tmp_path: Path
) -> None:
    """Every answer is asked for again after the window; until then the server is left in peace."""
    guid = session("W01")["call"]["audience"]
    oauth = Client().oauth
    oauth.get_credentials(guid)
    assert oauth.get_credentials(guid)
    assert len(replay.requests("W01")) == 1
    time.sleep(5.1)
    assert oauth.get_credentials(guid)
    assert len(replay.requests("W01")) == 2
