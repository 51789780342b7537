"""Credentials for google-auth and Google's client libraries, against the fake of Google's endpoints."""

from __future__ import annotations

import copy
import json
import pickle
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from google_fake import ROBOT, SCOPE, GoogleFake

import tokcore

pytest.importorskip("google.auth")

from google.auth import credentials as theirs  # noqa: E402  (needs the line above)
from google.auth import exceptions  # noqa: E402
from google.auth.transport.requests import AuthorizedSession, Request  # noqa: E402
from google.oauth2 import service_account  # noqa: E402

from tokcore.httpx import TokcoreAuth as HttpxAuth  # noqa: E402
from tokcore.requests import TokcoreAuth as RequestsAuth  # noqa: E402

API = "https://bigquery.googleapis.com/bigquery/v2/projects/fake-project/datasets"
Credentials = tokcore.google.Credentials


def sent(google: GoogleFake, host: str = "bigquery.googleapis.com") -> list[dict[str, str]]:
    """Header fields of the requests to a host."""
    return [{name.lower(): value for name, value in each["headers"].items()} for each in google.requests(host)]


def test_a_session_of_google_auth(cloud: GoogleFake, key: Path) -> None:
    credentials, project = tokcore.google.default(path=key)
    assert isinstance(credentials, theirs.Credentials) and isinstance(credentials, Credentials)
    assert project == "fake-project" == credentials.project_id
    session = AuthorizedSession(credentials)
    assert session.get(API).status_code == session.get(API).status_code == 200
    assert len(cloud.requests("oauth2.googleapis.com", "/token")) == 1
    header = sent(cloud)[-1]
    assert header["authorization"] == f"Bearer {credentials.token}" and "x-goog-user-project" not in header
    assert credentials.valid and not credentials.expired
    expiry = credentials.expiry
    assert expiry is not None and expiry.tzinfo is None
    left = expiry - datetime.now(timezone.utc).replace(tzinfo=None)
    assert timedelta(minutes=55) < left < timedelta(hours=1, seconds=5)


def test_what_is_known_of_them(cloud: GoogleFake, key: Path) -> None:
    credentials, _ = tokcore.google.default(path=key)
    assert credentials.service_account_email == ROBOT
    assert credentials.universe_domain == "googleapis.com"
    assert credentials.scopes is not None and SCOPE + "cloud-platform" in credentials.scopes
    assert not credentials.requires_scopes
    info = credentials.get_cred_info()
    assert info == {"credential_source": str(key), "credential_type": "service_account", "principal": ROBOT}
    assert ROBOT in repr(credentials) and str(credentials.token) not in repr(credentials)
    for leak in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError, match="cannot be pickled"):
            leak(credentials)


def test_a_refused_token_is_renewed(cloud: GoogleFake, key: Path) -> None:
    credentials, _ = tokcore.google.default(path=key)
    before = credentials.token
    cloud.fault("GET bigquery.googleapis.com/*", status=401, times=1)
    assert AuthorizedSession(credentials).get(API).status_code == 200
    assert credentials.token != before
    assert len(cloud.requests("oauth2.googleapis.com", "/token")) == 2
    assert [each["authorization"] for each in sent(cloud)] == [f"Bearer {before}", f"Bearer {credentials.token}"]


def test_refreshing(cloud: GoogleFake, key: Path) -> None:
    credentials = Credentials.from_source(tokcore.token_fetch("cloud-platform", path=key))
    first = credentials.token
    assert first is not None
    credentials.refresh(Request())
    assert credentials.token == first, "nobody has used it yet"
    credentials.refresh(Request())
    assert credentials.token != first
    assert credentials.source.access_token() == credentials.token


def test_threads_share_an_exchange(cloud: GoogleFake, key: Path) -> None:
    credentials, _ = tokcore.google.default(path=key)
    barrier = threading.Barrier(8)
    seen: list[str] = []

    def use() -> None:
        headers: dict[str, str] = {}
        credentials.before_request(None, "GET", API, headers)
        barrier.wait()
        # All are told that the token is refused.
        credentials.refresh()
        credentials.before_request(None, "GET", API, headers)
        seen.append(headers["authorization"])

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8 and set(seen) == {f"Bearer {credentials.token}"}
    assert len(cloud.requests("oauth2.googleapis.com", "/token")) == 2


def test_they_are_made_of_a_source() -> None:
    with pytest.raises(TypeError, match=r"google\.default"):
        Credentials("bigquery")  # type: ignore[arg-type]


