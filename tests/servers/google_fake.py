"""The fake of Google's endpoints in the hands of a test: start it, set it up, break it, look at what arrived.

    with GoogleFake(folder) as google:
        key = google.files.service_account()
        subprocess.run(["Rscript", "get.R", str(key)], env={**os.environ, **google.env()})
        assert google.requests(path="/token")[-1]["form"]["assertion"]

Around a command of any language::

    google_fake.py FOLDER -- COMMAND…

writes a credential file of every type into FOLDER (``files.json`` there lists them by name) and runs the command in the
environment of ``env()``, with the fake's addresses as JSON in ``TOKCORE_TEST_GOOGLE``.
"""

from __future__ import annotations

import http.client
import json
import os
import shlex
import shutil
import ssl
import subprocess
import sys
import urllib.parse
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import clean_env
from google_files import Files
from pages import Browser, Page
from running import GOOGLE, Running
from signin import walk
from wire import Answer

ROBOT = "robot@fake-project.iam.gserviceaccount.com"
TARGET = "target@fake-project.iam.gserviceaccount.com"
MIDDLE = "middle@fake-project.iam.gserviceaccount.com"
MACHINE = "123456-compute@developer.gserviceaccount.com"
"""The account that the metadata server calls ``default``."""
SCOPE = "https://www.googleapis.com/auth/"


