"""Forks and signals, each in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable

import pytest
from vectors import Case

PREAMBLE = """
import os, signal, sys, threading, time
import tokcore
guid = sys.argv[1]
"""


def start(script: str, guid: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + textwrap.dedent(script), guid],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def output(script: str, guid: str) -> str:
    process = start(script, guid)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def test_a_forked_child_gets_credentials_too(signed_in: str) -> None:
    assert output(
        """
        tokcore.get_credentials(audience=guid)
        pid = os.fork()
        if pid == 0:
            signal.alarm(10)
            tokcore.Client().get_credentials(audience=guid)
            tokcore._tokcore.default_client().forget()
            tokcore.get_credentials(audience=guid)
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        # The parent's connection is none the worse for it.
        tokcore.Client().get_credentials(audience=guid)
        print("both")
        """,
        signed_in,
    ) == "both\n"


def test_multiprocessing_by_fork_after_first_use(signed_in: str) -> None:
    assert output(
        """
        import multiprocessing

        def work(n):
            return tokcore.Client().get_credentials(audience=guid).integration_id

        tokcore.get_credentials(audience=guid)
        with multiprocessing.get_context("fork").Pool(4) as pool:
            print(set(pool.map(work, range(16))) == {guid})
        """,
        signed_in,
    ) == "True\n"


def test_a_fork_while_other_threads_are_in_calls(signed_in: str) -> None:
    """Whatever those threads held at that moment, the child neither hangs nor fails."""
    assert output(
        """
        stop = threading.Event()

        def work():
            while not stop.is_set():
                tokcore._tokcore.default_client().forget()
                tokcore.get_credentials(audience=guid)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        codes = []
        for _ in range(20):
            pid = os.fork()
            if pid == 0:
                signal.alarm(10)
                tokcore.get_credentials(audience=guid)
                os._exit(0)
            codes.append(os.waitpid(pid, 0)[1])
        stop.set()
        for thread in threads:
            thread.join()
        print(codes == [0] * 20 or codes)
        """,
        signed_in,
    ) == "True\n"


@pytest.mark.parametrize("call", ["tokcore.get_credentials(audience=guid)", "tokcore.integrations.find()"])
def test_ctrl_c_ends_a_wait_within_250_ms(call: str, session: Callable[[str], Case]) -> None:
    guid = session("V69")["call"]["audience"]
    process = start(
        f"""
        print("waiting", flush=True)
        try:
            {call}
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        """,
        guid,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    time.sleep(0.4)
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n"
    took = time.monotonic() - begun
    process.communicate(timeout=10)
    assert took < 0.25, f"{took:.3f} s"


def test_a_handler_that_does_not_raise_lets_the_call_go_on(session: Callable[[str], Case]) -> None:
    guid = session("V69")["call"]["audience"]
    process = start(
        """
        handled = []
        signal.signal(signal.SIGUSR1, lambda *_: handled.append(1))
        print("waiting", flush=True)
        try:
            tokcore.Client(timeout=1.0).get_credentials(audience=guid)
        except tokcore.TimeoutError:
            print("timeout after", len(handled), "signal")
        """,
        guid,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGUSR1)
    out, err = process.communicate(timeout=10)
    assert out == "timeout after 1 signal\n", err


def test_a_call_during_interpreter_shutdown_does_no_harm(signed_in: str) -> None:
    assert output(
        """
        import atexit
        kept = tokcore.get_credentials(audience=guid)
        atexit.register(lambda: print(tokcore.get_credentials(audience=guid) is kept))
        """,
        signed_in,
    ) == "True\n"
