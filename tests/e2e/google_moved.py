"""The tables' world is not this machine: their files lie at the root and their clock stands still. Here both are moved,
the files into a folder and the instants to the clock of today."""

from __future__ import annotations

import base64
import datetime
import json
import re
import time
from typing import Any

from google_stage import PLACE

NOW_UNIX_S = 1_700_000_010
"""Where the clock of the tables stands."""

ROOTED = re.compile(r"(?<![\w:/.-])/(?=(?:keys|run|opt|home|nowhere)\b|(?:t|c|out|chain|cert|key)\.(?:json|pem)\b|k$)")
"""The beginning of a path of theirs, alone or in a sentence."""
INSTANT = re.compile(r"2023-11-14T\d\d:\d\d:\d\dZ")
JWT = re.compile(r"ey[\w-]+\.(ey[\w-]+)\.")


def shift_s() -> int:
    """How far today is from there."""
    return int(time.time()) - NOW_UNIX_S


def moved(value: Any, by_s: int) -> Any:
    """The same in our folder and time."""
    if isinstance(value, str):
        return _moved_text(value, by_s)
    if isinstance(value, list):
        return [moved(each, by_s) for each in value]
    if isinstance(value, dict):
        return {_moved_text(name, by_s): moved(each, by_s) for name, each in value.items()}
    if isinstance(value, int) and abs(value - NOW_UNIX_S) < 86400:
        return value + by_s
    return value


def _moved_text(text: str, by_s: int) -> str:
    text = ROOTED.sub(PLACE + "/", text)
    text = re.sub(r"\b17000\d{5}\b", lambda found: str(int(found[0]) + by_s), text)
    text = INSTANT.sub(lambda found: _later(found[0], by_s), text)
    return JWT.sub(lambda found: found[0].replace(found[1], _moved_claims(found[1], by_s)), text)


def _later(instant: str, by_s: int) -> str:
    then = datetime.datetime.fromisoformat(instant) + datetime.timedelta(seconds=by_s)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


def _moved_claims(part: str, by_s: int) -> str:
    return encoded(json.dumps(moved(decoded(part), by_s)))


def decoded(part: str) -> Any:
    """What a part of a JWT says."""
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
