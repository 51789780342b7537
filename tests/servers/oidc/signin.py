"""Signs in at a page of the authorization server, as a person with a browser would.

As a module: ``Browser`` keeps cookies and fills in forms; ``walk`` goes through login and consent. As a program::

    signin.py AUTHORIZATION_URL [--user alice] [--cookies jar.txt] [--visit]

prints the callback URL that the server redirects to. With ``--visit`` it goes there too, with the cookies of the jar (a
Netscape file, as curl writes it), and prints the address where it ends up. Needs nothing but the standard library.
"""

from __future__ import annotations

import argparse
import http.client
import http.cookiejar
import sys
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser

MOST_STEPS = 20


@dataclass
class Form:
    """A form of a page: where it goes, and what its hidden fields hold."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class Page:
    """An answer, whatever its status."""

    url: str
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def location(self) -> str | None:
        """Where the page redirects to, as an absolute URL."""
        target = self.headers.get("Location")
        return urllib.parse.urljoin(self.url, target) if target else None

    @property
    def forms(self) -> list[Form]:
        """The page's forms, in order; actions are absolute."""
        reader = _Forms()
        reader.feed(self.text)
        for form in reader.forms:
            form.action = urllib.parse.urljoin(self.url, form.action)
        return reader.forms

    def form(self, action_part: str = "") -> Form:
        """The first form whose action contains ``action_part``."""
        for form in self.forms:
            if action_part in form.action:
                return form
        raise LookupError(f"no form for {action_part!r} on {self.url} (HTTP {self.status})")


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(values.get("action", ""), values.get("method", "get").upper()))
        elif tag == "input" and self.forms and values.get("name") and values.get("type") == "hidden":
            self.forms[-1].fields[values["name"]] = values.get("value", "")


class Browser:
    """Cookies, forms and redirects; redirects are only followed when asked."""

    def __init__(self, jar: http.cookiejar.CookieJar | None = None) -> None:
        self.jar = http.cookiejar.CookieJar() if jar is None else jar
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.jar), _NoRedirects()
        )

    def open(self, url: str, fields: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> Page:
        """One request: GET, or POST of a form when there are ``fields``. Redirects are returned, not followed."""
        body = None if fields is None else urllib.parse.urlencode(fields).encode()
        request = urllib.request.Request(url, data=body, headers=headers or {})
        try:
            answer = self._opener.open(request, timeout=15)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            return Page(url, answer.status, answer.headers, answer.read().decode("utf-8", "replace"))

    def submit(self, form: Form, **fields: str) -> Page:
        """Sends ``form`` with its hidden fields and ``fields``, as a page of the same origin would."""
        parts = urllib.parse.urlsplit(form.action)
        origin = {"Origin": f"{parts.scheme}://{parts.netloc}"}
        return self.open(form.action, {**form.fields, **fields}, origin)

    def follow(self, page: Page) -> Page:
        """Follows redirects to the page at their end."""
        for _ in range(MOST_STEPS):
            if page.location is None:
                return page
            page = self.open(page.location)
        raise RuntimeError(f"redirected for ever at {page.url}")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


def walk(browser: Browser, url: str, user: str = "alice") -> str:
    """Goes through login and consent at the server of ``url``; returns the callback URL, not yet visited."""
    origin = urllib.parse.urlsplit(url).netloc
    page = browser.open(url)
    for _ in range(MOST_STEPS):
        target = page.location
        if target is not None:
            if urllib.parse.urlsplit(target).netloc != origin:
                return target
            page = browser.open(target)
            continue
        form = page.form("/interaction/")
        login = form.fields.get("prompt") == "login"
        page = browser.submit(form, **({"login": user, "password": "password-canary"} if login else {}))
    raise RuntimeError(f"no way through the sign-in at {page.url}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("url", help="authorization URL")
    parser.add_argument("--user", default="alice", help="who signs in")
    parser.add_argument("--cookies", help="Netscape cookie file, read and written")
    parser.add_argument("--visit", action="store_true", help="go to the callback URL and on to where it leads")
    options = parser.parse_args()
    jar = http.cookiejar.MozillaCookieJar(options.cookies)
    if options.cookies:
        jar.load(ignore_discard=True)
    browser = Browser(jar)
    callback = walk(browser, options.url, options.user)
    print(browser.follow(browser.open(callback)).url if options.visit else callback)
    if options.cookies:
        jar.save(ignore_discard=True)


if __name__ == "__main__":
    sys.exit(main())
