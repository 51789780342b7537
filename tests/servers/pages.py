"""Web pages as a person sees them, without a browser: cookies, forms, links and redirects. Standard library only."""

from __future__ import annotations

import http.client
import http.cookiejar
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser

MOST_REDIRECTS = 20


@dataclass
class Form:
    """A form of a page: where it goes, what its hidden fields hold, and which fields a person fills in."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    blanks: dict[str, str] = field(default_factory=dict)
    """Types of the visible fields, by name."""


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
        forms = self._parts().forms
        for form in forms:
            form.action = urllib.parse.urljoin(self.url, form.action)
        return forms

    @property
    def links(self) -> list[str]:
        """Where the page's links lead."""
        return [urllib.parse.urljoin(self.url, link) for link in self._parts().links]

    def form(self, action_part: str = "") -> Form:
        """The first form whose action contains ``action_part``."""
        for form in self.forms:
            if action_part in form.action:
                return form
        raise LookupError(f"no form for {action_part!r} on {self.url} (HTTP {self.status})")

    def _parts(self) -> _Parts:
        parts = _Parts()
        parts.feed(self.text)
        return parts


class _Parts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(values.get("action", ""), values.get("method", "get").upper()))
        elif tag == "a" and values.get("href"):
            self.links.append(values["href"])
        elif tag == "input" and self.forms and values.get("name"):
            kind = values.get("type", "text")
            # A box that is ticked is sent unless somebody takes it away.
            if kind == "hidden" or (kind == "checkbox" and "checked" in values):
                self.forms[-1].fields[values["name"]] = values.get("value", "")
            else:
                self.forms[-1].blanks[values["name"]] = kind


class Browser:
    """Cookies, forms and redirects; redirects are only followed when asked."""

    def __init__(self, jar: http.cookiejar.CookieJar | None = None, proxy: str = "", ca: str = "") -> None:
        """``proxy`` is for https only, and ``ca`` the file of the authority that it is to be trusted with."""
        self.jar = http.cookiejar.CookieJar() if jar is None else jar
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({"https": proxy} if proxy else {}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca or None)),
            urllib.request.HTTPCookieProcessor(self.jar),
            _NoRedirects(),
        )

    def open(
        self,
        url: str,
        fields: dict[str, str] | list[tuple[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Page:
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
        for _ in range(MOST_REDIRECTS):
            if page.location is None:
                return page
            page = self.open(page.location)
        raise RuntimeError(f"redirected for ever at {page.url}")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None
