"""A broker with two integrations at the test's authorization server, and a person who signs in to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from processes import ROOT, Child, free_port
from running import OIDC
from signin import Browser, Page, walk

CONF = """\
[github]
name = GitHub of the test
client-id = tokcore-e2e
client-secret = client-secret-canary
authorization-url = {issuer}/auth
token-url = {issuer}/token
scopes = openid,profile,email

[other]
client-id = tokcore-e2e
client-secret = client-secret-canary
authorization-url = {issuer}/auth
token-url = {issuer}/token
scopes = openid
"""

# Made from the section's name alone (uuid5), so they can be written here.
GITHUB = "6a704c75-ff00-5d93-814e-aa73b456a504"


class Provider:
    """The authorization server and what it knows about its own tokens."""

    def __init__(self, folder: Path, access_token_seconds: int) -> None:
        env = {**os.environ, "ACCESS_TOKEN_SECONDS": str(access_token_seconds)}
        OIDC.install()
        self._child = Child(OIDC.command, env, folder / "provider.log", OIDC.folder)
        self.address = self._child.line_after(OIDC.sign)

    @property
    def pid(self) -> int:
        return self._child.pid

    def stats(self) -> dict[str, Any]:
        return json.loads(Browser().open(f"{self.address}/__stats").text)

    def secrets(self) -> list[str]:
        return json.loads(Browser().open(f"{self.address}/__secrets").text)

    def end_grants(self) -> None:
        Browser().open(f"{self.address}/__end-grants", {})

    def let_tokens_live(self, seconds: int) -> None:
        """Access tokens, from now on."""
        Browser().open(f"{self.address}/__lifetime/{seconds}", {})

    def stop(self) -> None:
        self._child.stop()


class Broker:
    """``tokcore serve`` in a folder of its own, on a port that stays the same over restarts."""

    def __init__(self, binary: Path, folder: Path, provider: Provider, *flags: str) -> None:
        self.folder = folder
        self.binary = binary
        self.address = f"http://127.0.0.1:{free_port()}"
        self.log = folder / "broker.log"
        self.socket = folder / "broker.sock"
        self.database = folder / "broker.sqlite"
        conf = folder / "oauth-clients.conf"
        conf.write_text(CONF.format(issuer=provider.address))
        conf.chmod(0o600)
        self._command = [
            binary, "serve",
            "--listen", self.address.removeprefix("http://"),
            "--config", conf,
            "--database", self.database,
            "--master-key", folder / "master.key",
            "--socket", self.socket,
            *flags,
        ]  # fmt: skip
        self.start()

    @property
    def env(self) -> dict[str, str]:
        """The environment for programs that talk to this broker: nothing of the machine's own sessions."""
        unset = ("RS_", "PWB_", "POSIT_", "RSTUDIO_", "CONNECT_", "TOKCORE_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(unset)}
        return {**kept, "TOKCORE_BROKER": str(self.socket), "HOME": str(self.folder), "TOKCORE_LOG": "trace"}

    def start(self) -> None:
        self._child = Child(self._command, self.env, self.log)
        self._child.wait_until(self._ready)

    def _ready(self) -> str | None:
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=2) as answer:
                return "ready" if answer.status == 200 else None
        except OSError:
            return None

    def kill(self) -> None:
        self._child.kill()

    def stop(self) -> None:
        self._child.stop()

    def tokcore(self, *arguments: str | Path, check: bool = True, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Runs the command line against this broker."""
        command = [str(self.binary), *map(str, arguments)]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, check=check, timeout=timeout)

    def exec(self, *program: str | Path, env: Mapping[str, str] | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
        """Runs a program in a session: ``tokcore exec -- program``."""
        command = [str(self.binary), "exec", "--", *map(str, program)]
        options = {"capture_output": True, "text": True, "timeout": 180, **options}
        return subprocess.run(command, env={**self.env, **(env or {})}, **options)

    def python(self, program: str, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Runs one of ``programs/`` with this Python in a session."""
        return self.exec(sys.executable, ROOT / "tests" / "e2e" / "programs" / program, *arguments, **options)


class Person:
    """Somebody with a browser, signed in at the broker's page by the one-time link of ``tokcore login``."""

    def __init__(self, broker: Broker, user: str = "alice") -> None:
        self.broker = broker
        self.user = user
        self.browser = Browser()
        self.pages: list[Page] = []
        self._enter()

    def _enter(self) -> None:
        code = json.loads(self.broker.tokcore("login", "--json").stdout)["code"]
        form = self.open("/login").form("/login/link")
        self.keep(self.browser.follow(self.browser.submit(form, code=code)))

    def open(self, path: str) -> Page:
        return self.keep(self.browser.follow(self.browser.open(self.broker.address + path)))

    def keep(self, page: Page) -> Page:
        self.pages.append(page)
        return page

    def sign_in(self, guid: str = GITHUB) -> Page:
        """The button on the page, the provider's login and consent, and back to the page."""
        leave = self.browser.submit(self.open("/credentials").form(f"/credentials/{guid}/sign-in"))
        assert leave.location, f"no way to the provider: HTTP {leave.status}\n{leave.text}"
        callback = walk(self.browser, leave.location, self.user)
        return self.keep(self.browser.follow(self.browser.open(callback)))

    def sign_out(self, guid: str = GITHUB) -> Page:
        form = self.open("/credentials").form(f"/credentials/{guid}/sign-out")
        return self.keep(self.browser.follow(self.browser.submit(form)))
