"""The store at the shell: one login for all languages, several accounts, other machines, and what goes wrong."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
import time
from pathlib import Path

import pytest

from guides import Block, blocks, environment, in_this_world, missing, written
from shell import Done, Shell, opens_the_api, secrets
from signin import sign_in

PHRASE = "correct horse battery"
# What opens a file or a door here, and must never be shown.
CANARIES = [PHRASE, "basic-secret-canary", "password-canary"]


@pytest.fixture
def shell(shell: Shell) -> Shell:
    """A user whose store is where everybody's is."""
    return shell.with_a_store()


def login(shell: Shell, client: Path, user: str = "alice", *words: str | Path, **env: str) -> Done:
    """A person signs in."""
    with shell.terminal("login", "--client", client, *words, **env) as terminal:
        sign_in(terminal.sign_in_page(), user)
        done = terminal.done()
    assert done.status == 0, done
    return done


def token(shell: Shell, client: Path, *words: str | Path, **env: str) -> str:
    """What `tokcore token` gives without anybody there."""
    done = shell.run("token", "--client", client, *words, **env)
    assert (done.status, done.stderr) == (0, ""), done
    return done.stdout.strip()


def entries(shell: Shell, *words: str | Path, **env: str) -> list[dict[str, object]]:
    return shell.run("list", "--json", *words, **env).json["entries"]


def store(shell: Shell) -> Path:
    """Where the store of this shell's user is."""
    return shell.folder / ".local" / "state" / "tokcore"


def records(shell: Shell) -> list[Path]:
    return sorted(store(shell).glob("v1/*/*.tok"))


