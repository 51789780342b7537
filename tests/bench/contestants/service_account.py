"""A service account's new token, again and again.

Usage: python service_account.py tokcore|google-auth KEY_FILE CALLS
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from timing import each_ns, emit

WHO, KEY_FILE, CALLS = sys.argv[1], sys.argv[2], int(sys.argv[3])
SCOPE = "https://www.googleapis.com/auth/cloud-platform"


def tokcore() -> dict[str, Callable[[], Any]]:
    import tokcore

    fetch = lambda: tokcore.token_fetch(SCOPE, path=KEY_FILE, trust="custom")  # noqa: E731
    source = fetch()

    def kept() -> None:
        source.forget()
        source.token()

    def read_again() -> None:
        source.forget()
        fetch()

    return {"token, statement kept": kept, "token, key read again": read_again}


def google_auth() -> dict[str, Callable[[], Any]]:
    from google.auth.transport.requests import Request
    from google.oauth2 import service_account

    fetch = lambda: service_account.Credentials.from_service_account_file(KEY_FILE, scopes=[SCOPE])  # noqa: E731
    credentials, request = fetch(), Request()
    return {"token": lambda: credentials.refresh(request), "token, key read again": lambda: fetch().refresh(request)}


contestant = "tokcore Python" if WHO == "tokcore" else WHO
for metric, call in (tokcore() if WHO == "tokcore" else google_auth()).items():
    emit(contestant, metric, "ns", each_ns(call, CALLS))
