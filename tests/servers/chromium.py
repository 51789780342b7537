"""A person with a real browser: headless Chromium, driven over its DevTools pipe. Standard library only.

``sign_in`` opens an authorization URL, fills in the forms it meets, consents, and lets the browser follow the redirects
to wherever they lead. As a program it can be somebody's ``BROWSER``::

    chromium.py URL [--user alice] [--code ABCD-EFGH] [--deny]

prints address and title of the page at the end. Names other than loopback's do not resolve.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-gpu",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]",
)  # fmt: skip
LONGEST = 30
LOOK_EVERY = 0.05

# One look at the page: says where it is, and does what a person would do there, once per document.
LOOK = """(({origin, user, password, code, allow, untick}) => {
  const here = {url: location.href, title: document.title, text: document.body?.innerText ?? ''};
  if (document.readyState !== 'complete' || here.url === 'about:blank' || window.tokcoreAnswered) return null;
  if (location.origin !== origin) return here;
  const form = document.forms[0];
  if (!form) return here;
  if (new URL(form.action).origin !== origin) return null;
  const field = (name) => form.querySelector(`input[name=${name}]:not([type=hidden])`);
  if (field('user_code') && window.name === 'asked') return here;
  window.tokcoreAnswered = true;
  const away = document.querySelector('a[href$="/abort"]') ?? document.querySelector('button[name=abort]');
  if (!allow && !field('user_code') && away) { away.click(); return null; }
  if (field('user_code')) { field('user_code').value = code; window.name = 'asked'; }
  for (const box of form.querySelectorAll('input[type=checkbox]')) box.checked &&= !untick.includes(box.name);
  if (field('login')) field('login').value = user;
  if (field('password')) field('password').value = password;
  (document.querySelector('button[autofocus]') ?? document.querySelector('button[type=submit]')).click();
  return null;
})"""


@dataclass(frozen=True)
class Seen:
    """What the browser shows at the end."""

    url: str
    title: str
    text: str


def find() -> str | None:
    """The browser's binary; ``TOKCORE_CHROMIUM`` names another."""
    return os.environ.get("TOKCORE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def sign_in(
    url: str,
    user: str = "alice",
    *,
    allow: bool = True,
    code: str = "",
    seconds: float = LONGEST,
    proxy: str = "",
    untick: Sequence[str] = (),
) -> Seen:
    """Goes through the pages at the server of ``url``; returns the first page elsewhere, or the last one there.

    ``proxy`` stands for all but loopback, and is believed whatever its certificates are. ``untick`` names boxes.
    """
    parts = urllib.parse.urlsplit(url)
    person = {
        "origin": f"{parts.scheme}://{parts.netloc}",
        "user": user,
        "password": "password-canary",
        "code": code,
        "allow": allow,
        "untick": list(untick),
    }
    with Chromium(time.monotonic() + seconds, proxy) as browser:
        browser.open(url)
        while True:
            seen = browser.evaluate(f"{LOOK}({json.dumps(person)})")
            if seen:
                return Seen(**seen)
            time.sleep(LOOK_EVERY)


class Chromium:
    """A browser with one empty profile and one page, gone by ``deadline``."""

    def __init__(self, deadline: float, proxy: str = "") -> None:
        binary = find()
        if not binary:
            raise FileNotFoundError("no Chromium: install Debian's package chromium")
        self._deadline = deadline
        self._profile = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        # Root has no sandbox to be put in, as in most containers.
        way = [f"--proxy-server={proxy}", "--ignore-certificate-errors"] if proxy else ["--no-proxy-server"]
        flags = [
            *FLAGS,
            *way,
            f"--user-data-dir={self._profile.name}",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
        ]
        # The pipe is on the descriptors 3 and 4.
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null', "sh", binary, *flags, "about:blank"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._process.stdout
        os.set_blocking(self._process.stdout.fileno(), False)
        self._unread = b""
        self._number = 0
        self._session: str | None = None

    def __enter__(self) -> Chromium:
        try:
            target = self._call("Target.createTarget", url="about:blank")["targetId"]
            self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def open(self, url: str) -> None:
        """Begins to load a page."""
        failed = self._call("Page.navigate", url=url).get("errorText")
        if failed:
            raise ConnectionError(f"the browser cannot open {url}: {failed}")

    def evaluate(self, expression: str) -> Any:
        """The value of ``expression`` in the page, or nothing while one page gives way to the next."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True, _may_fail=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description"))
        return answer.get("result", {}).get("value")

    def _call(self, method: str, _may_fail: bool = False, **params: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        assert self._process.stdin
        self._process.stdin.write(json.dumps(message).encode() + b"\0")
        self._process.stdin.flush()
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer and not _may_fail:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer.get("result", {})

    def _next(self) -> dict[str, Any]:
        """The next message; events are messages too."""
        assert self._process.stdout
        while b"\0" not in self._unread:
            if time.monotonic() > self._deadline:
                raise TimeoutError("the browser did not get to the end of the sign-in in time")
            more = self._process.stdout.read(1 << 16)
            if more == b"":
                raise RuntimeError(f"the browser ended with {self._process.wait(5)}")
            self._unread += more or b""
            if not more:
                time.sleep(0.005)
        message, _, self._unread = self._unread.partition(b"\0")
        return json.loads(message)

    def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(5)
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()
        self._profile.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("url", help="authorization URL, or the verification URI of a device")
    parser.add_argument("--user", default="alice", help="who signs in")
    parser.add_argument("--code", default="", help="user code of a device")
    parser.add_argument("--deny", action="store_true", help="refuse consent")
    parser.add_argument("--untick", action="append", default=[], help="a box of the consent page")
    parser.add_argument("--proxy", default="", help="for all but loopback, believed whatever its certificates are")
    options = parser.parse_args()
    way = {"proxy": options.proxy, "untick": options.untick}
    seen = sign_in(options.url, options.user, allow=not options.deny, code=options.code, **way)
    print(seen.url, seen.title, sep="\n")


if __name__ == "__main__":
    sys.exit(main())