def test_one_login_is_enough_for_all_later_calls(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid read")
    done = login(shell, client)
    assert f"kept in {store(shell)}" in done.stderr and done.stdout == ""
    first = token(shell, client)
    assert opens_the_api(oidc, first) and token(shell, client) == first
    assert token(shell, client, "--scope", "read") == first, "what is wider serves as well"
    use, end = (shlex.split(line)[1:] for line in re.findall(r"^to (?:use|end) it: (.+)$", done.stderr, re.MULTILINE))
    assert shell.run(*use).stdout.strip() == first and use[-2:] == ["--account", "alice"]
    assert shell.run(*end).stdout.startswith("revoked     alice at ")


@pytest.mark.parametrize("language", ["python", "r", "c"])
def test_a_login_at_the_shell_is_one_in_every_language(shell: Shell, oidc: str, language: str) -> None:
    if missing(language):
        pytest.skip(missing(language))
    client = shell.client(oidc, scopes="openid read")
    login(shell, client)
    client.rename(shell.folder / "client.toml")
    program = next(block for block in blocks("login-once") if block.language == language)
    program = Block(program.guide, language, program.number, in_this_world(program.text, oidc))
    done = shell.command(written(program, shell.folder), environment(shell))
    assert done.status == 0 and "alice" in done.stdout, done


def test_a_grant_that_rotates_is_renewed_for_everybody(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, "short-lived", scopes="openid read")
    login(shell, client)
    first = token(shell, client)
    time.sleep(1.5)
    assert entries(shell)[0]["state"] == "stale"
    second = token(shell, client)
    assert second != first and opens_the_api(oidc, second)
    assert entries(shell)[0]["generation"] >= 1


def test_what_a_program_can_ask_for_again_is_kept_only_where_a_store_is_named(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, "basic", client_secret="basic-secret-canary")
    words = ["--grant", "client_credentials", "--scope", "read"]
    assert token(shell, client, *words) != token(shell, client, *words)
    assert not store(shell).exists()
    named = [*words, "--store", "here"]
    assert token(shell, client, *named) == token(shell, client, *named)
    assert len(entries(shell, "--store", "here")) == 1
    assert len(entries(shell, TOKCORE_STORE=str(shell.folder / "here"))) == 1


def test_memory_means_that_nothing_touches_the_disk(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid")
    done = login(shell, client, "alice", "--store", "memory", "--print-token")
    assert "the token was not kept" in done.stderr and not store(shell).exists()
    # Without the token nothing would be left of it, and so nobody is asked.
    with shell.terminal("login", "--client", client, TOKCORE_STORE="memory") as terminal:
        done = terminal.done()
    assert done.status == 2 and "TOKCORE_STORE=memory" in done.stderr and "--store user" in done.stderr, done
    assert shell.run("token", "--client", client).status == 4
    done = shell.run("list", TOKCORE_STORE="memory")
    assert done.status == 5 and "nothing is kept" in done.stderr


def test_the_list_is_a_table_for_people_and_json_for_programs(shell: Shell, oidc: str) -> None:
    done = shell.run("list")
    assert (done.status, done.stdout) == (0, "") and str(store(shell)) in done.stderr
    client = shell.client(oidc, scopes="openid read")
    login(shell, client)
    done = shell.run("list")
    head, line = done.stdout.splitlines()
    assert head.split() == ["ACCOUNT", "CLIENT", "SCOPES", "STATE", "EXPIRES", "LAST", "USED", "KEY"]
    assert line.startswith("alice    public  openid read  ok")
    answer = shell.run("list", "--json").json
    (entry,) = answer["entries"]
    assert (answer["format"], answer["folder"]) == (1, str(store(shell)))
    assert {name: entry[name] for name in ("account", "client_id", "issuer", "grant", "scopes", "state", "has_refresh_token")} == {
        "account": "alice",
        "client_id": "public",
        "issuer": oidc,
        "grant": "authorization_code",
        "scopes": ["openid", "read"],
        "state": "ok",
        "has_refresh_token": True,
    }
    moments = ("created_at", "refreshed_at", "last_used_at", "expires_at", "refresh_expires_at")
    assert {name for name in entry if name.endswith("_at")} == set(moments)
    assert all(f"{moment}_unix_s" in entry for moment in moments) and entry["expires_at"].endswith("Z")
    assert Path(entry["path"]) == records(shell)[0] and len(entry["key"]) == 64
    assert entry["key"].startswith(line.split()[-1])


def test_the_list_is_filtered(shell: Shell, oidc: str, second: str) -> None:
    login(shell, shell.client(oidc, scopes="openid read"))
    login(shell, shell.client(second, scopes="read"))
    for words, count in (
        (["--account", "alice"], 1),
        (["--client-id", "public"], 2),
        (["--issuer", second], 1),
        (["--scope", "openid"], 1),
        (["--account", "nobody"], 0),
    ):
        assert len(entries(shell, *words)) == count, words
    assert shell.run("list", "--account", "").status == 5


def test_logout_tells_the_server_and_removes(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid read")
    login(shell, client)
    access = token(shell, client)
    done = shell.run("logout", "--client", client)
    assert done.status == 0 and done.stdout.startswith("revoked     alice at public ("), done
    assert not opens_the_api(oidc, access) and not records(shell)
    assert shell.run("token", "--client", client).status == 4
    done = shell.run("logout", "--client", client)
    assert (done.status, done.stdout) == (0, "") and "nothing is stored" in done.stderr


def test_logout_by_key_knows_a_public_client_from_the_store(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid read")
    login(shell, client)
    access, key = token(shell, client), str(entries(shell)[0]["key"])
    (parting,) = shell.run("logout", key[:8], "--json").json["credentials"]
    assert (parting["key"], parting["account"], parting["outcome"], parting["error"]) == (key, "alice", "revoked", None)
    assert not opens_the_api(oidc, access)
    assert shell.run("logout", key[:8]).status == 6


def test_logout_without_revoking_leaves_the_token_alone(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid read")
    login(shell, client)
    access = token(shell, client)
    done = shell.run("logout", "--all", "--no-revoke")
    assert done.status == 0 and done.stdout.startswith("removed ") and opens_the_api(oidc, access)
    assert entries(shell) == []


def test_logout_where_the_server_is_gone_still_removes_and_says_so(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid read")
    login(shell, client)
    done = shell.run("logout", "--all", https_proxy="http://127.0.0.1:1", SSL_CERT_FILE="/nowhere")
    # A loopback server goes through no proxy, so that it can be told all the same.
    assert done.status == 0 and not records(shell)


def test_nothing_is_logged_out_by_mistake(shell: Shell) -> None:
    done = shell.run("logout")
    assert done.status == 2 and "--all" in done.stderr
    assert shell.run("logout", "--all", "--account", "alice").status == 2


def test_two_accounts(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid read")
    login(shell, client)
    login(shell, client, "bob", "--account", "bob")
    assert [entry["account"] for entry in entries(shell)] == ["alice", "bob"]
    tokens = {account: token(shell, client, "--account", account) for account in ("alice", "bob")}
    assert len(set(tokens.values())) == 2
    done = shell.run("token", "--client", client, "--json")
    assert done.status == 2 and done.error["kind"] == "ambiguous_account", done
    assert "alice" in done.error["message"] and "bob" in done.error["message"]
    with shell.terminal("token", "--client", client) as terminal:
        choice = terminal.wait_for(r"(\d)  bob")
        terminal.type("9")
        terminal.type(choice)
        assert terminal.done().stdout.strip() == tokens["bob"]
    key = next(str(entry["key"]) for entry in entries(shell) if entry["account"] == "bob")
    assert shell.run("default", key[:8]).status == 0
    assert "bob (default)" in shell.run("list").stdout
    assert token(shell, client) == tokens["bob"]
    shell.run("logout", "--client", client, "--account", "bob")
    assert token(shell, client) == tokens["alice"]


def test_logout_takes_what_token_would_use_and_no_more(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid read")
    login(shell, client)
    login(shell, client, "bob")
    done = shell.run("logout", "--client", client)
    assert done.status == 2 and "alice" in done.stderr and "bob" in done.stderr, done
    assert "account = " not in done.stderr, "shell words"
    done = shell.run("logout", "--client", client, "--account", "bob", "--scope", "openid read profile")
    assert (done.status, done.stdout) == (0, ""), "nobody has granted that"
    done = shell.run("logout", "--client", client, "--account", "bob")
    assert done.status == 0 and done.stdout.startswith("revoked     bob"), done
    login(shell, client, "bob")
    done = shell.run("logout", "--client", client, "--all")
    assert done.status == 0 and len(done.stdout.splitlines()) == 2 and entries(shell) == []
    assert shell.run("logout", "--scope", "read").status == 2, "of which client?"


def test_a_grant_of_googles_comes_in_and_goes_out_as_gcloud_writes_it(shell: Shell, oidc: str) -> None:
    adc = {"type": "authorized_user", "client_id": "g", "client_secret": "basic-secret-canary", "refresh_token": "rt-canary"}
    file = shell.secret(json.dumps(adc | {"account": "jane@example.com"}), "adc.json")
    done = shell.run("import", file, "--scope", "drive mail")
    assert done.status == 0 and done.stdout.startswith("added       jane@example.com at g ("), done
    assert shell.run("import", file, "--scope", "drive mail", "--json").json["credentials"][0]["outcome"] == "replaced"
    secret, out = shell.secret("basic-secret-canary", "secret.txt"), shell.folder / "out.json"
    words = ["export", out, "--format", "authorized_user"]
    assert shell.run(*words).status == 2, "the store does not know the client's secret"
    done = shell.run(*words, "--client-secret-file", secret)
    assert done.status == 0 and "canary" not in done.stdout + done.stderr, done
    google = "https://www.googleapis.com/auth/"
    scopes = [f"{google}drive", f"{google}userinfo.email", "mail"]
    assert json.loads(out.read_text()) == adc | {"account": "jane@example.com", "scopes": scopes}
    assert out.stat().st_mode & 0o777 == 0o600
    login(shell, shell.client(oidc, scopes="openid read"))
    done = shell.run("export", shell.folder / "second.json", "--format", "authorized_user", "--client-secret-file", secret)
    assert done.status == 2 and "one credential" in done.stderr, done


def test_the_log_says_what_happens_and_nothing_secret(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, "short-lived", scopes="openid read")
    login(shell, client)
    time.sleep(1.5)
    done = shell.run("token", "--client", client, TOKCORE_LOG="debug")
    asked = f"POST at {oidc}: status 200"
    for words in (f"the store is {store(shell)}", "the store has a token", "by a refresh token", asked, "is stored"):
        assert words in done.stderr, done
    assert done.stdout.strip() not in done.stderr


def test_nobody_chosen_at_the_menu_is_no_token(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid read")
    login(shell, client)
    login(shell, client, "bob")
    with shell.terminal("token", "--client", client) as terminal:
        terminal.wait_for("Number")
        terminal.type("0")
        done = terminal.done()
    assert (done.status, done.stdout) == (2, "")


def test_another_machine(shell: Shell, oidc: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    client = shell.client(oidc, scopes="openid read")
    login(shell, client)
    access, phrase = token(shell, client), shell.secret(PHRASE, "phrase.txt")
    file = shell.folder / "login.tokcore"
    done = shell.run("export", file, "--passphrase-file", phrase)
    assert done.status == 0 and "1 credential exported" in done.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    assert shell.run("export", file, "--passphrase-file", phrase).status == 2, "a file is not overwritten"
    elsewhere = Shell(shell.binary, tmp_path_factory.mktemp("elsewhere")).with_a_store()
    done = elsewhere.run("import", file, "--passphrase-env", "PHRASE", PHRASE=PHRASE)
    assert done.status == 0 and done.stdout.startswith("added       alice at public ("), done
    assert token(elsewhere, client) == access
    done = elsewhere.run("import", file, "--passphrase-env", "PHRASE", "--json", PHRASE=PHRASE)
    assert [one["outcome"] for one in done.json["credentials"]] == ["kept"]
    assert entries(elsewhere)[0]["source"] == "imported"
    done = elsewhere.run("import", file, "--passphrase-env", "PHRASE", PHRASE="wrong horse battery")
    assert done.status == 5 and "passphrase is wrong" in done.stderr
    done = elsewhere.run("import", client, "--passphrase-env", "PHRASE", PHRASE=PHRASE)
    assert done.status == 2, done


def test_a_passphrase_is_typed_twice_and_never_shown(shell: Shell, oidc: str) -> None:
    login(shell, shell.client(oidc, scopes="openid"))
    with shell.terminal("export", "login.tokcore") as terminal:
        for question in ("Passphrase for the file", "The same again"):
            terminal.wait_for(question)
            terminal.type(PHRASE)
        done = terminal.done()
    assert done.status == 0 and PHRASE not in done.stderr, done
    with shell.terminal("import", "login.tokcore", "--store", "other") as terminal:
        terminal.wait_for("Passphrase of the file")
        terminal.type(PHRASE)
        done = terminal.done()
    assert done.status == 0 and "added" in done.stdout and PHRASE not in done.stderr, done
    done = shell.run("export", "again.tokcore")
    assert done.status == 2 and "--passphrase-file" in done.stderr and not (shell.folder / "again.tokcore").exists()


def test_a_file_that_does_not_open_is_moved_aside_and_nothing_else_is_lost(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid read")
    login(shell, client)
    login(shell, client, "bob")
    broken = Path(next(str(entry["path"]) for entry in entries(shell) if entry["account"] == "alice"))
    content = bytearray(broken.read_bytes())
    content[-100] ^= 1
    broken.write_bytes(content)
    done = shell.run("token", "--client", client, "--account", "alice")
    assert done.status == 4 and "is not used" in done.stderr, done
    assert len(list((store(shell) / "quarantine").iterdir())) == 1 and not broken.exists()
    assert opens_the_api(oidc, token(shell, client, "--account", "bob"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_store_that_cannot_be_written_to_serves_what_is_valid(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid read")
    login(shell, client)
    access = token(shell, client)
    folders = [folder for folder in (store(shell), *store(shell).rglob("*")) if folder.is_dir()]
    for folder in folders:
        folder.chmod(0o500)
    try:
        assert token(shell, client) == access
    finally:
        for folder in folders:
            folder.chmod(0o700)


def test_a_store_that_others_can_change_is_refused_with_the_remedy(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid read")
    login(shell, client)
    store(shell).chmod(0o777)
    done = shell.run("list", "--json")
    assert (done.status, done.error["reason"]) == (5, "store_permissions") and "chmod 700" in done.error["hint"]
    done = shell.run("doctor")
    assert done.status == 5 and "chmod 700" in done.stdout


def test_where_nothing_can_be_made_a_named_store_is_an_error_and_the_usual_one_is_not(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid read")
    in_the_way = shell.secret("a file")
    done = shell.run("token", "--client", client, "--store", in_the_way / "store", "--json")
    assert (done.status, done.error["reason"]) == (5, "store_unwritable"), done
    done = login(shell, client, XDG_STATE_HOME=str(in_the_way))
    assert "credentials are not kept beyond this process" in done.stderr and "the token was not kept" in done.stderr


def test_the_key_has_to_be_there(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid read")
    key = "A" * 43
    login(shell, client, TOKCORE_KEY=key)
    assert token(shell, client, TOKCORE_KEY=key)
    assert not (shell.folder / ".config" / "tokcore" / "store.key").exists()
    for env in ({}, {"TOKCORE_KEY": "B" * 42 + "E"}, {"TOKCORE_KEY": "short"}):
        done = shell.run("list", "--json", **env)
        assert (done.status, done.error["reason"]) == (5, "store_key"), (env, done)


def test_a_key_that_nobody_needs_is_mentioned(shell: Shell, oidc: str) -> None:
    login(shell, shell.client(oidc, scopes="openid read"))
    assert "TOKCORE_KEY is set, and not used" in shell.run("doctor", TOKCORE_KEY="A" * 43).stdout
    assert "TOKCORE_KEY" not in shell.run("doctor").stdout


def test_prune_removes_what_nobody_uses(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid read")
    login(shell, client)
    login(shell, client, "bob")
    old = Path(next(str(entry["path"]) for entry in entries(shell) if entry["account"] == "alice"))
    long_ago = time.time() - 40 * 86_400
    os.utime(old, (long_ago, long_ago))
    done = shell.run("prune", "--dry-run")
    assert done.stdout.startswith("unused          alice at public (") and old.exists()
    assert shell.run("prune", "--max-idle-days", "90", "--json").json == {"format": 1, "removed": 0, "dry_run": False, "credentials": []}
    done = shell.run("prune")
    assert done.status == 0 and "1 credential removed" in done.stderr and not old.exists()
    assert [entry["account"] for entry in entries(shell)] == ["bob"]


def test_doctor_tells_about_the_store(shell: Shell, oidc: str) -> None:
    assert "none yet" in shell.run("doctor").stdout
    client = shell.client(oidc, scopes="openid read")
    login(shell, client)
    answer = shell.run("doctor", "--json").json["store"]
    assert (answer["credentials"], answer["states"], answer["error"]) == (1, {"ok": 1}, None)
    assert answer["report"]["folder"] == str(store(shell))
    assert answer["report"]["key"] == "a key file" and answer["report"]["turns"].startswith("by a l")
    assert answer["report"]["writable"] == "yes"
    text = shell.run("doctor", "--client", client, "--store", "nowhere-yet").stdout
    assert "chosen by: the setting `store`" in text and "none yet" in text and not (shell.folder / "nowhere-yet").exists()


def test_no_secret_is_shown_or_lies_in_the_clear(shell: Shell, oidc: str) -> None:
    client = shell.client(oidc, scopes="openid read")
    shown = [login(shell, client), login(shell, client, "bob")]
    phrase = shell.secret(PHRASE, "phrase.txt")
    for words in (["list"], ["list", "--json"], ["doctor"], ["doctor", "--json", "--client", client], ["token", "--client", client]):
        shown.append(shell.run(*words, TOKCORE_LOG="trace"))
    shown.append(shell.run("export", "login.tokcore", "--passphrase-file", phrase, "--json", TOKCORE_LOG="trace"))
    shown.append(shell.run("import", "login.tokcore", "--passphrase-file", phrase, "--json", TOKCORE_LOG="trace"))
    files = [file for file in shell.folder.rglob("*") if file.is_file() and file not in (phrase, client)]
    assert len(files) > 5, "nothing was stored: this test would see nothing"
    shown_there = {str(file): file.read_bytes() + str(file).encode() for file in files}
    shown.append(shell.run("prune", "--dry-run", TOKCORE_LOG="trace"))
    shown.append(shell.run("logout", "--all", "--json", TOKCORE_LOG="trace"))
    said = {str(number): json.dumps([done.stdout, done.stderr]).encode() for number, done in enumerate(shown)}
    wanted = [*secrets(oidc), *CANARIES]
    leaks = [(name, secret[:4]) for name, text in {**said, **shown_there}.items() for secret in wanted if secret.encode() in text]
    assert leaks == []


def test_python_sees_a_logout_at_the_shell(shell: Shell, oidc: str) -> None:
    if missing("python"):
        pytest.skip(missing("python"))
    client = shell.client(oidc, scopes="openid read")
    login(shell, client)
    shell.run("logout", "--client", client)
    program = f"import tokcore; tokcore.OAuthClient.from_file({str(client)!r}).source().token()"
    done = shell.command([sys.executable, "-c", program], environment(shell))
    assert done.status != 0 and "InteractionRequired" in done.stderr, done
