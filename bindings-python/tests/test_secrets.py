"""`tokcore.secrets`: the table of tests/vectors/google, and what only Python can do."""

from __future__ import annotations

import json
import stat
import traceback
from pathlib import Path
from typing import Any, cast

import pytest
from vectors import VECTORS, Case

import tokcore
from tokcore import secrets

CASES = json.loads((VECTORS / "google" / "secrets.json").read_text())["cases"]
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


def of(*actions: str) -> list[Any]:
    found = [pytest.param(case, id=case["id"]) for case in CASES if case["do"] in actions]
    assert found
    return found


def keys(case: Case, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the case has as its key, in each of its forms; not yet looked at."""
    if "variable" in case:
        monkeypatch.delenv(case["variable"], raising=False)
        if "value" in case:
            monkeypatch.setenv(case["variable"], case["value"])
        return [case["variable"]]
    found: list[Any] = [case["key_given"]] if "key_given" in case else []
    if "key" in case:
        found.append(lambda: secrets.Key(case["key"]))
    if "key_hex" in case:
        found.append(bytes.fromhex(case["key_hex"]))
    return found


def check_failure(error: tokcore.TokcoreError, expect: Case) -> None:
    assert (error.kind, error.reason) == (expect["kind"], expect.get("reason"))
    assert all(part in error.message for part in expect.get("message", [])), error.message
    assert all(part in error.hint for part in expect.get("hint", [])), error.hint
    assert "canary" not in "".join(traceback.format_exception(error)) + repr(vars(error))


@pytest.mark.parametrize("case", of("decrypt", "decrypt_json"))
def test_an_encrypted_text(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    decrypt: Any = secrets.decrypt_json if case["do"] == "decrypt_json" else secrets.decrypt_text
    expect = case["expect"]
    for given in keys(case, monkeypatch):
        for text in (case["encrypted"], case["encrypted"].encode()):
            if "kind" in expect:
                with pytest.raises(tokcore.TokcoreError) as caught:
                    decrypt(text, given() if callable(given) else given)
                check_failure(caught.value, expect)
            else:
                found = decrypt(text, given() if callable(given) else given)
                assert found == (json.loads(expect["text"]) if case["do"] == "decrypt_json" else expect["text"])


@pytest.mark.parametrize("case", of("make_key"))
def test_a_fresh_key(case: Case) -> None:
    if "kind" in case["expect"]:
        with pytest.raises(tokcore.TokcoreError) as caught:
            secrets.make_key(size=case["bytes"])
        check_failure(caught.value, case["expect"])
    else:
        made = {secrets.make_key(size=case["bytes"]) for _ in range(20)}
        assert len(made) == 20 and {len(key) for key in made} == {case["expect"]["characters"]}


@pytest.mark.parametrize("case", of("file"))
def test_a_file(case: Case, tmp_path: Path) -> None:
    clear, encrypted = tmp_path / "clear.json", tmp_path / "encrypted.json"
    clear.write_text(case["content"])
    key = secrets.Key(case["key"])
    secrets.encrypt_file(clear, str(encrypted), key, format=case["format"])
    assert stat.S_IMODE(encrypted.stat().st_mode) == 0o600
    assert secrets.decrypt_file(encrypted, key) == case["content"].encode()
    assert secrets.decrypt_json(encrypted.read_bytes(), key) == json.loads(case["content"])


def test_the_default_format_notices_every_change() -> None:
    key = secrets.Key(KEY)
    text = secrets.encrypt(b"\0\xff", key)
    assert text.startswith("tkc1.") and secrets.decrypt(text, key) == b"\0\xff"
    assert secrets.encrypt("x", key) != secrets.encrypt("x", key)
    theirs = secrets.encrypt("Gr\u00fc\u00dfe", key, format="gargle")
    assert not theirs.startswith("tkc1.") and secrets.decrypt_text(theirs, key) == "Gr\u00fc\u00dfe"


def test_whether_there_is_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKCORE_TEST_SECRET_KEY", raising=False)
    assert not secrets.has_key("TOKCORE_TEST_SECRET_KEY")
    monkeypatch.setenv("TOKCORE_TEST_SECRET_KEY", KEY)
    assert secrets.has_key("TOKCORE_TEST_SECRET_KEY")


def test_a_key_is_not_printed_and_no_refusal_repeats_it() -> None:
    key = secrets.Key(KEY)
    assert repr(key) == str(key) == "Key(<redacted>)" and not hasattr(key, "__dict__")
    for wrong in (KEY[:-1], f"{KEY}canary", KEY.encode(), 3.14):
        with pytest.raises(tokcore.InvalidArgumentError) as caught:
            secrets.Key(cast(str, wrong))
        assert KEY[:8] not in str(caught.value)
    with pytest.raises(tokcore.InvalidArgumentError, match="format"):
        secrets.encrypt("x", key, format=cast(Any, "sodium"))
    with pytest.raises(TypeError, match="^content must be str or bytes$"):
        secrets.encrypt(cast(str, {"private_key": "canary"}), key)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(tokcore.ConfigInvalidError, match="none.json cannot be read"):
        secrets.decrypt_file(tmp_path / "none.json", secrets.Key(KEY))
    with pytest.raises(tokcore.InvalidArgumentError, match="cannot be written"):
        secrets.encrypt_file(__file__, tmp_path / "no" / "folder", secrets.Key(KEY))
