"""The replay server, and the environment of one case."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

from vectors import Case, replace, unset_variables

import pytest

ROOT = Path(__file__).resolve().parents[2]


def binary() -> Path:
    """The server's program: what TOKCORE_REPLAY_BIN names, else the one in the workspace's target folder."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return Path(os.environ.get("TOKCORE_REPLAY_BIN", target / "debug" / "tokcore-replay-server"))


class Replay:
    """A running replay server. It ends when its standard input closes, so it never outlives the tests."""

    def __init__(self) -> None:
        self._listeners: list[socket.socket] = []
        self._process = subprocess.Popen([binary()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("replay-server listening on "), f"the replay server did not start: {line!r}"
        self.address = line.split()[-1]
        # Not through a proxy, whatever the environment says.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._tls_address = self._ask("/__tls")
        self._authorities = {"ca": self._ask("/__ca"), "other_ca": self._ask("/__ca/other")}

    def close(self) -> None:
        self._stop_listening()
        self._process.communicate(timeout=10)

    def _ask(self, path: str, body: bytes | None = None) -> str:
        with self._opener.open(self.address + path, data=body, timeout=10) as answer:
            text: str = answer.read().decode()
        return text

    def requests(self, case_id: str) -> list[dict[str, Any]]:
        """What the server was asked for this case since its reset."""
        seen: list[dict[str, Any]] = json.loads(self._ask(f"/__log/{case_id}"))["requests"]
        return seen

    def _listen(self, path: Path) -> None:
        """A Unix socket of the case, until the next case."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()
        self._listeners.append(listener)

    def _stop_listening(self) -> None:
        while self._listeners:
            self._listeners.pop().close()

    def prepare(self, case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
        """Starts `case` anew: its files, its environment and nothing else. Returns it with every name replaced."""
        case_id = case["id"]
        names = {
            **self._authorities,
            "base": f"{self.address}/{case_id}",
            "other_base": f"{self.address.replace('127.0.0.1', 'localhost')}/{case_id}",
            "tls_base": f"{self._tls_address}/{case_id}",
            "dir": str(folder),
        }
        case = replace(case, names)
        self._stop_listening()
        self._ask(f"/__reset/{case_id}", json.dumps({"dir": str(folder)}).encode())
        for name, content in case.get("files", {}).items():
            if isinstance(content, str):
                (folder / name).write_text(content)
            elif content.get("directory"):
                (folder / name).mkdir()
            else:
                self._listen(folder / name)
        for name in unset_variables():
            monkeypatch.delenv(name, raising=False)
        for name, value in case.get("env", {}).items():
            monkeypatch.setenv(name, value)
        return case
