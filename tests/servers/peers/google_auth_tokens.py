"""Asks PyPI's google-auth for tokens: a JSON list of questions in, a list of answers out.

A question has ``name``, ``scopes``, and ``path`` (without one the metadata server is asked), and may have
``id_audience`` for an ID token, ``gdch_audience``, ``subject`` and ``env``. An answer has ``token`` or ``error``.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import google.auth
from google.auth import compute_engine
from google.auth.transport.requests import Request
from google.oauth2 import id_token


def credentials(question: dict[str, Any]) -> Any:
    """What google-auth makes of the question."""
    if "path" not in question:
        return compute_engine.Credentials(scopes=question["scopes"])
    found, _ = google.auth.load_credentials_from_file(question["path"], scopes=question["scopes"])
    if "gdch_audience" in question:
        found = found.with_gdch_audience(question["gdch_audience"])
    return found.with_subject(question["subject"]) if "subject" in question else found


def answer(question: dict[str, Any]) -> dict[str, Any]:
    request = Request()
    os.environ.update(question.get("env", {}))
    try:
        if "id_audience" in question:
            if "path" in question:
                os.environ["GOOGLE_APPLICATION_CREDENTIALS"] = question["path"]
            token = id_token.fetch_id_token(request, question["id_audience"])
            claims = id_token.verify_oauth2_token(token, request, question["id_audience"])
            return {"token": token, "email": claims["email"]}
        found = credentials(question)
        found.refresh(request)
        return {"token": found.token, "expiry": found.expiry and found.expiry.isoformat()}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    finally:
        for name in ("GOOGLE_APPLICATION_CREDENTIALS", *question.get("env", {})):
            os.environ.pop(name, None)


print(json.dumps([{"name": question["name"], **answer(question)} for question in json.load(sys.stdin)]))
