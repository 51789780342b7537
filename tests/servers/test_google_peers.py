"""Peers, as their authors ship them, get their tokens from the fake of Google's endpoints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import clean_env
from google_fake import MACHINE, MIDDLE, ROBOT, SCOPE, TARGET, GoogleFake
from wire import claims_of

PEERS = Path(__file__).parent / "peers"
CLOUD, DRIVE, EMAIL = SCOPE + "cloud-platform", SCOPE + "drive", SCOPE + "userinfo.email"
AWS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "aws-secret-canary", "AWS_REGION": "us-east-2"}
SOURCES = ("file", "file-json", "url", "url-json", "executable", "aws", "aws-imds", "saml", "x509")


def answers(google: GoogleFake, command: list[str], questions: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What the peer gets, by the names of the questions."""
    env = {**clean_env.cleaned(os.environ), **google.env(), "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES": "1"}
    asked = "".join(json.dumps(question, default=str) + "\n" for question in questions)
    run = subprocess.run(command, input=asked, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    said = [json.loads(line) for line in run.stdout.splitlines()]
    return {question["name"]: answer for question, answer in zip(questions, said, strict=True)}


def principals(google: GoogleFake, found: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Whom the tokens act as, or why there is none."""
    tokens = google.get("tokens")
    return {name: tokens.get(each.get("token"), {}).get("principal", str(each)) for name, each in found.items()}


def test_google_auth(google: GoogleFake) -> None:
    google.change("service_accounts", ROBOT, delegated=[CLOUD])
    files, scopes = google.files, [CLOUD]
    delegates = (f"projects/-/serviceAccounts/{MIDDLE}",)
    robot, alice = files.service_account(), files.authorized_user()
    expected: dict[str, tuple[dict[str, Any], str]] = {
        "robot": ({"path": robot}, ROBOT),
        "robot for alice": ({"path": robot, "subject": "alice@example.com"}, "alice@example.com"),
        "alice": ({"path": alice}, "alice@example.com"),
        "machine": ({}, MACHINE),
        "impersonated": ({"path": files.impersonated()}, TARGET),
        "delegates": ({"path": files.impersonated(robot, TARGET, delegates, "delegates.json")}, TARGET),
        "federated and impersonated": ({"path": files.external_account("file", TARGET)}, TARGET),
        "workforce": (
            {"path": files.external_account("file", workforce=True)},
            "//iam.googleapis.com/locations/global/workforcePools/pool/providers/oidc/subject/workload",
        ),
        "workforce user": (
            {"path": files.external_account_authorized_user()},
            "//iam.googleapis.com/locations/global/workforcePools/pool/providers/oidc/subject/alice",
        ),
        "gdch": (
            {"path": files.gdch(), "gdch_audience": "https://x"},
            "system:serviceaccount:fake-project:fake-name",
        ),
    }
    subjects = {
        "aws": "arn:aws:sts::000000000001:assumed-role/fake-role",
        "saml": "saml-user",
        "x509": "CN=workload",
    }
    pool = "//iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/pool/providers"
    for source in SOURCES:
        provider = source.partition("-")[0] if source.partition("-")[0] in subjects else "oidc"
        subject = f"{pool}/{provider}/subject/{subjects.get(provider, 'workload')}"
        env = AWS if source == "aws" else {}
        expected[source] = ({"path": files.external_account(source), "env": env}, subject)
    questions = [{"name": name, "scopes": scopes, **question} for name, (question, _) in expected.items()]
    found = answers(google, [sys.executable, str(PEERS / "google_auth_tokens.py")], questions)
    assert principals(google, found) == {name: principal for name, (_, principal) in expected.items()}


def test_google_auth_id_tokens(google: GoogleFake) -> None:
    audience = "https://audience.test"
    questions: list[dict[str, Any]] = [
        {"name": "robot", "path": google.files.service_account(), "id_audience": audience},
        {"name": "machine", "id_audience": audience},
    ]
    found = answers(google, [sys.executable, str(PEERS / "google_auth_tokens.py")], questions)
    emails = {name: claims_of(each["token"])["email"] for name, each in found.items()}
    assert emails == {"robot": ROBOT, "machine": MACHINE}


def test_gargle(google: GoogleFake) -> None:
    google.change("service_accounts", ROBOT, delegated=[DRIVE, EMAIL])
    robot, alice = google.files.service_account(), google.files.authorized_user()
    expected: dict[str, tuple[dict[str, Any], str]] = {
        "robot": ({"how": "service_account", "path": robot}, ROBOT),
        "robot for alice": (
            {"how": "service_account", "path": robot, "subject": "alice@example.com"},
            "alice@example.com",
        ),
        "robot by default": ({"how": "app_default", "path": robot}, ROBOT),
        "alice by default": ({"how": "app_default", "path": alice, "scopes": [CLOUD]}, "alice@example.com"),
        "machine": ({"how": "gce", "scopes": [CLOUD]}, MACHINE),
    }
    questions = [{"name": name, "scopes": [DRIVE], **question} for name, (question, _) in expected.items()]
    found = answers(google, ["Rscript", str(PEERS / "gargle_tokens.R")], questions)
    assert principals(google, found) == {name: principal for name, (_, principal) in expected.items()}


@pytest.mark.parametrize("peer", ["google_auth_tokens.py", "gargle_tokens.R"])
def test_peers_are_refused_too(google: GoogleFake, peer: str) -> None:
    """Nothing here is only kind: a key that was deleted is a key that was deleted."""
    path = google.files.service_account()
    google.change("service_accounts", ROBOT, keys={})
    question = {"name": "robot", "how": "service_account", "path": path, "scopes": [CLOUD]}
    program = [sys.executable] if peer.endswith(".py") else ["Rscript"]
    found = answers(google, [*program, str(PEERS / peer)], [question])["robot"]
    assert not found.get("token")
    last = google.requests("oauth2.googleapis.com", "/token")[-1]
    assert last["status"] == 400 and last["form"]["assertion"]
