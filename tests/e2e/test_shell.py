"""The OAuth verbs of the shell without a person, against both authorization servers."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from shell import Shell, opens_the_api, secrets
from signin import Browser
from wire import get

SPECIAL_SECRET = 'colon: plus+ percent%41 and& equals= slash/ quote" back\\ tilde~ end'
BASIC = {"client_secret": "basic-secret-canary"}
# How each client proves itself, as it is registered.
CLIENTS = {
    "basic": BASIC,
    "basic-special": {"client_secret": SPECIAL_SECRET},
    "post-special": {"client_secret": SPECIAL_SECRET, "auth_method": "client_secret_post"},
    "secret-jwt": {"client_secret": "secret-jwt-canary-of-at-least-32-bytes", "auth_method": "client_secret_jwt"},
}
POST = {"client_secret": "post-secret-canary", "auth_method": "client_secret_post"}


def key_client(shell: Shell, oidc: str, client_id: str, **settings: str) -> Path:
    """A client that signs, with the key that the server has for it in this run."""
    key = get(f"{oidc}/__keys")[client_id]
    shell.secret(key["pem"], "key.pem")
    return shell.client(oidc, client_id, key_file="key.pem", key_id=key["kid"], **settings)


@pytest.mark.parametrize("client_id", CLIENTS)
def test_a_token_and_nothing_else(shell: Shell, oidc: str, client_id: str) -> None:
    client = shell.client(oidc, client_id, **CLIENTS[client_id])
    done = shell.run("token", "--client", client, "--grant", "client_credentials", "--scope", "read")
    assert (done.status, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    assert opens_the_api(oidc, done.stdout.strip())


def test_the_header_goes_to_curl(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, "basic", **BASIC)
    done = shell.run("token", "--client", client, "--grant", "client_credentials", "--header")
    assert done.stdout.startswith("Authorization: Bearer ") and opens_the_api(oidc, done.stdout.split()[2])


@pytest.mark.parametrize("client_id", ["key-rs256", "key-es256"])
def test_a_client_with_a_key(shell: Shell, oidc: str, client_id: str) -> None:
    client = key_client(shell, oidc, client_id)
    done = shell.run("token", "--client", client, "--grant", "client_credentials", "--scope", "read")
    assert done.status == 0 and opens_the_api(oidc, done.stdout.strip()), done


def test_jwt_bearer(shell: Shell, oidc: str) -> None:
    client = key_client(shell, oidc, "service-account", auth_method="none")
    words = ["token", "--client", client, "--grant", "jwt_bearer", "--scope", "write", "--set", "claims.sub=carol"]
    done = shell.run(*words, "--set", "claims.iss=service-account", "--set", f"claims.aud={oidc}/token")
    assert done.status == 0, done
    assert get(f"{oidc}/api", done.stdout.strip())["sub"] == "carol"


@pytest.mark.parametrize("resource", ["https://opaque.example.test/", "https://jwt.example.test/"])
def test_a_resource(shell: Shell, oidc: str, resource: str) -> None:
    client = shell.client(oidc, "basic", **BASIC)
    words = ["token", "--client", client, "--grant", "client_credentials", "--resource", resource, "--json"]
    done = shell.run(*words)
    assert (done.status, done.json["resource"]) == (0, [resource])


def test_a_bound_token_needs_a_proof_for_its_request(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, "machine-dpop", client_secret="machine-dpop-secret-canary")
    client.write_text(client.read_text() + "dpop = true\n")
    words = ["token", "--client", client, "--grant", "client_credentials", "--header"]
    refused = shell.run(*words)
    assert (refused.status, refused.stdout) == (5, "") and "proof" in refused.stderr
    done = shell.run(*words, "--url", f"{oidc}/api")
    names = [line.split(": ", 1)[0] for line in done.stdout.splitlines()]
    assert (done.status, names) == (0, ["authorization", "dpop"])


def test_a_password_from_a_file_or_a_variable(shell: Shell, second: str) -> None:
    client = shell.client(second, "post", **POST)
    words = ["token", "--client", client, "--grant", "password", "--username", "alice"]
    file = shell.run(*words, "--password-file", shell.secret("password-canary"))
    variable = shell.run(*words, "--set-env", "password=WORD", WORD="password-canary")
    for done in (file, variable):
        assert done.status == 0 and opens_the_api(second, done.stdout.strip()), done
    wrong = shell.run(*words, "--password-file", shell.secret("wrong-canary"), "--json")
    assert wrong.status == 4 and "canary" not in wrong.stderr, wrong


def test_refresh_from_what_was_printed(shell: Shell, second: str) -> None:
    client = shell.client(second, "post", **POST)
    words = ["token", "--client", client, "--json", "--grant"]
    first = shell.run(*words, "password", "--username", "alice", "--password-file", shell.secret("password-canary"))
    grant = first.json["refresh_token"]
    again = shell.run(*words, "refresh_token", "--refresh-token-file", "-", stdin=grant)
    assert again.status == 0 and again.json["access_token"] != first.json["access_token"], again
    used = shell.run(*words, "refresh_token", "--refresh-token-file", "-", stdin=grant)
    assert (used.status, used.error["kind"]) == (4, "grant_revoked") and grant not in used.stderr


def test_without_a_client_file(shell: Shell, oidc: str) -> None:
    words = ["token", "--issuer", oidc, "--client-id", "basic", "--grant", "client_credentials"]
    variable = shell.run(*words, "--client-secret-env", "WORD", WORD=BASIC["client_secret"])
    file = shell.run(*words, "--client-secret-file", shell.secret(BASIC["client_secret"]))
    endpoint = shell.run(
        *["token", "--token-endpoint", f"{oidc}/token", "--client-id", "basic", "--grant", "client_credentials"],
        *["--client-secret-env", "WORD", "--client-set", "auth_method=client_secret_basic", "--json"],
        WORD=BASIC["client_secret"],
    )
    assert (variable.status, file.status, endpoint.status) == (0, 0, 0), (variable, file, endpoint)
    assert endpoint.json["issuer"] is None and endpoint.json["token_endpoint"] == f"{oidc}/token"


def test_nobody_is_there(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc)
    for words in (["login"], ["token"], ["token", "--flow", "manual"]):
        begun = time.monotonic()
        done = shell.run(*words, "--client", client, "--json")
        assert (done.status, done.stdout, done.error["kind"]) == (4, "", "interaction_required"), done
        assert time.monotonic() - begun < 2


def test_revoke(shell: Shell, oidc: str, second: str) -> None:
    client = shell.client(oidc, "basic", **BASIC)
    token = shell.run("token", "--client", client, "--grant", "client_credentials").stdout
    assert opens_the_api(oidc, token.strip())
    assert shell.run("revoke", "--client", client, stdin=token).stdout == "revoked\n"
    assert not opens_the_api(oidc, token.strip())

    post = shell.client(second, "post", **POST)
    words = ["--client", post, "--json"]
    password = ["--grant", "password", "--username", "alice", "--password-file", shell.secret("password-canary")]
    grant = shell.run("token", *words, *password).stdout
    done = shell.run("revoke", *words, shell.secret(grant, "grant.json"))
    assert (done.status, done.json) == (0, {"format": 1, "outcome": "revoked", "error": None})
    refresh = ["--grant", "refresh_token", "--refresh-token-file", "-"]
    assert shell.run("token", *words, *refresh, stdin=json.loads(grant)["refresh_token"]).status == 4


def test_revoke_says_what_it_could_not_do(shell: Shell, oidc: str) -> None:
    words = ["revoke", "--client-id", "public", "--json", "--token-endpoint", f"{oidc}/token"]
    unsupported = shell.run(*words, stdin="token-canary")
    assert unsupported.json["outcome"] == "unsupported" and unsupported.status != 0
    gone = shell.run(*words, "--client-set", "revocation_endpoint=http://127.0.0.1:9/", stdin="token-canary")
    assert (gone.status, gone.json["outcome"], gone.json["error"]["kind"]) == (7, "local_only", "transport")
    assert "canary" not in gone.stdout + gone.stderr + unsupported.stdout + unsupported.stderr


def test_the_other_server_knows_its_tokens_too(shell: Shell, second: str) -> None:
    client = shell.client(second, "basic", **BASIC)
    token = shell.run("token", "--client", client, "--grant", "client_credentials", "--scope", "read").stdout
    assert opens_the_api(second, token.strip())
    asked = shell.run("inspect", "--client", client, "--json", stdin=token).json
    assert (asked["active"], asked["claims"]["client_id"]) == (True, "basic")
    assert shell.run("revoke", "--client", client, stdin=token).stdout == "revoked\n"
    assert shell.run("inspect", "--client", client, "--json", stdin=token).json["active"] is False


def test_inspect(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, "basic", **BASIC)
    words = ["token", "--client", client, "--grant", "client_credentials"]
    opaque = shell.run(*words, "--scope", "read").stdout
    assert shell.run("inspect", "--json", stdin=opaque).json["form"] == "opaque"
    asked = shell.run("inspect", "--client", client, "--json", stdin=opaque).json
    assert (asked["active"], asked["claims"]["client_id"], asked["claims"]["scope"]) == (True, "basic", "read")
    shell.run("revoke", "--client", client, stdin=opaque)
    assert shell.run("inspect", "--client", client, stdin=opaque).stdout.startswith("inactive")

    jwt = shell.run(*words, "--resource", "https://jwt.example.test/").stdout
    seen = shell.run("inspect", "--json", stdin=jwt)
    assert (seen.json["form"], seen.json["verified"], seen.json["expired"]) == ("jwt", False, False)
    assert (seen.json["claims"]["aud"], seen.json["header"]["typ"]) == ("https://jwt.example.test/", "at+jwt")
    text = shell.run("inspect", stdin=jwt).stdout
    assert "an access token (JWT, RFC 9068)" in text and "(in " in text
    assert jwt.strip().rpartition(".")[2] not in text + seen.stdout


def test_discover(shell: Shell, oidc: str, second: str, hostile: str) -> None:
    text = shell.run("discover", oidc).stdout
    assert f"{oidc}/device/auth" in text and "DPoP".lower() in text
    found = shell.run("discover", second, "--type", "oauth", "--json").json
    assert (found["metadata"]["issuer"], found["metadata"]["token_endpoint"]) == (second, f"{second}/token")
    missing = shell.run("discover", second, "--type", "openid", "--json")
    assert missing.status != 0 and missing.stdout == ""
    other = shell.run("discover", f"{hostile}/discovery/other-issuer", "--json")
    assert (other.status, other.error["reason"]) == (1, "issuer_mismatch"), other


def test_doctor_tells_of_the_client(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, "basic", **BASIC)
    done = shell.run("doctor", "--client", client, "--json", TOKCORE_FLOW="device")
    assert done.status == 0, done
    assert (done.json["client"]["token_endpoint"], done.json["client"]["auth_method"]) == (
        f"{oidc}/token",
        "client_secret_basic",
    )
    assert (done.json["sign_in"]["flow"], done.json["sign_in"]["channels"]) == ("device", ["device"])
    assert any("TOKCORE_FLOW" in line for line in done.json["sign_in"]["explanation"])
    text = shell.run("doctor", "--client", client)
    assert "unattended" in text.stdout and "canary" not in text.stdout + text.stderr
    gone = shell.run("doctor", "--client", shell.client("http://127.0.0.1:9"), "--json")
    assert (gone.status, gone.json["client_error"]["kind"]) == (7, "transport")


def test_a_profile_of_ones_own(shell: Shell, oidc: str) -> None:
    """It is chosen by its host, and its field counts: the server wants this client's credentials in the body."""
    client = shell.client(oidc, "post-special", client_secret=SPECIAL_SECRET)
    profiles = shell.folder / "profiles.toml"
    profiles.write_text('version = 1\n[ours]\nhosts = ["127.0.0.1"]\nrequest.auth_method = "client_secret_post"\n')
    known = shell.run("doctor", "--client", client, "--json", TOKCORE_PROFILES=str(profiles)).json["client"]
    assert (known["profile"], known["auth_method"]) == ("ours", "client_secret_post")
    words = ["token", "--client", client, "--grant", "client_credentials"]
    assert shell.run(*words, TOKCORE_PROFILES=str(profiles)).status == 0
    profiles.write_text("version = 1\n[ours]\nrequest.no_such_field = true\n")
    wrong = shell.run(*words, "--json", TOKCORE_PROFILES=str(profiles))
    assert (wrong.status, wrong.error["kind"]) == (5, "config_invalid") and "no_such_field" in wrong.stderr


def test_no_secret_is_taken_from_an_argument_or_shown(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, "basic", **BASIC)
    words = ["token", "--client", client, "--grant", "client_credentials"]
    for extra in (["--set", "password=word-canary"], ["--param", "client_secret=word-canary"], ["--set", "word-canary"]):
        done = shell.run(*words, *extra)
        assert (done.status, done.stdout) == (2, "") and "canary" not in done.stderr, done
    done = shell.run(*words, "--json", TOKCORE_LOG="trace")
    assert done.status == 0
    shown = [secret for secret in secrets(oidc) if secret in done.stderr]
    assert not shown and "canary" not in done.stderr
