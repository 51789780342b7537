"""Pools of identities to which a function of the program proves who it is, against the fake of Google's endpoints."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google_fake import SCOPE, TARGET, GoogleFake
from google_files import POOL

import tokcore
from tokcore.google import SubjectTokenRequest

API = "https://bigquery.googleapis.com/bigquery/v2/projects/fake-project/datasets"
AUDIENCE = POOL + "oidc"
JWT = "urn:ietf:params:oauth:token-type:jwt"
Proof = Callable[[SubjectTokenRequest], Any]


@pytest.fixture
def pool(cloud: GoogleFake) -> Path:
    """The configuration of a pool that does not say where proofs come from."""
    return cloud.files.external_account("file", file="pool.json", credential_source=None)


@pytest.fixture
def proof(cloud: GoogleFake) -> Proof:
    """Proves what is asked for."""
    return lambda request: cloud.subject_token(request.audience)


def raising(exception: BaseException) -> Proof:
    def proof(request: SubjectTokenRequest) -> str:
        raise exception

    return proof


def exchanges(cloud: GoogleFake) -> int:
    return len(cloud.requests("sts.googleapis.com", "/token"))


def test_a_function_proves_who_the_program_is(cloud: GoogleFake, pool: Path) -> None:
    asked: list[SubjectTokenRequest] = []

    def proof(request: SubjectTokenRequest) -> bytes:
        asked.append(request)
        return cloud.subject_token(request.audience).encode()

    source = tokcore.token_fetch("bigquery", path=pool, subject_token=proof)
    assert asked == [SubjectTokenRequest(AUDIENCE, JWT)] == [(AUDIENCE, JWT)]
    assert cloud.ask("GET", API, headers=source.headers()).status == 200
    first = source.token()
    assert source.token() is first and len(asked) == 1, "a valid token needs no other proof"
    source.invalidate(first)
    assert source.access_token() != first.access_token and len(asked) == 2
    assert source.about.kind == "external_account" and "proof" not in repr(source)


def test_a_suppliers_interface_of_google_auth_fits(cloud: GoogleFake, pool: Path) -> None:
    class Supplier:
        def get_subject_token(self, context: Any, request: object) -> str:
            return cloud.subject_token(context.audience)

    supplier = Supplier()
    source = tokcore.token_fetch(path=pool, subject_token=lambda context: supplier.get_subject_token(context, None))
    assert source.access_token()


def test_a_service_account_is_taken_on(cloud: GoogleFake, pool: Path, proof: Proof) -> None:
    source = tokcore.token_fetch("bigquery", path=pool, subject_token=proof, impersonate=TARGET)
    assert source.about.principal == TARGET == source.signer
    assert cloud.ask("GET", API, headers=source.headers()).status == 200
    assert [each["path"].rpartition(":")[2] for each in cloud.requests("iamcredentials.googleapis.com")] == [
        "generateAccessToken"
    ]


def test_the_variable_may_name_the_pool(
    cloud: GoogleFake, pool: Path, proof: Proof, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(pool))
    assert tokcore.token_fetch(subject_token=proof).attempts[-1].source == "credentials_app_default"


def test_two_calls_share_no_tokens(cloud: GoogleFake, pool: Path) -> None:
    """Their functions may speak for two people, also where one is made in the other's place in memory."""

    def of(person: str) -> str:
        source = tokcore.token_fetch(
            path=pool, subject_token=lambda asked: cloud.subject_token(asked.audience, sub=person)
        )
        return source.access_token()

    assert len({of(person) for person in ("jane", "john", "joan") * 3}) == 9
    principals = {token["principal"].rpartition("/")[2] for token in cloud.get("tokens").values()}
    assert {"jane", "john", "joan"} <= principals


def test_what_the_function_raises_is_the_cause(cloud: GoogleFake, pool: Path) -> None:
    raised = ZeroDivisionError("content-canary")
    with pytest.raises(tokcore.ConfigInvalidError) as caught:
        tokcore.token_fetch(path=pool, subject_token=raising(raised))
    error = caught.value
    assert error.__cause__ is raised and error.reason == "subject_token"
    assert error.message == "the function subject_token raised ZeroDivisionError"
    assert "canary" not in str(error) and "raise exception" in "".join(traceback.format_exception(error))
    assert exchanges(cloud) == 0
    ours = tokcore.TimeoutError("the vault is sealed", hint="open it")
    with pytest.raises(tokcore.TimeoutError) as same:
        tokcore.token_fetch(path=pool, subject_token=raising(ours))
    assert (same.value.message, same.value.hint, same.value.__cause__) == (ours.message, "open it", ours)


def test_google_auth_sees_the_cause_of_the_cause(cloud: GoogleFake, pool: Path, proof: Proof) -> None:
    exceptions = pytest.importorskip("google.auth.exceptions")
    now: list[Proof] = [proof]
    credentials, project = tokcore.google.default(path=pool, subject_token=lambda request: now[0](request))
    assert credentials.valid
    raised = LookupError("the vault has lost it")
    now[0] = raising(raised)
    credentials.source.forget()
    with pytest.raises(exceptions.RefreshError) as caught:
        credentials.refresh()
    assert caught.value.__cause__.__cause__ is raised
    now[0] = proof
    credentials.refresh()
    assert credentials.valid, "whoever mends it need not wait"


