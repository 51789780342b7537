"""Signing in from the shell: a browser, a pasted address, a device code, a typed password, and Ctrl-C at any moment."""

from __future__ import annotations

import re
import shutil
import socket
import sys
import time
import urllib.parse

import pytest

import chromium
from processes import ROOT
from shell import Shell, opens_the_api, secrets
from signin import Browser, enter_code, sign_in, walk

# People who can be somebody's BROWSER: one clicks through the pages by HTTP, the other one is a real browser.
PEOPLE = {"signin": "signin.py --visit", "chromium": "chromium.py"}


def port_of(page: str) -> int:
    """Where the listener for the answer to this sign-in is."""
    redirect = urllib.parse.parse_qs(urllib.parse.urlsplit(page).query)["redirect_uri"][0]
    return urllib.parse.urlsplit(redirect).port or 80


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("person", PEOPLE)
def test_login_with_a_browser_of_its_own(shell: Shell, oidc: str, person: str) -> None:
    if person == "chromium" and not any(map(shutil.which, chromium.NAMES)):
        pytest.skip("there is no Chromium here")
    client = shell.client(oidc, scopes="openid read")
    # VS Code's window opens what BROWSER is given even where nothing else can show one, as in a container.
    env = {"BROWSER": f"{sys.executable} {ROOT}/tests/servers/{PEOPLE[person]} --user bob", "VSCODE_IPC_HOOK_CLI": "/nowhere"}
    with shell.with_a_store().terminal("login", "--client", client, **env) as terminal:
        done = terminal.done()
    assert (done.status, done.stdout) == (0, ""), done
    assert "signed in as bob" in done.stderr and "scopes: openid read" in done.stderr and re.search(r"\(in [45] min\)", done.stderr)
    assert not [secret for secret in secrets(oidc) if secret in done.stderr]


def test_login_prints_the_token_when_asked(shell: Shell, oidc: str, second: str) -> None:
    for server, scopes in ((oidc, "openid"), (second, "read")):
        client = shell.client(server, scopes=scopes)
        words = ["login", "--client", client, "--no-browser", "--print-token"]
        with shell.terminal(*words) as terminal:
            _, last = sign_in(terminal.sign_in_page())
            assert last.status == 200
            done = terminal.done()
        assert done.status == 0 and opens_the_api(server, done.stdout.strip()), done
        assert done.stdout.strip() not in done.stderr


