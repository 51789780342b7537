"""Which endpoint answers: by the part that a host plays, the method and the path."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from http1 import Reply, Request
from world import World

Handler = Callable[[World, Request, "re.Match[str]"], Reply]


class Routes:
    """The endpoints of a module."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, str, re.Pattern[str], Handler]] = []

    def at(self, method: str, part: str, path: str) -> Callable[[Handler], Handler]:
        """Declares an endpoint; ``path`` is a regular expression for the whole of it."""

        def declare(handler: Handler) -> Handler:
            self._routes.append((method, part, re.compile(path), handler))
            return handler

        return declare

    def include(self, other: Routes) -> None:
        self._routes += other._routes

    def answer(self, world: World, part: str, request: Request) -> Reply:
        """The endpoint's answer, or what stands for none."""
        wrong_method = False
        for method, of, pattern, handler in self._routes:
            match = pattern.fullmatch(request.path) if of == part else None
            if match and method == request.method:
                return handler(world, request, match)
            wrong_method |= match is not None
        return Reply(405 if wrong_method else 404, "<title>Error</title><p>That is an error.")


# www.googleapis.com serves APIs of all kinds, and so do the hosts of the single ones.
_PARTS = {"oauth2", "sts", "iamcredentials", "openidconnect", "cloudresourcemanager", "bigquery", "drive", "www"}
_FIXED = {"accounts.google.com": "accounts", "www.google.com": "google", "gdch.test": "gdch"}


@lru_cache(maxsize=1000)
def part_of(host: str, universes: tuple[str, ...]) -> str:
    """The part that ``host`` plays, or nothing if it is nobody's."""
    if host in _FIXED:
        return _FIXED[host]
    for universe in universes:
        if not host.endswith("." + universe):
            continue
        labels = host.removesuffix("." + universe).split(".")
        # sts.googleapis.com, sts.mtls.…, sts.us-east1.rep.…, us-east1-sts.…
        for part in _PARTS:
            if labels[0] == part or (part in ("sts", "iamcredentials") and labels[0].endswith("-" + part)):
                return part
    return ""
