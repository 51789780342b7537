"""Exceptions of tokcore that are also of the class that posit-sdk raises in the same situation."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from . import _kinds
from ._error import TokcoreError

# In posit-sdk these come from requests; a server's status decides before the kind does.
_BY_KIND: dict[str, tuple[str, ...]] = {
    "not_in_session": ("OSError",),
    "no_address": ("OSError",),
    "bad_address": ("ValueError",),
    # posit-sdk refuses an empty argument itself, but sends a wrong audience to the server, which reports an error.
    "invalid_argument": ("ValueError", "RuntimeError"),
    # posit-sdk sends it and gets a status back.
    "expired_cookie": ("RuntimeError", "HTTPError"),
    "transport": ("ConnectionError",),
    "timeout": ("Timeout",),
    # A redirect, or an error that the server reports in a success. Otherwise the body breaks off or is not JSON, see
    # `_parents`.
    "protocol": ("RuntimeError",),
    "http": ("HTTPError",),
}

_BUILTINS = {"OSError", "RuntimeError", "ValueError"}


@contextmanager
def translated() -> Iterator[None]:
    """Raises what posit-sdk would raise, wherever tokcore raises in this block."""
    try:
        yield
    except TokcoreError as error:
        raise twin(error) from None


def _parents(error: TokcoreError) -> tuple[str, ...]:
    if error.http_status is not None and error.http_status >= 400:
        return ("HTTPError",)
    is_redirect = error.http_status is not None and error.http_status >= 300
    if error.kind == "protocol" and not is_redirect and error.detail is None:
        return ("RuntimeError", "JSONDecodeError", "ChunkedEncodingError")
    return _BY_KIND.get(error.kind, ("RuntimeError",))


def twin(error: TokcoreError, *more: str) -> TokcoreError:
    """`error` again, as a child of what posit-sdk raises, and of the classes that are named too."""
    parents = tuple(dict.fromkeys((*_parents(error), *more)))
    same = _class(type(error).__name__, parents)(error.message)
    same.args = error.args
    same.__dict__.update(error.__dict__)
    return same


# Made at need and then kept: the same situation must raise the same class.
_classes: dict[tuple[str, tuple[str, ...]], type[TokcoreError]] = {}


def _class(name: str, parents: tuple[str, ...]) -> type[TokcoreError]:
    """The class `name` of tokcore that is a child of the given ones too."""
    if (name, parents) not in _classes:
        _classes[name, parents] = _new_class(name, parents)
    return _classes[name, parents]


def _new_class(name: str, parents: tuple[str, ...]) -> type[TokcoreError]:

    def __reduce__(self: TokcoreError) -> tuple[Any, ...]:
        state = {key: value for key, value in self.__dict__.items() if key not in ("request", "response")}
        return _again, (name, parents, self.args, state)

    kind: type[TokcoreError] = getattr(_kinds, name)
    # Without requests several names may stand for one class.
    parent_classes = dict.fromkeys(_parent(parent) for parent in parents)
    members = {"__module__": kind.__module__, "__doc__": kind.__doc__, "__reduce__": __reduce__}
    members.update(_defaults(parents))
    return type(name, (kind, *parent_classes), members)


def _parent(name: str) -> type[BaseException]:
    if name in _BUILTINS:
        builtin: type[BaseException] = getattr(builtins, name)
        return builtin
    try:
        # Only now: most programs never get here, and importing requests takes 100 ms.
        import requests.exceptions
    except ImportError:
        # The parents of the classes that are missing.
        return ValueError if name == "JSONDecodeError" else OSError
    parent: type[BaseException] = getattr(requests.exceptions, name)
    return parent


def _defaults(parents: tuple[str, ...]) -> dict[str, Any]:
    """Attributes that programs expect of the parents, whose constructors are not run."""
    attributes: dict[str, Any] = {}
    if not _BUILTINS.issuperset(parents):
        attributes.update(request=None, response=property(_response))
    if "JSONDecodeError" in parents:
        attributes.update(msg=property(lambda self: self.message), doc="", pos=0, lineno=1, colno=1)
    return attributes


def _response(error: TokcoreError) -> Any:
    """A `requests.Response` with the status of the answer, without its body; None if there was no answer."""
    if error.http_status is None:
        return None
    try:
        from requests import Response
    except ImportError:
        return None
    response = Response()
    response.status_code = error.http_status
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(round(error.retry_after))
    return response


def _again(name: str, parents: tuple[str, ...], args: tuple[Any, ...], state: dict[str, Any]) -> TokcoreError:
    """Unpickles an exception, as `multiprocessing` does with those of its workers."""
    error = _class(name, parents)()
    error.args = args
    error.__dict__.update(state)
    return error
