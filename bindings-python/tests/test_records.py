"""The result classes: reading them in both ways, printing them, and keeping the token in one place."""

from __future__ import annotations

import copy
import datetime
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from vectors import Case

import tokcore


@pytest.fixture
def credentials(signed_in: str) -> tokcore.Credentials:
    return tokcore.get_credentials(audience=signed_in)


def test_attributes_and_keys_are_the_same(credentials: tokcore.Credentials) -> None:
    assert credentials.keys() == ("access_token", "token_type", "expires_at", "integration_id", "backend")
    for key in credentials:
        assert credentials[key] == getattr(credentials, key) == credentials.get(key)
    assert dict(credentials)["access_token"] == credentials.access_token
    assert (len(credentials), "backend" in credentials, "nothing" in credentials, 1 in credentials) == (5, True, False, False)
    assert credentials.get("nothing", "else") == "else"
    for missing in ("nothing", "__class__", 1):
        with pytest.raises(KeyError):
            credentials[missing]  # type: ignore[index]


def test_what_credentials_hold(credentials: tokcore.Credentials, signed_in: str) -> None:
    assert credentials.expires_at == datetime.datetime(2031, 12, 31, 23, 59, 59, tzinfo=datetime.timezone.utc)
    assert credentials.expires_at is credentials.expires_at
    assert credentials.access_token is credentials.access_token
    assert credentials.authorization == f"Bearer {credentials.access_token}"
    assert (credentials.integration_id, credentials.backend) == (signed_in, "workbench")


def test_printing_shows_everything_but_the_token(credentials: tokcore.Credentials, signed_in: str) -> None:
    assert repr(credentials) == (
        "Credentials(access_token=<redacted>, token_type='Bearer', "
        "expires_at=datetime.datetime(2031, 12, 31, 23, 59, 59, tzinfo=datetime.timezone.utc), "
        f"integration_id='{signed_in}', backend='workbench')"
    )
    assert str(credentials) == f"{credentials}" == f"{credentials!r}" == repr(credentials)
    assert credentials.access_token not in f"{[credentials]} {(credentials,)} { {'c': credentials} }"


def test_the_token_does_not_multiply(credentials: tokcore.Credentials) -> None:
    assert copy.copy(credentials) is credentials
    assert copy.deepcopy([credentials])[0] is credentials
    assert not hasattr(credentials, "__dict__")
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(credentials, protocol)


def test_records_are_immutable_and_not_made_by_hand(credentials: tokcore.Credentials) -> None:
    with pytest.raises(AttributeError):
        credentials.access_token = "x"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        credentials.other = "x"  # type: ignore[attr-defined]
    for kind in (tokcore.Credentials, tokcore.Integration, tokcore.Integrations, tokcore.Detection, tokcore.AzureToken):
        with pytest.raises(TypeError):
            kind()


@pytest.mark.parametrize(("case_id", "secrets"), [("azure", ["canary"]), ("identity", ["canary"])])
def test_other_tokens_print_redacted(session: Callable[[str], Case], case_id: str, secrets: list[str]) -> None:
    session(case_id)
    client = tokcore.Client()
    token: Any = client.identity_token() if case_id == "identity" else client.azure_token("https://x.example/")
    assert "<redacted>" in repr(token)
    for secret in secrets:
        assert secret not in repr(token)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(token)


def test_an_azure_token_keeps_what_else_the_server_sent(session: Callable[[str], Case]) -> None:
    session("azure")
    token = tokcore.Client().azure_token("https://x.example/")
    assert (token.expires_in, token.scope, token.extra["ext_expires_in"]) == (3600, "user_impersonation", 7200)
    assert (token.id_token, token.refresh_token) == ("id-canary-1", None)
    assert repr(token).count("<redacted>") == 2


def test_an_integration_is_an_object_and_a_mapping(session: Callable[[str], Case]) -> None:
    session("list-extra")
    (item,) = tokcore.integrations.find()
    assert (item.name, item["name"], item.authenticated) == ("github-main", "github-main", True)
    assert (item.scopes, item["scopes"]) == (("read:user", "repo"), ["read:user", "repo"])
    assert (item["region"], item["level"], item.get("nothing"), item.get("nothing", 3)) == ("eu", 3, None, 3)
    assert "uid" not in item and "guid" in item
    assert sorted(item) == sorted(item.keys()) == sorted(dict(item))
    assert repr(item) == (
        f"Integration(guid='{item.guid}', name='github-main', display_name='My GitHub Hub', authenticated=True)"
    )
    with pytest.raises(KeyError):
        item["nothing"]


def test_a_time_beyond_pythons_calendar_is_its_last_second(session: Callable[[str], Case]) -> None:
    session("W01")
    found = tokcore.Client().detect()
    assert repr(found) == "Detection(backend='workbench', subject='cookie', rule='X06')"
    assert found.error is None
    assert ("RPC cookie", "found") in found.tests
    assert found.warnings == []
