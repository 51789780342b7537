"""Asks for a token whenever a line says so, and says what came of it: asker.py CLIENT.toml

`ask` asks as a process does that has just started: what this one has in memory is forgotten. `renew` says that the token
was refused. One line comes back: `token` and the token, or `error`, its kind, reason, message and hint, with tabs between.
asker.R and asker.c do the same.
"""

from __future__ import annotations

import sys

import tokcore


def answer(line: str) -> tuple[str, ...]:
    try:
        if line == "renew":
            source.invalidate(source.token())
        else:
            source.forget()
        return "token", source.token().access_token
    except tokcore.TokcoreError as error:
        return "error", error.kind, error.reason or "", error.message, error.hint


source = tokcore.OAuthClient.from_file(sys.argv[1]).source()
print("ready", flush=True)
for line in sys.stdin:
    print(*answer(line.strip()), sep="\t", flush=True)