class GoogleFake:
    """A running fake. ``folder`` is for the files that it writes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._server = Running(GOOGLE)
        self.addresses: dict[str, str] = json.loads(self._server.address)
        self.files = Files(self, folder)

    def __enter__(self) -> GoogleFake:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server.stop() == 0

    def env(self, *, metadata: bool = True) -> dict[str, str]:
        """The variables that send tokcore, google-auth (on requests) and gargle (on curl) here.

        Without ``metadata`` nobody finds a metadata server, as on a laptop.
        """
        ca, proxy = self.addresses["ca"], self.addresses["proxy"]
        around = {name: "127.0.0.1,localhost,::1" for name in ("NO_PROXY", "no_proxy")}
        trust = dict.fromkeys(("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"), ca)
        machine = urllib.parse.urlsplit(self.addresses["metadata"]).netloc if metadata else "127.0.0.1:9"
        # google-auth says HOST and pings IP; its old name is ROOT; gargle's names are URL and IP.
        hosts = {f"GCE_METADATA_{name}": machine for name in ("HOST", "ROOT", "URL", "IP")}
        config = self.folder / "gcloud"
        config.mkdir(exist_ok=True)
        return {
            **{name: proxy for name in ("HTTPS_PROXY", "https_proxy")},
            **around,
            **trust,
            **hosts,
            **({} if metadata else {"NO_GCE_CHECK": "true"}),
            "CLOUDSDK_CONFIG": str(config),
            "R_PROFILE_USER": str(self._profile()),
        }

    def _profile(self) -> Path:
        """R's libcurl looks at no variable for its authorities: httr and curl, on which httr2 stands, are told when loaded."""
        ca = self.addresses["ca"]
        loaded = {
            "httr": f'options(httr_config = httr::config(cainfo = "{ca}"))',
            "curl": f"""{{
  plain <- curl::new_handle
  utils::assignInNamespace("new_handle", function(...) plain(cainfo = "{ca}", ...), "curl")
}}""",
        }
        hooks = [f'setHook(packageEvent("{name}", "onLoad"), function(...) {told})\n' for name, told in loaded.items()]
        return self.files.write("google.Rprofile", "".join(hooks))

    # What the world is made of.

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the control plane (google/control.py); what it refuses is an error of the test."""
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.addresses["control"]).netloc, timeout=10)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise ValueError(f"{method} {path}: {text.decode()}")
        return json.loads(text) if text else None

    def put(self, table: str, key: str, entry: Any = None, /, **fields: Any) -> Any:
        """Makes or replaces an entry: ``put("clients", "my-id", secret="s", kind="web")``."""
        return self.control("PUT", f"/{table}/{urllib.parse.quote(key, '')}", fields if entry is None else entry)

    def get(self, table: str, key: str = "") -> Any:
        """A table, or an entry of it."""
        return self.control("GET", f"/{table}/{urllib.parse.quote(key, '')}" if key else f"/{table}")

    def change(self, table: str, key: str, **fields: Any) -> None:
        """Changes some fields of an entry."""
        self.put(table, key, {**self.get(table, key), **fields})

    def remove(self, table: str, key: str) -> None:
        self.control("DELETE", f"/{table}/{urllib.parse.quote(key, '')}")

    def settings(self, **fields: Any) -> Any:
        """Turns what can be turned (``Settings`` in google/records.py)."""
        return self.control("PATCH", "/settings", fields)

    def fault(self, at: str, **fields: Any) -> None:
        """Lets requests that look like ``at`` fail: ``fault("POST sts.googleapis.com/*", status=503, times=2)``."""
        self.control("POST", "/faults", {"at": at, **fields})

    def requests(self, host: str = "", path: str = "") -> list[dict[str, Any]]:
        """What has arrived, in order; those at ``host`` whose path ends in ``path``."""
        return [
            each
            for each in self.control("GET", "/requests")
            if host in ("", each["host"]) and each["path"].endswith(path)
        ]

    def forget_requests(self) -> None:
        self.control("DELETE", "/requests")

    def secrets(self) -> list[str]:
        """Every secret that was handed out."""
        found: list[str] = self.control("GET", "/secrets")
        return found

    def reset(self, *, keep_files: bool = True) -> None:
        """The world as it was at the start, with the keys and grants of the files that were written, or without."""
        self.control("POST", "/reset")
        if keep_files:
            self.files.register_again()
        else:
            # Where everybody looks without being told.
            shutil.rmtree(self.folder / "gcloud", ignore_errors=True)
            self.files = Files(self, self.folder)

    # What people and other parties do.

    def browser(self) -> Browser:
        """A person's browser that comes through the proxy."""
        return Browser(proxy=self.addresses["proxy"], ca=self.addresses["ca"])

    def ask(
        self,
        method: str,
        url: str,
        *,
        form: dict[str, str] | None = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request of a plain client, on a connection of its own: a form, a JSON ``body``, or neither."""
        parts = urllib.parse.urlsplit(url)
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=self.addresses["ca"])
            proxy = urllib.parse.urlsplit(self.addresses["proxy"])
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                proxy.hostname or "", proxy.port, timeout=10, context=context
            )
            connection.set_tunnel(parts.hostname or "", 443)
        else:
            connection = http.client.HTTPConnection(parts.netloc, timeout=10)
        data, kind = None, {}
        if form is not None:
            data, kind = urllib.parse.urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"}
        elif body is not None:
            data, kind = json.dumps(body), {"Content-Type": "application/json"}
        try:
            target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
            connection.request(method, target, data, {**kind, **(headers or {})})
            answer = connection.getresponse()
            return Answer(Page(url, answer.status, answer.headers, answer.read().decode()))
        finally:
            connection.close()

    def sign_in(self, url: str, user: str = "alice", *, allow: bool = True, untick: Iterable[str] = ()) -> str:
        """Goes through the pages; returns the callback URL. ``untick`` names scopes."""
        return walk(self.browser(), url, user, allow=allow, untick=[f"scope:{scope}" for scope in untick])

    def person(self, *options: str) -> list[str]:
        """A command that signs in at the URL that follows, and visits the callback."""
        way = ["--proxy", self.addresses["proxy"], "--ca", self.addresses["ca"], "--visit"]
        return [sys.executable, str(Path(__file__).with_name("signin.py")), *way, *options]

    def person_as_browser(self, *options: str) -> str:
        """The same as a program that can be somebody's ``BROWSER``, where colons separate commands."""
        return self.browser_of(self.person(*options))

    def browser_of(self, command: list[str]) -> str:
        """A command that takes an address, as such a program. R's libraries, which R names to its children, are not its."""
        text = f'#!/bin/sh\nunset LD_LIBRARY_PATH\nexec {shlex.join(command)} "$1"\n'
        path = self.files.write("browser.sh", text)
        path.chmod(0o700)
        return str(path)

    def allow_device(self, user_code: str, email: str = "alice@example.com") -> None:
        """What a person does on their telephone; without an email they refuse."""
        self.control("POST", "/device", {"user_code": user_code, "email": email})

    def subject_token(self, audience: str, **claims: Any) -> str:
        """A fresh token of the workload's issuer."""
        given: dict[str, str] = self.control("POST", "/subject-token", {"audience": audience, **claims})
        return given["token"]


def main() -> int:
    if "--" not in sys.argv[1:] or sys.argv.index("--") != 2:
        print("usage: google_fake.py FOLDER -- COMMAND", file=sys.stderr)
        return 2
    folder, command = Path(sys.argv[1]), sys.argv[3:]
    with GoogleFake(folder) as google:
        listed = {name: str(path) for name, path in google.files.all().items()}
        (folder / "files.json").write_text(json.dumps(listed))
        named = {"TOKCORE_TEST_GOOGLE": json.dumps(google.addresses)}
        env = {**clean_env.cleaned(os.environ), **google.env(), **named}
        return subprocess.run(command, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
