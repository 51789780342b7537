"""What is known of a credential, and what the chain would do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["About", "Explanation", "Finding", "Verdict"]


class About(NamedTuple):
    """What is known of a credential without asking anybody. Holds no secret; what is not known is None."""

    kind: str
    """Its kind by the name that its file gives it, such as ``"service_account"``; for a client's grant the grant's name."""
    source: str
    """Where it was found: a path, a variable, a server."""
    principal: str | None = None
    """Whose it is: an address or a subject."""
    client_id: str | None = None
    """The client that it was given to."""
    scopes: tuple[str, ...] = ()
    """The scopes that are asked for."""
    project_id: str | None = None
    """The project that it belongs to."""
    quota_project_id: str | None = None
    """The project that requests are charged to."""
    universe_domain: str | None = None
    """The cloud that it is good in."""


class Finding(NamedTuple):
    """What one method of the chain would say."""

    method: str
    """Its name."""
    code: str
    """A stable word: ``found``, ``not_applicable``, ``skipped``, ``custom``, ``not_asked``, or the name of a failure."""
    words: str
    """The same in words."""
    about: About | None = None
    """What is known of the credential that it found."""
    hint: str | None = None
    """What helps, where something is wrong."""

    def __str__(self) -> str:
        return f"{self.method}: {self.words}" + (f"; {self.hint}" if self.hint else "")


class Verdict(NamedTuple):
    """What the chain would come to."""

    code: str
    """A stable word: ``found``, ``sign_in_needed``, ``custom``, ``stops``, ``not_asked``, ``nothing``."""
    words: str
    """The same in words."""
    method: str | None = None
    """The method that decides; None where none does."""

    def __str__(self) -> str:
        return self.words


class Explanation:
    """What the chain would do for a request. Printed, it is one line for each method, and one for what it comes to.

    Attributes
    ----------
    findings : tuple of Finding
        What each method would say, in order.
    verdict : Verdict
        What it comes to.
    next : str or None
        What helps where no method has a credential.
    """

    def __init__(self, findings: tuple[Finding, ...], verdict: Verdict, next_step: str | None = None) -> None:
        self.findings = findings
        self.verdict = verdict
        self.next = next_step

    @property
    def first(self) -> Finding | None:
        """Finding or None: The first that has a credential. Whether its server gives a token is not known."""
        return next((finding for finding in self.findings if finding.code == "found"), None)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __str__(self) -> str:
        last = [f"answer: {self.verdict}", *([f"next: {self.next}"] if self.next else [])]
        return "\n".join([*(str(finding) for finding in self.findings), *last])

    def __repr__(self) -> str:
        return str(self) if self.findings else "<no methods>"
