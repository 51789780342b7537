"""A `get_credentials` within the reuse window, from Python, beside an empty function in C of the same signature.

Usage: python reuse.py EMPTY_MODULE_FILE, in the environment of a session.
"""

from __future__ import annotations

import importlib.util
import sys

import tokcore
from timing import GUID, emit, in_turns_ns

spec = importlib.util.spec_from_file_location("empty_python", sys.argv[1])
empty = importlib.util.module_from_spec(spec)
spec.loader.exec_module(empty)

by_name, by_position = "f(audience=guid)", "f(guid)"
client = tokcore.Client()
calls = {
    ("empty C function", "reuse, by name"): (by_name, empty.call),
    ("tokcore Python", "reuse, by name"): (by_name, tokcore.get_credentials),
    ("empty C function", "reuse, by position"): (by_position, empty.call),
    ("tokcore Python", "reuse, by position"): (by_position, tokcore.get_credentials),
    ("tokcore Python Client", "reuse, by name"): (by_name, client.get_credentials),
}
figures = in_turns_ns({key: (text, {"f": function, "guid": GUID}) for key, (text, function) in calls.items()})
for (contestant, metric), durations in figures.items():
    emit(contestant, metric, "ns", durations)
