"""A valid token from a source, from Python, beside an empty method in C of the same shape and beside other libraries.

Usage: python valid_token.py EMPTY_MODULE_FILE
"""

from __future__ import annotations

import importlib.util
import json
import sys

import peers
import tokcore
from timing import emit, in_turns_ns

spec = importlib.util.spec_from_file_location("empty_python", sys.argv[1])
empty = importlib.util.module_from_spec(spec)
spec.loader.exec_module(empty)

client = tokcore.OAuthClient(client_id="bench", client_secret="bench", token_endpoint="https://as.example/token")
source = client.source(grant="client_credentials")
source.adopt(tokcore.Token.of(access_token="bench", expires_in=3600))
calls = {"empty method in C": empty.Source().token, "tokcore Python": source.token}

answer = json.dumps({"access_token": "bench", "token_type": "Bearer", "expires_in": 3600})
for name, make in {"authlib": lambda: peers.authlib("https://as.example", 3600), "msal": lambda: peers.msal(lambda: answer)}.items():
    try:
        calls[name] = make()
    except ImportError:
        print(f"{name} is not installed", file=sys.stderr)

fast = {name: ("f()", {"f": call}) for name, call in calls.items() if name not in ("authlib", "msal")}
slow = {name: ("f()", {"f": call}) for name, call in calls.items() if name not in fast}
for figures in (in_turns_ns(fast), in_turns_ns(slow, loops=500)):
    for contestant, durations in figures.items():
        emit(contestant, "valid token", "ns", durations)
