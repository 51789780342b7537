"""What `tokcore.google` tells of machines, files of clients and API keys."""

from __future__ import annotations

import json

import pytest
from google_fake import GoogleFake

import tokcore
from tokcore import google as own

KEY = "AIza" + "x" * 35


def test_the_machine(google: GoogleFake, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in google.env().items():
        monkeypatch.setenv(name, value)
    machine = own.machine()
    assert isinstance(machine, own.Machine)
    assert machine[:2] == ("fake-project", "googleapis.com")
    assert "https://www.googleapis.com/auth/cloud-platform" in machine.scopes


def test_there_is_none_on_a_laptop(cloud: GoogleFake) -> None:
    assert own.machine() is None


@pytest.mark.parametrize("kind", ["installed", "web"])
def test_the_file_of_a_client(cloud: GoogleFake, kind: str) -> None:
    path = cloud.files.client(kind)
    client = own.read_client(path)
    assert isinstance(client, own.ClientFile) and client == own.read_client(path.read_text())
    written = json.loads(path.read_text())[kind]
    assert (client.client_id, client.project_id) == (written["client_id"], "fake-project")
    assert client.is_web == (kind == "web") and client.redirect_uris == tuple(written["redirect_uris"])
    assert client.name and "canary" not in repr(client)


def test_what_is_no_client(cloud: GoogleFake) -> None:
    with pytest.raises(tokcore.ConfigInvalidError) as caught:
        own.read_client(cloud.files.service_account())
    assert caught.value.reason == "key_given_as_client_json"
    with pytest.raises(tokcore.ConfigInvalidError, match="/nowhere/client.json"):
        own.read_client("/nowhere/client.json")


def test_the_type_of_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RSTUDIO_PROGRAM_MODE", raising=False)
    assert own.default_client_type() == "installed" == own.default_client_type("installed")
    assert own.default_client_type("web") == "web"
    with pytest.raises(tokcore.InvalidArgumentError, match="web"):
        own.default_client_type("mobile")


def test_an_api_key_is_a_header_field() -> None:
    first = own.api_key_header(KEY)
    assert first == {"x-goog-api-key": KEY} and own.api_key_header(KEY) is not first
    for broken in ("", "a\nb"):
        with pytest.raises(tokcore.ConfigInvalidError):
            own.api_key_header(broken)
