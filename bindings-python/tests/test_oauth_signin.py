"""A sign-in that the program steps: prompts, pasted answers, redirects of one's own, and listeners that close."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import threading
import time
import urllib.parse
from itertools import count
from typing import Any

import pytest
import signin
from pages import Browser

import tokcore
from tokcore import Flow

KEY = b"k" * 32
NUMBERS = count()


@pytest.fixture
def client(oidc: str) -> tokcore.OAuthClient:
    return tokcore.OAuthClient(client_id="public", issuer=oidc)


def answer_to(flow: Flow, user: str = "alice", *, allow: bool = True) -> str:
    """Where the browser ends, unvisited."""
    assert flow.prompt.authorization_url
    return signin.walk(Browser(), flow.prompt.authorization_url, user, allow=allow)


def to_the_end(flow: Flow) -> tokcore.Token:
    for _ in range(100):
        token = flow.step(0.1)
        if token is not None:
            return token
    raise AssertionError("no token after 10 s")


def test_a_loopback_sign_in_in_steps(client: tokcore.OAuthClient) -> None:
    with client.begin(scopes=["openid"], flow="loopback") as flow:
        prompt = flow.prompt
        assert prompt.channels == ["loopback"]
        assert prompt["redirect_uri"] and prompt.authorization_url
        assert flow.step(0) is None
        assert flow.step(0.05) is None
        threading.Thread(target=signin.sign_in, args=(prompt.authorization_url,)).start()
        token = to_the_end(flow)
        assert token.account == "alice"
        with pytest.raises(tokcore.InvalidStateError):
            flow.step(0)


def test_leaving_closes_the_listener(client: tokcore.OAuthClient) -> None:
    with client.begin(scopes="openid", flow="loopback") as flow:
        port = urllib.parse.urlsplit(flow.prompt.redirect_uri or "").port
        assert port
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    with pytest.raises(tokcore.InvalidStateError, match="closed"):
        flow.step(0)
    flow.close()


def test_a_sign_in_in_asyncio(client: tokcore.OAuthClient) -> None:
    async def main() -> tokcore.Token:
        with client.begin(scopes="openid", flow="loopback") as flow:
            assert await flow.astep(0.05) is None
            url = flow.prompt.authorization_url or ""
            visit = asyncio.ensure_future(asyncio.to_thread(signin.sign_in, url))
            token = await flow.astep()
            await visit
            return token

    assert asyncio.run(main()).account == "alice"


@pytest.mark.parametrize("form", ["address", "query", "json", "base64"])
def test_a_pasted_answer(form: str, client: tokcore.OAuthClient) -> None:
    flow = client.begin(scopes="openid", flow="manual")
    assert flow.prompt.channels == ["paste"] and flow.question
    assert flow.submit("https://host.example/") is not None, "an address without an answer is of no use"
    address = answer_to(flow)
    query = urllib.parse.urlsplit(address).query
    text = json.dumps(dict(urllib.parse.parse_qsl(query)))
    texts = {"address": address, "query": query, "json": text, "base64": base64.b64encode(text.encode()).decode()}
    assert flow.submit(texts[form]) is None
    assert to_the_end(flow).account == "alice"


def test_a_pasted_code_needs_its_state(second: str) -> None:
    client = tokcore.OAuthClient(client_id="public", issuer=second, discovery="auto")
    flow = client.begin(scopes="read", flow="manual")
    members = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer_to(flow)).query))
    question = flow.submit(members["code"])
    assert question is not None and "state" in question
    assert flow.submit(members["state"]) is None
    assert to_the_end(flow).scopes == ("read",)


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("https://host/cb?error=access_denied&state={state}&iss={issuer}", tokcore.DeniedError, "authorization_denied"),
        ('{{"code":"abc","state":"{state}","iss":"https://evil.example"}}', tokcore.ProtocolError, "issuer_mismatch"),
        ('{{"code":"abc","state":"{state}","access_token":"x"}}', tokcore.ProtocolError, "malformed_response"),
    ],
)
def test_a_pasted_answer_that_ends_it(
    text: str, error: type[tokcore.TokcoreError], reason: str, client: tokcore.OAuthClient, oidc: str
) -> None:
    flow = client.begin(scopes="openid", flow="manual")
    query = urllib.parse.urlsplit(flow.prompt.authorization_url or "").query
    state = urllib.parse.parse_qs(query)["state"][0]

    def paste() -> None:
        flow.submit(text.format(state=state, issuer=oidc))
        to_the_end(flow)

    with pytest.raises(error) as caught:
        paste()
    assert caught.value.reason == reason
    assert state not in str(caught.value)


def test_paste_through_questions_of_the_program(client: tokcore.OAuthClient) -> None:
    shown: list[str] = []

    def ask(question: str, hidden: bool) -> str:
        assert not hidden
        url = next(word for text in shown for word in text.split() if word.startswith("http") and "state=" in word)
        return signin.walk(Browser(), url)

    token = client.login(scopes="openid", flow="manual", interactive=True, on_prompt=shown.append, ask=ask)
    assert token.account == "alice"


def test_a_device_in_steps(client: tokcore.OAuthClient) -> None:
    flow = client.begin(grant="device_code", scopes="openid")
    prompt = flow.prompt
    assert prompt.channels == ["device"] and prompt.user_code and prompt.verification_uri and prompt.expires_at
    assert flow.step(0) is None
    signin.enter_code(prompt.verification_uri, prompt.user_code)
    assert to_the_end(flow).account == "alice"


def test_a_flow_of_a_source_gives_the_source_its_token(client: tokcore.OAuthClient) -> None:
    source = client.source(scopes="openid", flow="manual", cache_key=f"flow-{next(NUMBERS)}")
    flow = source.begin()
    flow.submit(answer_to(flow))
    token = to_the_end(flow)
    assert source.token().access_token == token.access_token


REQUEST: dict[str, Any] = {"scopes": ["openid"], "redirect_uri": "https://hosted.example.test/oauth/callback"}


def test_a_web_application_puts_the_sign_in_away(client: tokcore.OAuthClient) -> None:
    begun = client.begin(flow="manual", **REQUEST)
    query = urllib.parse.urlsplit(answer_to(begun)).query
    sealed = begun.seal(KEY, partition="session-1")
    for key, partition in ((b"x" * 32, "session-1"), (KEY, "session-2"), (KEY, None)):
        with pytest.raises(tokcore.ProtocolError) as caught:
            Flow.open_sealed(client, sealed, key, partition=partition, **REQUEST)
        assert caught.value.reason == "state_mismatch"
    flow = Flow.open_sealed(client, sealed, KEY, partition="session-1", **REQUEST)
    with pytest.raises(tokcore.ProtocolError) as caught:
        flow.respond("code=abc&state=another")
    assert caught.value.reason == "state_mismatch"
    assert flow.respond(query).account == "alice"
    # It works once.
    with pytest.raises(tokcore.ProtocolError):
        Flow.open_sealed(client, sealed, KEY, partition="session-1", **REQUEST)
    with pytest.raises(tokcore.InvalidArgumentError, match="32"):
        begun.seal(b"short")


def test_a_busy_port_is_said(client: tokcore.OAuthClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(tokcore.ListenerUnavailableError) as caught:
            client.begin(scopes="openid", flow="loopback", redirect_uri=f"http://127.0.0.1:{port}/cb")
    assert str(port) in str(caught.value)
    assert caught.value.reason == "listener_unavailable"


def test_a_plan_says_why(client: tokcore.OAuthClient) -> None:
    lines = client.plan(scopes="openid", interactive=True)
    assert lines and lines[0].startswith("environment: ")


def test_two_threads_do_not_step_one_flow(client: tokcore.OAuthClient) -> None:
    with client.begin(scopes="openid", flow="loopback") as flow:
        stepping = threading.Thread(target=flow.step, args=(1.0,))
        stepping.start()
        # Long enough to be in its call, and not to have left it.
        time.sleep(0.3)
        with pytest.raises(tokcore.InvalidStateError, match="another thread"):
            flow.step(0)
        stepping.join()
