"""Encrypted secrets: a key file that may lie in a repository, because what opens it lies in a variable.

>>> key = tokcore.secrets.Key(tokcore.secrets.make_key())
>>> text = tokcore.secrets.encrypt('{"type": "service_account"}', key)
>>> tokcore.secrets.decrypt_json(text, key)
{'type': 'service_account'}

Usually the key is named by its variable: ``decrypt_json(text, "MY_PROJECT_KEY")``. The files of gargle and httr2 are read as
they are, and written with ``format="gargle"``.
"""

from __future__ import annotations

from typing import Any

from ._tokcore import Key
from ._tokcore import secret_decrypt as decrypt
from ._tokcore import secret_decrypt_file as decrypt_file
from ._tokcore import secret_decrypt_json as _decrypt_json
from ._tokcore import secret_decrypt_text as decrypt_text
from ._tokcore import secret_encrypt as encrypt
from ._tokcore import secret_encrypt_file as encrypt_file
from ._tokcore import secret_has_key as has_key
from ._tokcore import secret_make_key as make_key

__all__ = [
    "Key",
    "decrypt",
    "decrypt_file",
    "decrypt_json",
    "decrypt_text",
    "encrypt",
    "encrypt_file",
    "has_key",
    "make_key",
]


def decrypt_json(text: str | bytes, key: str | bytes | Key) -> Any:
    """The JSON that was encrypted. A wrong key is noticed in gargle's format too.

    Parameters
    ----------
    text : str or bytes
        What `encrypt`, gargle or httr2 made.
    key : str, bytes or Key
        As for `encrypt`.

    Returns
    -------
    Any
        As ``json.loads`` gives it.

    Raises
    ------
    ConfigInvalidError
        As `decrypt`; no JSON came out (`reason` is ``"secret_unreadable"``).
    """
    import json

    return json.loads(_decrypt_json(text, key))