@pytest.mark.parametrize("exception", [KeyboardInterrupt(), SystemExit(3), GeneratorExit()])
def test_the_end_of_the_program_is_not_held_up(
    cloud: GoogleFake, pool: Path, proof: Proof, exception: BaseException
) -> None:
    now: list[Proof] = [proof]
    source = tokcore.token_fetch(path=pool, subject_token=lambda request: now[0](request))
    source.invalidate(source.token())
    now[0] = raising(exception)
    with pytest.raises(type(exception)) as caught:
        source.token()
    assert caught.value is exception
    now[0] = proof
    assert source.access_token()


@pytest.mark.parametrize("given", [None, "", b"", 7, b"\xff", ["a"]])
def test_what_is_no_proof(cloud: GoogleFake, pool: Path, given: Any) -> None:
    with pytest.raises(tokcore.ConfigInvalidError) as caught:
        tokcore.token_fetch(path=pool, subject_token=lambda request: given)
    assert caught.value.reason == "subject_token" and exchanges(cloud) == 0


def test_a_proof_for_somebody_else_is_refused_by_google(cloud: GoogleFake, pool: Path) -> None:
    with pytest.raises(tokcore.TokcoreError) as caught:
        tokcore.token_fetch(path=pool, subject_token=lambda request: cloud.subject_token("//elsewhere"))
    assert caught.value.oauth_error == "invalid_grant" and "supplier" in str(caught.value)


def test_who_gives_proofs_gets_no_other_identity(cloud: GoogleFake, key: Path, proof: Proof) -> None:
    with pytest.raises(tokcore.InvalidArgumentError, match="for an external_account"):
        tokcore.token_fetch(path=key, subject_token=proof)
    cloud.files.authorized_user(file="gcloud/application_default_credentials.json")
    with pytest.raises(tokcore.InvalidArgumentError, match="for an external_account"):
        tokcore.token_fetch(subject_token=proof)
    with pytest.raises(tokcore.NotConfiguredError) as caught:
        tokcore.token_fetch(subject_token=proof, methods=["gce", "user_oauth2"])
    assert [attempt.code for attempt in caught.value.attempts] == ["skipped", "skipped"]
    with pytest.raises(tokcore.ConfigInvalidError, match="did you mean subject_token"):
        tokcore.token_fetch(subject_tokn="proof-canary")  # type: ignore[call-overload]
    with pytest.raises(tokcore.InvalidArgumentError, match="of type str"):
        tokcore.token_fetch(subject_token="proof-canary")  # type: ignore[call-overload]


def test_a_function_may_ask_tokcore(cloud: GoogleFake, pool: Path, key: Path) -> None:
    """A proof may be had with another credential, such as the ID token of a service account."""
    threads: set[int] = set()

    def proof(request: SubjectTokenRequest) -> str:
        threads.add(threading.get_ident())
        asked = tokcore.token_fetch("bigquery", path=key)
        asked.invalidate(asked.token())
        assert asked.access_token()
        return cloud.subject_token(request.audience)

    source = tokcore.token_fetch(path=pool, subject_token=proof)
    source.invalidate(source.token())
    assert source.access_token() and threads == {threading.get_ident()}


def test_a_function_runs_on_the_thread_of_its_call(cloud: GoogleFake, pool: Path) -> None:
    """Whichever thread drives the exchanges of all."""
    wrong: list[int] = []

    def ask() -> None:
        here = threading.get_ident()

        def proof(request: SubjectTokenRequest) -> str:
            wrong.extend({threading.get_ident()} - {here})
            return cloud.subject_token(request.audience)

        for _ in range(5):
            tokcore.token_fetch(path=pool, subject_token=proof)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert exchanges(cloud) == 30 and not wrong


def test_threads_go_on_while_the_function_waits_for_one(cloud: GoogleFake, pool: Path) -> None:
    calls = 0

    def proof(request: SubjectTokenRequest) -> str:
        nonlocal calls
        calls += 1
        found: list[str] = []
        thread = threading.Thread(target=lambda: found.append(cloud.subject_token(request.audience)))
        thread.start()
        thread.join(10)
        return found[0]

    source = tokcore.token_fetch(path=pool, subject_token=proof)
    source.invalidate(source.token())
    seen: list[tokcore.Token] = []
    threads = [threading.Thread(target=lambda: seen.append(source.token())) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert len(seen) == 8 and len(set(map(id, seen))) == 1
    assert calls == 2 == exchanges(cloud), "one proof serves all who want the token at once"


def test_an_explanation_asks_no_function(cloud: GoogleFake, pool: Path) -> None:
    found = tokcore.explain(SCOPE + "bigquery", path=pool, subject_token=raising(AssertionError()))
    assert found.first is not None and found.first.method == "credentials_external_account"
