"""Tables of what Google's tools do that can be seen through the public functions: tests/vectors/google/*.json."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from google_fake import GoogleFake
from vectors import VECTORS, Case

import tokcore
from tokcore import google as own

VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"


def rows(name: str) -> list[Any]:
    cases = json.loads((VECTORS / "google" / f"{name}.json").read_text())["cases"]
    return [pytest.param(case, id=case["id"]) for case in cases if not case.get("windows")]


SCOPES = [row for row in rows("scopes") if row.values[0]["call"] in ("resolve", "normalised", "display")]


@pytest.mark.parametrize("case", SCOPES)
def test_scopes(case: Case) -> None:
    if case["call"] == "display":
        assert [own.short_scope(scope) for scope in case["scopes"]] == case["expect"]
    else:
        assert own.full_scopes(case["scopes"], dict(case.get("aliases", []))) == case["expect"]


def of_today(case: Case) -> Case:
    """The row's texts, with grants that no other row has: what tokcore has in memory lives as long as the process."""
    text = json.dumps(case).replace("refresh-canary", f"refresh-canary-{case['id']}")
    # The table lives in the year 2023.
    found: Case = json.loads(text.replace("2023-11-14T", "2123-11-14T"))
    return found


@pytest.mark.parametrize("case", rows("adc"))
def test_application_default_credentials(
    case: Case, cloud: GoogleFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = of_today(case)
    if "HOME" in case.get("env", {}):
        monkeypatch.delenv("CLOUDSDK_CONFIG")
    for name, value in case.get("env", {}).items():
        monkeypatch.setenv(name, value)
    expect = case["expect"]
    if "path" in expect:
        assert own.adc_path() == expect["path"]
        return
    if "file" in case:
        content = case["file"]
        (tmp_path / "adc.json").write_text(content if isinstance(content, str) else json.dumps(content))
        monkeypatch.setenv(VARIABLE, str(tmp_path / "adc.json"))
    for answer in case.get("http", []):
        cloud.fault("*", status=answer.get("status", 200), body=answer["json"])
    wish = case.get("wish", {})
    if "kind" in expect:
        found = tokcore.explain(**wish).first
        assert found is not None and found.about is not None and found.about.kind == expect["kind"]
    elif "error" in expect:
        with pytest.raises(tokcore.TokcoreError) as caught:
            tokcore.token_fetch(**wish)
        check_error(caught.value, expect["error"])
    else:
        source = tokcore.token_fetch(**wish)
        assert source.access_token() == expect["token"]
        assert source.about.quota_project_id == expect.get("quota_project")
        assert [one.source for one in source.attempts][-1] == "credentials_app_default"
    if "asked" in expect and "kind" not in expect:
        assert [f"https://{each['host']}{each['path']}" for each in cloud.requests()] == expect["asked"]


def check_error(error: tokcore.TokcoreError, wanted: Case) -> None:
    assert error.kind == wanted["kind"] and wanted["reason"] in (None, error.reason), error
    assert all(text in error.message for text in wanted["says"]), error
    assert all(text in error.hint for text in wanted["hints"]), error
    assert "canary" not in str(error)


def key_file(token_uri: str) -> str:
    """A service account's key that is none."""
    more = {"client_email": "a@b.example", "private_key": "key-canary", "token_uri": token_uri}
    return json.dumps({"type": "service_account", **more})


#: What is given by mistake: the option, what it is, and the reason and remedy of the error.
MISTAKES: dict[str, tuple[str, str, str | None, str]] = {
    "a client as a key": ("path", '{"installed": {"client_id": "a"}}', "client_json_given_as_key", "client"),
    "a key as a client": ("client", '{"type": "service_account"}', "key_given_as_client_json", "credential itself"),
    "a damaged key": ("path", key_file("https://oauth2.googleapis.com/token"), None, "PEM"),
    "an address of another": ("path", key_file("https://evil.example/"), "untrusted_address", "trust"),
    "a type of nobody": ("path", '{"type": "robot"}', None, "service_account"),
    "no JSON": ("path", "{canary", None, ""),
    "nothing": ("path", "", None, "variable that is not set"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_its_remedy(
    mistake: str, cloud: GoogleFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Somebody else's identity, which must not be used.
    monkeypatch.setenv(VARIABLE, str(cloud.files.authorized_user()))
    option, value, reason, remedy = MISTAKES[mistake]
    options: dict[str, Any] = {option: value}
    with pytest.raises(tokcore.TokcoreError) as caught:
        tokcore.token_fetch("bigquery", **options)
    error = caught.value
    assert error.kind == "config_invalid" and reason in (None, error.reason)
    assert remedy in error.hint, error.hint
    assert "canary" not in str(error) and cloud.requests("oauth2.googleapis.com") == []


#: A process of its own: what it learns of the server's clock lives as long as it does.
SKEWED = """
import sys, tokcore
try:
    print(tokcore.token_fetch("bigquery", path=sys.argv[1], auto_skew=sys.argv[2] == "True").attempts[-1].code)
except tokcore.DeniedError as error:
    print(error.reason, "clock" in str(error))
"""


@pytest.mark.parametrize("auto_skew", [True, False])
def test_a_clock_that_is_off_is_made_up_for(auto_skew: bool, cloud: GoogleFake) -> None:
    cloud.settings(clock_shift_s=-900)
    command = [sys.executable, "-c", SKEWED, str(cloud.files.service_account()), str(auto_skew)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.stdout == ("token\n" if auto_skew else "clock_skew True\n"), done
