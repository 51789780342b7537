"""Asks the chain once, and says what came of it: chain_asker.py NAME=VALUE…

One line comes out: `token`, the token and the project that pays, or `error`, its kind, reason, message and hint, with tabs
between. chain_asker.R and chain_asker.c do the same.
"""

from __future__ import annotations

import sys

import tokcore

FLAGS = {"true": True, "false": False}
options = {name: FLAGS.get(value, value) for name, _, value in (word.partition("=") for word in sys.argv[1:])}
try:
    source = tokcore.token_fetch(**options)
    print("token", source.token().access_token, source.about.quota_project_id or "", sep="\t")
except tokcore.TokcoreError as error:
    print("error", error.kind, error.reason or "", error.message, error.hint, sep="\t")