def test_login_as_json_has_no_secret(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid")
    with shell.terminal("login", "--client", client, "--json") as terminal:
        sign_in(terminal.sign_in_page())
        done = terminal.done()
    assert (done.json["account"], done.json["scopes"], done.json["grant"]) == ("alice", ["openid"], "authorization_code")
    assert not [secret for secret in secrets(oidc) if secret in done.stdout + done.stderr]


def test_a_refusal_is_told(shell: Shell, oidc: str) -> None:
    with shell.with_a_store().terminal("login", "--client", shell.client(oidc, scopes="openid")) as terminal:
        sign_in(terminal.sign_in_page(), allow=False)
        done = terminal.done()
    assert (done.status, done.stdout) == (6, "") and "access_denied" in done.stderr


def test_without_a_terminal_the_address_can_be_opened_elsewhere(shell: Shell, oidc: str) -> None:
    """``--flow loopback`` says that somebody will: the process asks nobody, and waits at its listener."""
    client = shell.client(oidc, scopes="openid")
    with shell.terminal("token", "--client", client, "--flow", "loopback") as terminal:
        sign_in(terminal.sign_in_page())
        done = terminal.done()
    assert done.status == 0 and opens_the_api(oidc, done.stdout.strip())


def test_pasting_the_address(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid")
    with shell.terminal("token", "--client", client, "--flow", "manual") as terminal:
        page = terminal.sign_in_page()
        terminal.type("http://localhost/?nothing=of-use")
        terminal.wait_for("could not be used")
        terminal.type(walk(Browser(), page))
        done = terminal.done()
    assert done.status == 0 and opens_the_api(oidc, done.stdout.strip()), done


def test_pasting_while_the_listener_waits(shell: Shell, oidc: str) -> None:
    """A browser on another machine ends on a page that it cannot reach: its address is pasted."""
    client = shell.client(oidc, scopes="openid")
    with shell.terminal("token", "--client", client) as terminal:
        page = terminal.sign_in_page()
        terminal.type(walk(Browser(), page))
        done = terminal.done()
    assert done.status == 0 and opens_the_api(oidc, done.stdout.strip()), done


def test_device(shell: Shell, oidc: str, second: str) -> None:
    for server in (oidc, second):
        client = shell.client(server, scopes="read")
        with shell.terminal("token", "--client", client, "--grant", "device") as terminal:
            code = terminal.wait_for(r"code ([A-Z0-9-]{6,})")
            enter_code(terminal.wait_for(r"Open (http\S+)"), code)
            done = terminal.done()
        assert done.status == 0 and opens_the_api(server, done.stdout.strip()), done


def test_token_exchange_takes_the_token_on_standard_input(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, "tokcore-e2e", client_secret="client-secret-canary", scopes="openid read write")
    with shell.terminal("token", "--client", client) as terminal:
        sign_in(terminal.sign_in_page())
        given = terminal.done().stdout
    words = ["token", "--client", client, "--grant", "token_exchange", "--subject-token-file", "-", "--scope", "read"]
    done = shell.run(*words, "--subject-token-type", "access_token", "--json", stdin=given)
    assert done.status == 0, done
    assert (done.json["scopes"], done.json["grant"]) == (["read"], "token_exchange")
    assert done.json["issued_token_type"].endswith(":access_token") and opens_the_api(oidc, done.json["access_token"])


@pytest.mark.parametrize("client_id", ["public-dpop", "public-dpop-nonce"])
def test_a_bound_token_opens_with_its_proof(shell: Shell, oidc: str, client_id: str) -> None:
    client = shell.client(oidc, client_id, scopes="openid")
    client.write_text(client.read_text() + "dpop = true\n")
    with shell.terminal("token", "--client", client, "--header", "--url", f"{oidc}/me") as terminal:
        sign_in(terminal.sign_in_page())
        done = terminal.done()
    headers = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert done.status == 0 and headers["authorization"].startswith("DPoP "), done
    assert Browser().open(f"{oidc}/me", headers=headers).status == 200


def test_a_public_client_needs_pushed_requests(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, "public-par", scopes="openid")
    with shell.terminal("token", "--client", client, "--set", "par=true") as terminal:
        page = terminal.wait_for(r"(https?://\S+[?&]\S+)\n")
        assert "request_uri=" in page and "scope=" not in page
        sign_in(page)
        done = terminal.done()
    assert done.status == 0 and opens_the_api(oidc, done.stdout.strip()), done


def test_a_typed_password_is_not_seen(shell: Shell, second: str) -> None:
    client = shell.client(second, "post", client_secret="post-secret-canary", auth_method="client_secret_post")
    words = ["token", "--client", client, "--grant", "password", "--username", "alice"]
    with shell.terminal(*words) as terminal:
        terminal.wait_for("Password of alice")
        terminal.type("password-canary")
        done = terminal.done()
    assert done.status == 0 and opens_the_api(second, done.stdout.strip()), done
    assert "canary" not in done.stderr


@pytest.mark.parametrize("flow", ["auto", "loopback", "manual"])
def test_interrupt(shell: Shell, oidc: str, flow: str) -> None:
    with shell.terminal("login", "--client", shell.client(oidc, scopes="openid"), "--print-token", "--flow", flow) as terminal:
        port = port_of(terminal.sign_in_page())
        assert listens(port) == (flow != "manual")
        took = terminal.interrupt()
        done = terminal.done()
        assert not listens(port)
    assert (done.status, done.stdout) == (130, "") and took < 0.25, (took, done)


def test_interrupt_of_a_device(shell: Shell, oidc: str) -> None:
    with shell.terminal("token", "--client", shell.client(oidc, scopes="openid"), "--grant", "device", "--json") as terminal:
        terminal.wait_for("enter the code")
        took = terminal.interrupt()
        done = terminal.done()
    assert (done.status, done.stdout) == (130, "") and took < 0.25, (took, done)


def test_interrupt_of_a_question(shell: Shell, second: str) -> None:
    client = shell.client(second, "post", client_secret="post-secret-canary", auth_method="client_secret_post")
    with shell.terminal("token", "--client", client, "--grant", "password", "--username", "alice") as terminal:
        terminal.wait_for("Password of alice")
        took = terminal.interrupt()
        done = terminal.done()
    assert (done.status, done.stdout) == (130, "") and took < 0.25, (took, done)


def test_interrupt_while_the_server_is_silent(shell: Shell, hostile: str) -> None:
    words = ["token", "--token-endpoint", f"{hostile}/hang", "--client-id", "x", "--grant", "client_credentials"]
    with shell.terminal(*words, "--client-secret-env", "WORD", WORD="word-canary") as terminal:
        time.sleep(0.5)  # the request has left by then
        took = terminal.interrupt()
        done = terminal.done()
    assert (done.status, done.stdout) == (130, "") and took < 0.25, (took, done)
