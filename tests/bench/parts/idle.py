"""What a broker costs that nobody asks: memory, and how often it wakes up.

The demo's broker is there for its size with a sign-in. It wakes up for work: its tokens live for a minute only.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from artefacts import Artefacts
from machine import SERVER_CORE, Samples, bare_environment, placed_on
from parts.demo_session import demo_session
from report import Relation, Row

TITLE = "Broker: idle"
REPEATED = False
#: Units: seconds. After a start there is work left: threads for files end, the first plan is made.
SETTLE, WATCH, LOOK_EVERY = 15, 70, 0.5

RSS, PAUSE, WAKE_UPS = "RSS", "shortest pause between wake-ups", f"wake-ups in {WATCH} s"
SERVE, DEMO = "tokcore serve", "tokcore demo, one user signed in"

ROWS = [
    Row(SERVE, RSS, Relation.AT_MOST, 16),
    Row(SERVE, PAUSE, Relation.AT_LEAST, 30),
    Row(SERVE, WAKE_UPS),
    Row(DEMO, RSS),
    Row(DEMO, WAKE_UPS),
]

CONFIGURATION = """\
[mail]
name=Mail
client-id=bench
client-secret=nobody-will-ask
authorization-url=https://auth.example/authorize
token-url=https://auth.example/token
scopes=read
"""


def measure(built: Artefacts, samples: Samples) -> None:
    with serve(built.tokcore) as broker, demo_session(built.tokcore) as (demo, _):
        time.sleep(SETTLE)
        processes = {SERVE: broker.pid, DEMO: demo.pid}
        wake_ups = watch(list(processes.values()))
        for name, pid in processes.items():
            times = wake_ups[pid]
            pauses = [later - earlier for earlier, later in zip(times, times[1:])]
            samples.put(name, RSS, "MiB", status_kib(Path(f"/proc/{pid}/status"), "VmRSS") / 1024)
            samples.put(name, PAUSE, "s", min(pauses, default=float(WATCH)))
            samples.put(name, WAKE_UPS, "", len(times))


@contextmanager
def serve(tokcore: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A broker with one integration to which nobody is signed in."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        config, socket = folder / "oauth-clients.conf", folder / "broker.sock"
        config.write_text(CONFIGURATION)
        config.chmod(0o600)
        files: list[str | Path] = ["--config", config, "--database", folder / "db", "--master-key", folder / "key", "--socket", socket]
        broker = subprocess.Popen(
            [tokcore, "serve", "--listen", "127.0.0.1:0", *files],
            env=bare_environment(),
            stderr=(folder / "log").open("w"),
            preexec_fn=placed_on(SERVER_CORE),
        )
        try:
            until = time.monotonic() + 10
            while not socket.exists():
                if broker.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"tokcore serve did not start: {(folder / 'log').read_text()[-300:]}")
                time.sleep(0.05)
            yield broker
        finally:
            broker.terminate()
            broker.wait()


def watch(pids: list[int]) -> dict[int, list[float]]:
    """When each process was seen to have run since the last look. Units: seconds."""
    begun = time.monotonic()
    before = {pid: switches(pid) for pid in pids}
    seen: dict[int, list[float]] = {pid: [] for pid in pids}
    while (now := time.monotonic() - begun) < WATCH:
        for pid in pids:
            after = switches(pid)
            if any(count > before[pid].get(thread, 0) for thread, count in after.items()):
                seen[pid].append(now)
            before[pid] = after
        time.sleep(LOOK_EVERY)
    return seen


def switches(pid: int) -> dict[str, int]:
    """How often each thread has gone to sleep of its own accord, which it must do once for every wake-up."""
    threads = {}
    for thread in Path(f"/proc/{pid}/task").iterdir():
        try:
            threads[thread.name] = status_kib(thread / "status", "voluntary_ctxt_switches")
        except FileNotFoundError:
            continue
    return threads


def status_kib(path: Path, name: str) -> int:
    """One number of a status file: a count, or a size in KiB."""
    line = next(line for line in path.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1])
