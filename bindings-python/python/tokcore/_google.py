"""What Google's machines and files tell, and what a pool of identities asks."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ClientFile", "Machine", "SubjectTokenRequest"]


class Machine(NamedTuple):
    """What the metadata server tells of the machine that the program runs on."""

    project_id: str
    """The machine's project."""
    universe_domain: str
    """The cloud that it is in."""
    scopes: tuple[str, ...]
    """What tokens of its service account are good for."""


class ClientFile(NamedTuple):
    """An OAuth client as Google's console wrote it down, without its secret."""

    client_id: str
    """Its id."""
    name: str
    """What people see."""
    is_web: bool
    """Whether it is a web application, and not a program on the user's machine."""
    redirect_uris: tuple[str, ...]
    """The addresses that are registered for it."""
    project_id: str | None
    """The project that it belongs to."""


class SubjectTokenRequest(NamedTuple):
    """What a pool of identities wants a proof of, for the function that is `subject_token` of a call.

    google-auth's suppliers take it as their context, which has the same attributes.
    """

    audience: str
    """The provider of the pool."""
    subject_token_type: str
    """What the proof is, a URN."""
