"""msal's cache in a file, from file to token, as its documentation has it: store_msal.py FOLDER ACCOUNTS [cold]

With `cold`, one look-up in a file that is there, and nothing is said: what a short program does.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

import msal

from peers import Here
from timing import each_ns, emit

PLACE = "https://login.microsoftonline.com/bench"


def encoded(claims: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


def name(number: int) -> str:
    return f"user{number}@example.com"


def answer(number: int) -> dict[str, object]:
    """What a sign-in of this account brings."""
    claims = {"oid": str(number), "preferred_username": name(number), "aud": "bench", "iss": "x", "tid": "bench"}
    return {
        "access_token": "a" * 222, "refresh_token": "r" * 100, "expires_in": 3600, "token_type": "Bearer",
        "client_info": encoded({"uid": str(number), "utid": "bench"}),
        "id_token": ".".join([encoded({}), encoded(claims), ""]),
    }  # fmt: skip


def fill(file: Path, count: int) -> None:
    cache = msal.SerializableTokenCache()
    for number in range(count):
        cache.add({
            "client_id": "bench", "scope": ["read"], "token_endpoint": f"{PLACE}/token",
            "environment": "login.microsoftonline.com", "response": answer(number),
        })  # fmt: skip
    file.write_text(cache.serialize())


def look(file: Path, number: int) -> str:
    cache = msal.SerializableTokenCache()
    cache.deserialize(file.read_text())
    app = msal.PublicClientApplication(
        "bench", authority=PLACE, token_cache=cache, instance_discovery=False, http_client=Here(lambda: "{}")
    )
    (account,) = app.get_accounts(username=name(number))
    return app.acquire_token_silent(["read"], account=account)["access_token"]


file, count = Path(sys.argv[1]) / "msal.json", int(sys.argv[2])
if "cold" in sys.argv:
    look(file, count // 2)
else:
    fill(file, count)
    # Its 20 unmeasured calls take seconds already where there are many.
    emit("msal", f"lookup, {count} stored", "ns", each_ns(lambda: look(file, count // 2), 100 if count < 100 else 5))
