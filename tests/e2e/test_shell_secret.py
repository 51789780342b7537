"""`tokcore secret`: what it writes, what it reads, and that the key is never shown."""

from __future__ import annotations

import json
import stat

import pytest

from processes import ROOT
from shell import Done, Shell

CASES = json.loads((ROOT / "tests" / "vectors" / "google" / "secrets.json").read_text())["cases"]
KEY = "AAECAwQFBgcICQoLDA0ODw"
JSON = '{"type": "service_account", "private_key": "clear-canary"}'


def of(*actions: str) -> list:
    return [pytest.param(case, id=case["id"]) for case in CASES if case["do"] in actions and "key_given" not in case]


@pytest.mark.parametrize("case", of("decrypt", "decrypt_json"))
def test_an_encrypted_text(shell: Shell, case: dict) -> None:
    if "key" not in case and "variable" not in case:
        pytest.skip("the shell has no key of bytes")
    if case["id"] == "Z08-text":
        pytest.skip("what comes out may be any bytes")
    variable = case.get("variable", "KEY")
    value = case.get("key", case.get("value"))
    words = ["secret", "decrypt", "--key-env", variable, *(["--check-json"] if case["do"] == "decrypt_json" else [])]
    done = shell.run(*words, stdin=case["encrypted"], **({} if value is None else {variable: value}))
    if "kind" not in case["expect"]:
        assert (done.status, done.stdout, done.stderr) == (0, case["expect"]["text"], "")
        return
    # A text that is no key is the argument's fault where it is given, and the variable's where it lies in one.
    assert done.status == 5 and done.stdout == "" and "canary" not in done.stderr, done
    if "variable" in case or case["expect"]["kind"] == "config_invalid":
        assert all(part in done.stderr for part in case["expect"].get("message", [])), done


@pytest.mark.parametrize("case", of("make_key"))
def test_a_fresh_key(shell: Shell, case: dict) -> None:
    done = shell.run("secret", "make-key", "--bytes", str(case["bytes"]))
    if "kind" in case["expect"]:
        assert (done.status, done.stdout) == (2, "") and "16, 24 or 32" in done.stderr
    else:
        assert (done.status, len(done.stdout)) == (0, case["expect"]["characters"] + 1)
    assert len(shell.run("secret", "make-key").stdout) == 44


@pytest.mark.parametrize("case", of("file"))
def test_a_file_is_for_its_owner_alone_and_keeps_every_byte(shell: Shell, case: dict) -> None:
    clear, key = shell.folder / "clear.json", shell.secret(case["key"], "key.txt")
    clear.write_text(case["content"])
    words = ("--key-file", key, "--output", "secret.json")
    done = shell.run("secret", "encrypt", clear, *words, "--format", case["format"])
    assert done == Done(0, "", "")
    encrypted = shell.folder / "secret.json"
    assert stat.S_IMODE(encrypted.stat().st_mode) == 0o600
    assert shell.run("secret", "decrypt", encrypted, "--key-file", key).stdout == case["content"]
    # In place, there and back.
    assert shell.run("secret", "decrypt", encrypted, *words).status == 0 and encrypted.read_text() == case["content"]


def test_what_goes_through_a_pipe_can_be_read_by_gargle(shell: Shell) -> None:
    done = shell.run("secret", "encrypt", "--key-env", "KEY", "--format", "gargle", stdin=JSON, KEY=KEY)
    assert done.status == 0 and not done.stdout.endswith("\n") and not done.stdout.startswith("tkc1.")
    done = shell.run("secret", "encrypt", "--key-env", "KEY", stdin=JSON, KEY=KEY)
    assert done.stdout.startswith("tkc1.") and done.stdout.endswith("\n") and "canary" not in done.stdout


def test_a_key_is_wanted_and_never_among_the_arguments(shell: Shell) -> None:
    file = shell.secret(JSON)
    assert shell.run("secret", "encrypt", file).status == 2
    done = shell.run("secret", "encrypt", file, "--key-env", "KEY")
    assert done.status == 5 and "KEY is not set" in done.stderr
    done = shell.run("secret", "encrypt", file, "--key-env", "QWRzZGZhc2RmYXNkZmFzZA")
    assert done.status == 5 and "QWRz" not in done.stderr, "a key in the place of its variable"
    done = shell.run("secret", "encrypt", "--key-file", "-", stdin=KEY)
    assert done.status == 2 and "standard input" in done.stderr
    assert shell.run("secret", "encrypt", file, "--key-file", "-", stdin=KEY).status == 0
    with shell.terminal("secret", "decrypt", "--key-env", "KEY", KEY=KEY) as terminal:
        assert terminal.done().status == 2


def test_an_encrypted_key_without_its_key_is_called_encrypted(shell: Shell) -> None:
    for style in ("tokcore", "gargle"):
        clear = shell.secret(JSON * 3, "clear.json")
        assert shell.run("secret", "encrypt", clear, "--key-env", "KEY", "--output", "key.json", "--format", style, KEY=KEY).status == 0
        done = shell.run("token", "--scopes", "drive", "--path", "key.json")
        assert done.status == 5 and "key.json is encrypted" in done.stderr and "--key-env" in done.stderr, done
