"""Asks the chain once, and says what came of it: chain_asker.py [--stay] NAME=VALUE…

One line comes out: `token`, the token and the project that pays, or `error`, its kind, reason, message and hint, with tabs
between. chain_asker.R and chain_asker.c do the same. With `--stay` each line of the input asks for a newer token.
"""

from __future__ import annotations

import sys

import tokcore

FLAGS = {"true": True, "false": False}
words = [word for word in sys.argv[1:] if word != "--stay"]
options = {name: FLAGS.get(value, value) for name, _, value in (word.partition("=") for word in words)}


def say(ask) -> None:
    try:
        print("token", ask(), source.about.quota_project_id or "", sep="\t", flush=True)
    except tokcore.TokcoreError as error:
        print("error", error.kind, error.reason or "", error.message, error.hint, sep="\t", flush=True)


def first() -> str:
    global source
    source = tokcore.token_fetch(**options)
    return source.token().access_token


def newer() -> str:
    source.invalidate(source.token())
    return source.token().access_token


say(first)
if "--stay" in sys.argv:
    for _ in sys.stdin:
        say(newer)
