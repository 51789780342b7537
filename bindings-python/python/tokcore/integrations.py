"""The integrations of this session, through the client that the whole process shares.

The same as ``Client().integrations``, for programs that need no options.
"""

# Annotations are quoted: `from __future__ import annotations` is one more file to read at every import of tokcore.

from ._tokcore import Integration, default_client

__all__ = ["find", "find_by", "get"]


def find() -> list[Integration]:
    """All integrations, in the server's order.

    Returns
    -------
    list of Integration
        Empty if none is configured.

    Raises
    ------
    TokcoreError
        As `tokcore.get_credentials`, except for what concerns one integration.
    """
    return default_client().integrations.find()


def get(guid: str) -> "Integration | None":
    """The integration with this GUID.

    Parameters
    ----------
    guid : str
        GUID in any letter case, or ``"name:"`` and the internal name.

    Returns
    -------
    Integration or None
        None if there is no such integration.

    Raises
    ------
    InvalidArgumentError
        `guid` is empty.
    TokcoreError
        As `find`.
    """
    return default_client().integrations.get(guid)


def find_by(
    name: "str | None" = None,
    display_name: "str | None" = None,
    guid: "str | None" = None,
    authenticated: "bool | None" = None,
) -> "Integration | None":
    """The first integration that passes every given filter; without a filter the first one.

    Parameters
    ----------
    name, display_name : str, optional
        Regular expressions, looked for with `re.search`; an absent value never matches. Anchor with ``^`` and ``$``
        for the whole name.
    guid : str, optional
        GUID, in any letter case.
    authenticated : bool, optional
        Whether the user is signed in.

    Returns
    -------
    Integration or None
        None if nothing matches.

    Raises
    ------
    re.error
        A pattern is not a regular expression.
    TokcoreError
        As `find`.
    """
    return default_client().integrations.find_by(name, display_name, guid, authenticated)
