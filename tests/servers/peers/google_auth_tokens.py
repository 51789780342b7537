"""Asks PyPI's google-auth for tokens: a question of JSON on a line of the input, an answer on a line of the output.

A question has ``scopes``, and may have ``path`` (a file or its JSON; without one the application default credentials are
asked for), ``subject``, ``service_account``, ``id_audience`` for an ID token, ``impersonate``, ``quota_project``,
``gdch_audience`` and ``env``, where null takes a variable away. An answer has ``token`` and ``quota_project``, or ``error``.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import google.auth
from google.auth import compute_engine, impersonated_credentials
from google.auth.transport.requests import Request
from google.oauth2 import id_token


@contextlib.contextmanager
def environment(changes: dict[str, str | None]) -> Iterator[None]:
    before = dict(os.environ)
    for name, value in changes.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def found(question: dict[str, Any]) -> Any:
    """The credentials that google-auth makes of the input."""
    scopes, path = question.get("scopes"), question.get("path")
    if "service_account" in question:
        return compute_engine.Credentials(service_account_email=question["service_account"], scopes=scopes)
    if path is None:
        return google.auth.default(scopes=scopes)[0]
    if path.startswith("{"):
        return google.auth.load_credentials_from_dict(json.loads(path), scopes=scopes)[0]
    return google.auth.load_credentials_from_file(path, scopes=scopes)[0]


def credentials(question: dict[str, Any]) -> Any:
    """The same, made into what is asked for."""
    credentials = found(question)
    if "gdch_audience" in question:
        credentials = credentials.with_gdch_audience(question["gdch_audience"])
    if "subject" in question:
        credentials = credentials.with_subject(question["subject"])
    if "impersonate" in question:
        scopes, delegates = question["scopes"], question.get("delegates")
        credentials = impersonated_credentials.Credentials(credentials, question["impersonate"], scopes, delegates)
    if "quota_project" in question:
        credentials = credentials.with_quota_project(question["quota_project"])
    return credentials


def identity(question: dict[str, Any], request: Request) -> str:
    """An ID token, which has to be valid."""
    audience = question["id_audience"]
    got = credentials(question) if "path" in question else None
    if isinstance(got, impersonated_credentials.Credentials):
        acting = impersonated_credentials.IDTokenCredentials(got, audience, include_email=True)
        acting.refresh(request)
        token = acting.token
    else:
        if "path" in question:
            os.environ["GOOGLE_APPLICATION_CREDENTIALS"] = question["path"]
        token = id_token.fetch_id_token(request, audience)
    id_token.verify_oauth2_token(token, request, audience)
    return token


def answer(question: dict[str, Any]) -> dict[str, Any]:
    request = Request()
    try:
        with environment(question.get("env", {})):
            if "id_audience" in question:
                return {"token": identity(question, request)}
            got = credentials(question)
            got.refresh(request)
            return {"token": got.token, "quota_project": getattr(got, "quota_project_id", None)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
