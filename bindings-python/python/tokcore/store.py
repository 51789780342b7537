"""Where credentials outlive the process: one store for all programs and languages of a user.

>>> for entry in tokcore.store.Store().list():  # doctest: +SKIP
...     print(entry.account, entry.client_id, entry.scopes, entry.state)

A client is given another one with ``OAuthClient(…, store=Store("/srv/app/credentials"))``. In asyncio:
``await tokcore.aio.call(Store().list)``.
"""

from __future__ import annotations

from collections.abc import MutableMapping

from ._tokcore import Entry, Logout, Store

__all__ = ["Entry", "Logout", "Store"]


class _Mapping:
    """A mutable mapping with the methods of a store."""

    def __init__(self, mapping: MutableMapping[str, str | bytes]) -> None:
        self._mapping = mapping

    def load(self, key: str) -> str | bytes | None:
        try:
            return self._mapping[key]
        except KeyError:
            return None

    def store(self, key: str, content: str) -> None:
        self._mapping[key] = content

    def delete(self, key: str) -> None:
        try:
            del self._mapping[key]
        except KeyError:
            pass

    def keys(self) -> list[str]:
        # What else is in it may have keys of other types. Those of `dbm` are bytes.
        texts = (key.decode("utf-8", "replace") if isinstance(key, bytes) else key for key in list(self._mapping))
        return [key for key in texts if isinstance(key, str)]
