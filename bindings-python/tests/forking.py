"""A process whose child uses the store that it uses. Run by test_store_processes.py:

    forking.py ADDRESS FOLDER PARENT START

does, for each thing that a child can do, what PARENT says while START begins a child, and prints one line of JSON for each.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import threading
import time
import urllib.request
from typing import Any

import tokcore
from tokcore.store import Store

ACTIONS = ("get", "refresh", "logout", "exit")
PATIENCE_S = 20


def the_source(address: str, folder: str) -> tokcore.TokenSource:
    client = tokcore.OAuthClient(client_id="app", token_endpoint=f"{address}/token", store=folder)
    return client.source(scopes=["read"], interactive=False)


def machine(address: str) -> tokcore.TokenSource:
    """A source whose exchange has nothing to do with the store."""
    client = tokcore.OAuthClient(client_id="machine", client_secret="s", token_endpoint=f"{address}/token", store="memory")
    return client.source(grant="client_credentials", cache_key=str(time.monotonic_ns()))


def act(action: str, source: tokcore.TokenSource) -> None:
    """What the child does."""
    signal.alarm(PATIENCE_S)
    if action == "get":
        assert source.token().access_token
    elif action == "refresh":
        token = source.token()
        source.invalidate(token)
        assert source.token().access_token != token.access_token
    elif action == "logout":
        assert source.logout(revoke=False).found


def act_anew(action: str, address: str, folder: str) -> None:
    """The same in a child that has inherited nothing."""
    act(action, the_source(address, folder))


def ask(address: str, path: str) -> str:
    with urllib.request.urlopen(address + path, data=b"", timeout=10) as answer:
        text: str = json.loads(answer.read())["text"]
    return text


def begin(start: str, action: str, address: str, folder: str, source: tokcore.TokenSource) -> int:
    """A child's exit status."""
    if start == "os.fork":
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                act(action, source)
                status = 0
            finally:
                os._exit(status)
        return os.waitpid(pid, 0)[1]
    context: Any = multiprocessing.get_context(start)
    if start == "fork":
        child = context.Process(target=act, args=(action, source))
    else:
        child = context.Process(target=act_anew, args=(action, address, folder))
    child.start()
    child.join(PATIENCE_S)
    return -1 if child.exitcode is None else child.exitcode


def main(address: str, folder: str, parent: str, start: str) -> None:
    if start in ("forkserver", "spawn"):
        # The time of a new interpreter is not ours.
        context: Any = multiprocessing.get_context(start)
        context.Process(target=len, args=("",)).start()
    for action in ACTIONS:
        grant = {"client_id": "app", "token_endpoint": f"{address}/token", "scopes": ["read"]}
        Store(folder).adopt(refresh_token=ask(address, "/__new-grant"), **grant)
        source = the_source(address, folder)
        source.forget()
        failures: list[str] = []

        def work(busy: tokcore.TokenSource) -> None:
            try:
                assert busy.token().access_token
            except Exception as error:
                failures.append(repr(error))

        workers = []
        if parent == "idle":
            source.token()
        else:
            # Whoever renews what is stored holds its lock.
            busy = machine(address) if parent == "exchanging" else source
            if parent == "exchanging":
                source.token()
            ask(address, "/__expect")
            workers = [threading.Thread(target=work, args=(busy,))]
            workers[0].start()
            ask(address, "/__arrived")
        begun = time.monotonic()
        status = begin(start, action, address, folder, source)
        took = time.monotonic() - begun
        for worker in workers:
            worker.join(PATIENCE_S)
        alive = [worker for worker in workers if worker.is_alive()]
        # The parent is none the worse for it.
        if action == "logout":
            assert Store(folder).list() == []
        else:
            assert the_source(address, folder).token().access_token
        print(json.dumps({"action": action, "status": status, "took": took, "failures": failures + [*map(str, alive)]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
