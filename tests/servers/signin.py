"""A person who signs in at the pages of an authorization server, without a browser.

``walk`` goes through login and consent up to the callback URL; ``sign_in`` also visits it, as the person's browser
would; ``enter_code`` does the same at the page of the device flow. As a program::

    signin.py AUTHORIZATION_URL [--user alice] [--deny] [--untick BOX] [--cookies jar.txt] [--visit]
    signin.py VERIFICATION_URI --code ABCD-EFGH [--user alice] [--deny]

prints the callback URL that the server redirects to. With ``--visit`` it goes there too, with the cookies of the jar (a
Netscape file, as curl writes it), and prints the address where it ends up; so it can stand in for ``BROWSER``. Needs
nothing but the standard library.
"""

from __future__ import annotations

import argparse
import http.cookiejar
import urllib.parse
from collections.abc import Iterable

from pages import Browser, Form, Page

__all__ = ["Browser", "Page", "enter_code", "sign_in", "walk"]

MOST_STEPS = 20
PASSWORD = "password-canary"


def walk(browser: Browser, url: str, user: str = "alice", *, allow: bool = True, untick: Iterable[str] = ()) -> str:
    """Goes through login and consent at the server of ``url``; returns the callback URL, not yet visited.

    ``untick`` names boxes of the pages. The answer to ``response_mode=form_post`` is returned as if it were a query.
    """
    target = _way_back(browser, url, user, allow, untick)
    return target if isinstance(target, str) else f"{target.action}?{urllib.parse.urlencode(target.fields)}"


def sign_in(url: str, user: str = "alice", *, allow: bool = True) -> tuple[str, Page]:
    """Signs in at an authorization URL and delivers the answer; returns the callback URL and what the listener said."""
    browser = Browser()
    target = _way_back(browser, url, user, allow)
    if isinstance(target, str):
        return target, browser.follow(browser.open(target))
    return target.action, browser.follow(browser.submit(target))


def enter_code(
    url: str, user_code: str = "", user: str = "alice", *, allow: bool = True, browser: Browser | None = None
) -> Page:
    """Enters ``user_code`` at a verification page, or opens a complete verification URI; returns the last page."""
    browser = browser or Browser()
    origin = urllib.parse.urlsplit(url).netloc
    page, _ = _to_the_end(browser, browser.open(url), user, allow, origin, user_code)
    return page


def _way_back(browser: Browser, url: str, user: str, allow: bool, untick: Iterable[str] = ()) -> str | Form:
    origin = urllib.parse.urlsplit(url).netloc
    page, target = _to_the_end(browser, browser.open(url), user, allow, origin, untick=untick)
    if target is None:
        raise RuntimeError(f"no way through the sign-in at {page.url}: HTTP {page.status}")
    return target


def _to_the_end(
    browser: Browser,
    page: Page,
    user: str,
    allow: bool,
    origin: str,
    user_code: str = "",
    untick: Iterable[str] = (),
) -> tuple[Page, str | Form | None]:
    """The last page at ``origin``, and where it leads to: a URL, a form, or nowhere."""
    for _ in range(MOST_STEPS):
        target = page.location
        if target is not None:
            if urllib.parse.urlsplit(target).netloc != origin:
                return page, target
            page = browser.open(target)
            continue
        if page.status >= 400 or not page.forms:
            return page, None
        form = page.forms[0]
        if urllib.parse.urlsplit(form.action).netloc != origin:
            return page, form
        if "user_code" in form.blanks:
            if not user_code:
                return page, None
            # Asked a second time, the page has refused the code, or the person has.
            page, user_code = browser.submit(form, user_code=user_code), ""
            continue
        for box in untick:
            form.fields.pop(box, None)
        page = _answer(browser, page, form, user, allow)
    raise RuntimeError(f"no end at {page.url}")


def _answer(browser: Browser, page: Page, form: Form, user: str, allow: bool) -> Page:
    """What a person does with a form: sign in, and agree or not."""
    if not allow:
        # The two ways to say no that the servers offer: a link, and a button beside the one that agrees.
        way_out = next((link for link in page.links if link.endswith("/abort")), None)
        if way_out:
            return browser.open(way_out)
        if "confirm" in form.fields:
            return browser.submit(form, abort="yes")
    return browser.submit(form, **({"login": user, "password": PASSWORD} if "password" in form.blanks else {}))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("url", help="authorization URL, or the verification URI of a device")
    parser.add_argument("--user", default="alice", help="who signs in")
    parser.add_argument("--deny", action="store_true", help="refuse consent")
    parser.add_argument("--untick", action="append", default=[], help="a box of the consent page")
    parser.add_argument("--code", help="user code of a device")
    parser.add_argument("--cookies", help="Netscape cookie file, read and written")
    parser.add_argument("--visit", action="store_true", help="go to the callback URL and on to where it leads")
    parser.add_argument("--proxy", default="", help="for https")
    parser.add_argument("--ca", default="", help="authority to trust, a PEM file")
    options = parser.parse_args()
    jar = http.cookiejar.MozillaCookieJar(options.cookies)
    if options.cookies:
        jar.load(ignore_discard=True)
    browser = Browser(jar, options.proxy, options.ca)
    if options.code is not None:
        print(enter_code(options.url, options.code, options.user, allow=not options.deny, browser=browser).url)
        return
    callback = walk(browser, options.url, options.user, allow=not options.deny, untick=options.untick)
    print(browser.follow(browser.open(callback)).url if options.visit else callback)
    if options.cookies:
        jar.save(ignore_discard=True)


if __name__ == "__main__":
    main()
