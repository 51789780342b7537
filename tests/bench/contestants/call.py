"""One `get_credentials` that asks the server, from Python.

Usage: python call.py tokcore|posit-sdk CALLS, in the environment of a session.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from timing import GUID, each_ns, emit


def tokcore_call() -> Callable[[], Any]:
    import tokcore

    client = tokcore.Client(reuse=0)
    return lambda: client.get_credentials(audience=GUID)


def posit_sdk_call() -> Callable[[], Any]:
    from posit.workbench import Client

    client = Client()
    return lambda: client.oauth.get_credentials(audience=GUID)


contestant, calls = sys.argv[1], int(sys.argv[2])
call = {"tokcore": tokcore_call, "posit-sdk": posit_sdk_call}[contestant]()
emit(f"{contestant} Python" if contestant == "tokcore" else contestant, "call", "ns", each_ns(call, calls))