def test_other_scopes_and_another_project(cloud: GoogleFake, key: Path) -> None:
    credentials, _ = tokcore.google.default(path=key)
    drive = theirs.with_scopes_if_required(credentials, ["unused"])
    assert drive is credentials
    drive = credentials.with_scopes([SCOPE + "drive.readonly"])
    assert drive.scopes == (SCOPE + "drive.readonly",) and drive.token is None and not drive.valid
    assert AuthorizedSession(drive).get("https://www.googleapis.com/drive/v3/files").status_code == 200
    assert AuthorizedSession(drive).get(API).status_code == 403
    charged = credentials.with_quota_project("other-project")
    assert charged.quota_project_id == "other-project" and charged.token == credentials.token
    assert AuthorizedSession(charged).get(API).status_code == 200
    assert sent(cloud)[-1]["x-goog-user-project"] == "other-project"
    assert charged.with_scopes(["a"]).quota_project_id == "other-project"
    with pytest.raises(exceptions.InvalidOperation, match="token_fetch"):
        Credentials.from_source(credentials.source).with_scopes(["a"])


def test_headers_are_such_as_grpc_takes(cloud: GoogleFake, key: Path) -> None:
    credentials, _ = tokcore.google.default(path=key, quota_project="fake-project")
    headers: dict[str, str] = {}
    credentials.before_request(None, "/google.pubsub.v1.Publisher/Publish", "https://pubsub.googleapis.com/", headers)
    assert headers == {"authorization": f"Bearer {credentials.token}", "x-goog-user-project": "fake-project"}
    applied: dict[str, str] = {}
    credentials.apply(applied)  # type: ignore[no-untyped-call]
    assert applied == headers


def failing(cloud: GoogleFake, key: Path, **fault: Any) -> Credentials:
    credentials, _ = tokcore.google.default(path=key)
    credentials.source.forget()
    cloud.fault("POST oauth2.googleapis.com/token", **fault)
    return credentials


def test_failures_are_those_of_google_auth(cloud: GoogleFake, key: Path) -> None:
    refused = failing(cloud, key, status=400, body={"error": "invalid_grant", "error_description": "Not today"})
    with pytest.raises(exceptions.RefreshError) as caught:
        AuthorizedSession(refused).get(API)
    cause = caught.value.__cause__
    assert isinstance(cause, tokcore.TokcoreError) and cause.oauth_error == "invalid_grant"
    assert not caught.value.retryable and cause.hint in str(caught.value)


def test_a_broken_network_is_one_of_google_auth(cloud: GoogleFake, key: Path) -> None:
    unreachable = failing(cloud, key, reset=True, times=20)
    with pytest.raises(exceptions.TransportError) as caught:
        unreachable.refresh(Request())
    assert isinstance(caught.value.__cause__, tokcore.TransportError) and caught.value.retryable


def test_the_application_default(cloud: GoogleFake, monkeypatch: pytest.MonkeyPatch) -> None:
    person = cloud.files.authorized_user(quota_project_id="charged-project")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(person))
    credentials, _ = tokcore.google.default()
    assert credentials.get_cred_info()["credential_type"] == "authorized_user"
    assert credentials.service_account_email is None
    assert credentials.quota_project_id == "charged-project"
    assert AuthorizedSession(credentials).get(API).status_code == 200
    assert sent(cloud)[-1]["x-goog-user-project"] == "charged-project"


