"""Many callers that ask for credentials again and again: callers.py SECONDS THREADS INTERVAL GUID ME_URL [MODULE]

Each caller is a thread with a client of its own. All of them ask at the same moment, every INTERVAL seconds, which is the
worst for a token that is due. Each new token is used at the provider's userinfo endpoint. Prints one JSON object: how many
calls there were, which exceptions, and how they went on after the last failure.
"""

from __future__ import annotations

import collections
import importlib
import json
import sys
import threading
import time
import urllib.error
import urllib.request

seconds, threads, interval = float(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
guid, me = sys.argv[4:6]
Client = importlib.import_module(sys.argv[6] if len(sys.argv) > 6 else "posit.workbench").Client

lock = threading.Lock()
failures: collections.Counter[str] = collections.Counter()
totals: collections.Counter[str] = collections.Counter()
tokens: set[str] = set()
last_failure = 0.0
last_success = 0.0
started = time.monotonic()


def use(token: str) -> str:
    """Whether the provider takes the token."""
    request = urllib.request.Request(me, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return "accepted" if json.load(answer)["sub"] else "empty"
    except urllib.error.HTTPError as error:
        return f"refused {error.code}"


def caller() -> None:
    global last_failure, last_success
    client = Client()
    turn = 0
    while time.monotonic() - started < seconds:
        turn += 1
        time.sleep(max(0.0, started + turn * interval - time.monotonic()))
        try:
            credentials = client.oauth.get_credentials(audience=guid)
        except Exception as error:
            with lock:
                failures[type(error).__name__] += 1
                last_failure = time.monotonic() - started
            continue
        with lock:
            totals["calls"] += 1
            totals["none"] += credentials is None
            last_success = time.monotonic() - started
            fresh = credentials is not None and credentials["access_token"] not in tokens
            if fresh:
                tokens.add(credentials["access_token"])
        if fresh:
            outcome = use(credentials["access_token"])
            with lock:
                totals[outcome] += 1


running = [threading.Thread(target=caller) for _ in range(threads)]
for thread in running:
    thread.start()
for thread in running:
    thread.join()
print(
    json.dumps(
        {
            **totals,
            "tokens": len(tokens),
            "failures": failures,
            "last_failure": last_failure,
            "last_success": last_success,
        }
    )
)