def test_a_machine_of_googles(google: GoogleFake, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in google.env().items():
        monkeypatch.setenv(name, value)
    credentials, project = tokcore.google.default(methods="gce")
    assert AuthorizedSession(credentials).get(API).status_code == 200
    assert project in (None, "fake-project")
    assert str(credentials.service_account_email).endswith("gserviceaccount.com")


def test_what_google_knows(cloud: GoogleFake, key: Path) -> None:
    source = tokcore.token_fetch("bigquery", path=key)
    assert tokcore.google.email(source) == ROBOT == tokcore.google.userinfo(source.token())["email"]
    assert SCOPE + "bigquery" in tokcore.google.tokeninfo(source)["scope"].split()
    with pytest.raises(TypeError):
        tokcore.google.userinfo("text")  # type: ignore[arg-type]
    path = tokcore.google.adc_path()
    assert path is not None and path.startswith(cloud.env()["CLOUDSDK_CONFIG"])


def test_a_person(cloud: GoogleFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", cloud.person_as_browser())
    # In a container no browser is opened, except through the helper that an editor puts into BROWSER.
    monkeypatch.setenv("VSCODE_IPC_HOOK_CLI", "/nowhere")
    client, store = cloud.files.client(), tmp_path / "store"
    with pytest.raises(tokcore.InteractionRequiredError) as caught:
        tokcore.google.default("bigquery", client=client, store=store, interactive=False)
    asked = [line.strip().partition(":")[0] for line in str(caught.value).splitlines()[1:]]
    assert asked == [name.partition("_")[2] for name in tokcore.chain.names()]
    shown: list[str] = []
    credentials, _ = tokcore.google.default(
        "bigquery", client=client, store=store, interactive=True, on_prompt=shown.append
    )
    assert shown and AuthorizedSession(credentials).get(API).status_code == 200
    assert tokcore.google.email(credentials.source) == "alice@example.com"
    assert "account='alice@example.com'" in repr(credentials.source.token())
    assert "principal='alice@example.com'" in repr(credentials) and credentials.service_account_email is None
    again, _ = tokcore.google.default(
        "bigquery", client=client, store=store, email="alice@example.com", interactive=False
    )
    assert again.token == credentials.token
    assert again.source.logout().found


def test_a_login_in_a_store_of_the_program(cloud: GoogleFake) -> None:
    client, kept = cloud.files.client(), tokcore.store.Store.custom({})
    scopes = ("https://www.googleapis.com/auth/bigquery", "https://www.googleapis.com/auth/userinfo.email")
    kept.adopt(
        client_id=tokcore.google.read_client(client).client_id,
        issuer="https://accounts.google.com",
        token_endpoint="https://oauth2.googleapis.com/token",
        scopes=scopes,
        account="alice@example.com",
        refresh_token=cloud.files.refresh_token("alice@example.com", scopes, "installed.apps.googleusercontent.com"),
    )
    credentials, _ = tokcore.google.default("bigquery", client=client, store=kept, interactive=False)
    assert AuthorizedSession(credentials).get(API).status_code == 200
    with pytest.raises(tokcore.InteractionRequiredError):
        tokcore.google.default("bigquery", client=client, store=tokcore.store.Store.custom({}), interactive=False)


def test_no_credentials_are_tokcores_error(cloud: GoogleFake) -> None:
    with pytest.raises(tokcore.NotConfiguredError) as caught:
        tokcore.google.default(disable="user_oauth2")
    assert "app_default: " in str(caught.value)


def with_requests(source: tokcore.TokenSource) -> int:
    session = requests.Session()
    session.auth = RequestsAuth(source)
    return session.get(API, timeout=10).status_code


def with_httpx(source: tokcore.TokenSource) -> int:
    with httpx.Client(auth=HttpxAuth(source)) as client:
        return client.get(API).status_code


@pytest.mark.parametrize("ask", [with_requests, with_httpx])
def test_the_adapters_name_the_project(
    cloud: GoogleFake, key: Path, ask: Callable[[tokcore.TokenSource], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_QUOTA_PROJECT", "charged-project")
    source = tokcore.token_fetch("cloud-platform", path=key)
    assert source.about.quota_project_id == "charged-project"
    assert ask(source) == 200
    assert sent(cloud)[-1]["x-goog-user-project"] == "charged-project"


def test_credentials_of_google_auth_can_be_brought(cloud: GoogleFake, key: Path) -> None:
    scopes = [SCOPE + "cloud-platform"]
    other = service_account.Credentials.from_service_account_file(str(key), scopes=scopes)
    source = tokcore.token_fetch(token=other)
    assert source.access_token() == other.token and source.token().scopes == tuple(scopes)
    assert source.token().expires_at == other.expiry.replace(tzinfo=timezone.utc, microsecond=0)
    with tokcore.chain.local({"theirs": lambda scopes, **options: other}):
        assert tokcore.token_fetch().access_token() == other.token
    mine, _ = tokcore.google.default(path=key)
    assert tokcore.token_fetch(token=mine).key == mine.source.key


def test_a_client_library_of_google(cloud: GoogleFake, key: Path) -> None:
    bigquery = pytest.importorskip("google.cloud.bigquery")
    credentials, project = tokcore.google.default(path=key, quota_project="fake-project")
    client = bigquery.Client(project=project, credentials=credentials)
    assert [tuple(row) for row in client.query_and_wait("SELECT word, n FROM samples")][0] == ("the", 25568)
    assert [dataset.dataset_id for dataset in client.list_datasets()] == ["samples"]
    client.close()
    assert {each["x-goog-user-project"] for each in sent(cloud)} == {"fake-project"}
    assert {each["authorization"] for each in sent(cloud)} == {f"Bearer {credentials.token}"}


def test_no_secret_is_shown(cloud: GoogleFake, key: Path) -> None:
    credentials, _ = tokcore.google.default(path=key)
    things = (credentials, credentials.source, credentials.source.about, credentials.get_cred_info())
    shown = "".join(map(repr, things))
    assert not [secret for secret in cloud.secrets() if secret in shown]
