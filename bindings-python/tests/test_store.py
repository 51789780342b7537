"""The store as Python sees it: what is in it, who shares it, and what it says when it cannot be used."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from provider import Provider, provider
from vectors import VECTORS

import tokcore
from tokcore.store import Entry, Store

ENDPOINT = "https://as.example/token"
NOBODY = 65534
is_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")


def table(name: str) -> list[Any]:
    cases = json.loads((VECTORS / "store" / f"{name}.json").read_text())["cases"]
    return [pytest.param(case, id=case["id"]) for case in cases]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, where the key file is."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def store(home: Path) -> Store:
    return Store(home / "store")


@pytest.fixture
def slow() -> Iterator[Provider]:
    with provider() as server:
        yield server


def client(store: Store | str | Path, **settings: Any) -> tokcore.OAuthClient:
    own = {"client_id": "app", "token_endpoint": ENDPOINT, "authorization_endpoint": "https://as.example/auth"}
    return tokcore.OAuthClient(**{**own, "store": store, **settings})


def put(store: Store, account: str | None = "jane@example.com", **grant: Any) -> str:
    """A grant in the store; gives its key."""
    given = {
        "client_id": "app",
        "token_endpoint": ENDPOINT,
        "scopes": ["read"],
        "access_token": "access-canary",
        "refresh_token": "refresh-canary",
        "expires_at": datetime.now(timezone.utc) + timedelta(hours=1),
        **grant,
    }
    return store.adopt(account=account, **given)


MAKERS: dict[str, Callable[[], Store]] = {
    "memory": Store.memory,
    "custom": lambda: Store.custom({}),
    "files": lambda: Store(Path.home() / "store"),
}


def test_a_list_shows_what_is_stored_and_no_secret(store: Store) -> None:
    assert store.list() == []
    key = put(store)
    (entry,) = store.list()
    assert (entry.key, entry.account, entry.client_id, entry.scopes) == (key, "jane@example.com", "app", ("read",))
    assert (entry.state, entry.grant, entry.generation, entry.is_default) == ("ok", "authorization_code", 0, False)
    assert entry.has_refresh_token and entry.why is None and entry.issuer is None
    assert entry.expires_at and timedelta(minutes=59) < entry.expires_at - datetime.now(timezone.utc)
    assert entry.path and entry.path.is_file()
    assert entry.to_dict()["expires_at_unix_s"] == entry.expires_at.timestamp()
    assert repr(entry) == (
        f"Entry(key='{key[:8]}…', account='jane@example.com', client_id='app', scopes=('read',), state='ok')"
    )
    assert "canary" not in f"{entry!r} {entry.to_dict()} {store!r} {store.report()}"
    assert entry == store.list()[0] and len({entry, *store.list()}) == 1


def test_a_selection(store: Store) -> None:
    key = put(store)
    put(store, "bob@other.org", client_id="other", scopes=["read", "write"])
    assert [entry.account for entry in store.list()] == ["jane@example.com", "bob@other.org"]
    chosen: list[dict[str, str]] = [{"key": key[:6]}, {"account": "*@example.com"}, {"client_id": "app"}]
    for selection in chosen:
        assert [entry.key for entry in store.list(**selection)] == [key], selection
    assert [entry.client_id for entry in store.list(scope="write")] == ["other"]
    assert store.list(issuer="https://nobody.example") == []
    with pytest.raises(tokcore.InvalidArgumentError):
        store.list(key="zz")


def test_what_is_removed_is_gone(store: Store) -> None:
    keys = [put(store, f"{name}@example.com", client_id=name) for name in ("a", "b", "c")]
    store.remove(keys[0][:8])
    with pytest.raises(tokcore.NotFoundError):
        store.remove(keys[0])
    assert store.clear(client_id="b") == 1
    assert [entry.client_id for entry in store.list()] == ["c"]
    assert store.clear() == 1
    assert store.list() == [] and store.clear() == 0


def test_what_is_over_is_pruned(store: Store) -> None:
    put(store)
    put(store, "old@example.com", client_id="old", refresh_token=None, expires_at=1)
    assert store.prune(max_idle_days=30) == 1
    assert [entry.client_id for entry in store.list()] == ["app"]


def test_credentials_travel_in_a_sealed_file(store: Store) -> None:
    put(store)
    sealed = store.export("a long pass phrase", client_id="app")
    assert b"canary" not in sealed
    other = Store.memory()
    assert [(entry.account, how) for entry, how in other.import_(sealed, "a long pass phrase")] == [
        ("jane@example.com", "added")
    ]
    assert [how for _, how in other.import_(sealed, "a long pass phrase")] == ["kept"]
    assert client(other).token(scopes="read").refresh_token == "refresh-canary"
    with pytest.raises(tokcore.TokcoreError, match="passphrase") as caught:
        other.import_(sealed, "another pass phrase")
    assert "another pass phrase" not in str(caught.value)
    with pytest.raises(tokcore.InvalidArgumentError, match="no passphrase"):
        other.import_(sealed)


def test_what_gcloud_keeps_is_recognised_and_needs_no_passphrase(store: Store) -> None:
    file = b'{"type": "authorized_user", "client_id": "g", "client_secret": "s", "refresh_token": "rt-canary"}'
    ((entry, how),) = store.import_(file, scopes=["drive"])
    assert (how, entry.issuer) == ("added", "https://accounts.google.com")
    assert "https://www.googleapis.com/auth/drive" in entry.scopes
    with pytest.raises(tokcore.ConfigInvalidError, match="does not say its type"):
        store.import_(b"{}")


def test_a_client_is_given_its_store(home: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store)
    for given in (store, str(home / "store"), home / "store"):
        ours = client(given)
        assert ours.token(scopes="read").access_token == "access-canary"
        assert [entry.account for entry in ours.store.list()] == ["jane@example.com"]
    for given in ("memory", Store.memory()):
        with pytest.raises(tokcore.InteractionRequiredError):
            client(given).token(scopes="read", interactive=False)
    monkeypatch.setenv("TOKCORE_STORE", str(home / "store"))
    assert len(Store.user().list()) == len(Store().list()) == 1
    assert tokcore.OAuthClient(client_id="app", token_endpoint=ENDPOINT).token(scopes="read").account


def test_a_key_of_the_programs_own(home: Path) -> None:
    put(Store(home / "store", "A" * 43))
    assert Store(home / "store", key="A" * 43).report()["key"] == "the program's own key"
    with pytest.raises(tokcore.StoreError) as caught:
        Store(home / "store", key="E" * 43).list()
    assert caught.value.reason == "store_key" and "EEEE" not in str(caught.value)
    with pytest.raises(tokcore.ConfigInvalidError) as wrong:
        Store(home / "store", key="short-canary").list()
    assert "canary" not in str(wrong.value)
    assert not (home / ".config").exists()


def test_a_report_says_where_and_how(home: Path, store: Store) -> None:
    put(store)
    report = store.report(probe=True)
    assert report["folder"] == str(home / "store") and report["writable"].startswith("yes")
    assert report["turns"] and report["key"] == "a key file"
    assert Store.memory().report()


# --- accounts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", table("sharing"))
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_which_grant_serves_a_request(case: dict[str, Any], make: Callable[[], Store]) -> None:
    store = make()
    keys = {}
    for grant in case["stored"]:
        keys[grant.get("account")] = put(store, **{"account": None, **grant})
    if "default" in case:
        store.set_default_account(keys[case["default"]])
    asked = client(store, **case.get("client", {})).source(**case["request"], interactive=False)
    if "token" in case:
        assert asked.token().access_token == case["token"]
        return
    with pytest.raises(tokcore.TokcoreError) as caught:
        asked.token()
    assert caught.value.kind == case["error"]["kind"]
    assert case["error"].get("message_contains", "") in caught.value.message


@pytest.mark.parametrize("param", [one for one in table("cache") if len(str(one.values[0].get("key"))) == 64])
def test_keys_are_those_of_the_vectors(param: dict[str, Any]) -> None:
    assert tokcore.OAuthClient(**param["client"]).source(**param["request"]).key == param["key"]


@pytest.fixture
def several(store: Store) -> Store:
    for name in ("ann", "bob"):
        put(store, f"{name}@example.com", access_token=f"{name}-canary")
    return store


def test_a_person_chooses_among_accounts(several: Store) -> None:
    asked = []

    def choose(question: str, options: list[str]) -> int | None:
        asked.append((question, options))
        return 2

    token = client(several).token(scopes="read", interactive=True, on_choose=choose)
    assert token.access_token == "bob-canary"
    ((question, options),) = asked
    assert "app" in question and options[1:] == ["ann@example.com", "bob@example.com"] and len(options) == 3


def test_the_menu_is_shown_and_asked_with_the_callers_means(several: Store) -> None:
    shown: list[str] = []
    answers = iter(["7", "x", "2"])
    token = client(several).token(
        scopes="read", interactive=True, on_prompt=shown.append, ask=lambda question, hidden: next(answers)
    )
    assert token.access_token == "ann-canary"
    assert "2: ann@example.com\n3: bob@example.com" in shown[0]


@pytest.mark.parametrize("answer", ["0", "", None])
def test_whoever_chooses_nothing_is_told_the_names(several: Store, answer: str | None) -> None:
    with pytest.raises(tokcore.AmbiguousAccountError, match="ann@example.com, bob@example.com"):
        client(several).token(scopes="read", interactive=True, on_prompt=lambda _: None, ask=lambda *_: answer)


def test_what_a_choice_raises_is_raised(several: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        client(several).token(scopes="read", interactive=True, on_choose=lambda *_: 1 // 0)


# --- signing out -------------------------------------------------------------------------------------------------------


def test_signing_out_revokes_and_removes(store: Store, slow: Provider) -> None:
    ours = {"client_id": "app", "token_endpoint": f"{slow.address}/token"}
    put(store, refresh_token=slow.new_grant(), **ours)
    app = client(store, revocation_endpoint=f"{slow.address}/revoke", **ours)
    source = app.source(scopes="read", interactive=False)
    source.token()
    gone = app.logout(scopes="read")
    assert gone.found and gone.revocation and gone.revocation.outcome == "revoked"
    assert repr(gone) == "Logout(found=True, revocation=Revocation(outcome='revoked'))"
    assert slow.revocations >= 1 and store.list() == []
    with pytest.raises(tokcore.InteractionRequiredError):
        source.token()
    again = source.logout()
    assert not again.found and again.revocation is None


def test_signing_out_without_revoking(store: Store, slow: Provider) -> None:
    ours = {"client_id": "app", "token_endpoint": f"{slow.address}/token"}
    put(store, **ours)
    gone = client(store, **ours).source(scopes="read").logout(revoke=False)
    assert gone.found and gone.revocation is None and slow.revocations == 0 and store.list() == []


def test_signing_out_by_key(store: Store) -> None:
    keys = [put(store, f"{name}@example.com", cache_key=name) for name in ("ann", "bob")]
    assert [entry.cache_key for entry in store.list()] == ["ann", "bob"]
    assert store.logout(keys[0][:8], revoke=False).found
    assert [entry.key for entry in store.list()] == keys[1:]
    with pytest.raises(tokcore.NotFoundError):
        store.logout(keys[0])


def test_asyncio(store: Store) -> None:
    async def main() -> list[Entry]:
        await asyncio.to_thread(put, store)
        token = await client(store).source(scopes="read").atoken()
        assert token.access_token == "access-canary"
        gone = await tokcore.aio.call(client(store).logout, scopes="read", revoke=False)
        assert gone.found
        return await tokcore.aio.call(store.list)

    assert asyncio.run(main()) == []


# --- stores that cannot be used ----------------------------------------------------------------------------------------


def refusal(store: Store) -> tokcore.StoreError:
    with pytest.raises(tokcore.StoreError) as caught:
        store.list()
    with pytest.raises(tokcore.StoreError):
        put(store)
    return caught.value


@is_root
def test_a_key_of_another_user(home: Path, store: Store) -> None:
    put(store)
    key = home / ".config/tokcore/store.key"
    os.chown(key, NOBODY, NOBODY)
    error = refusal(Store(home / "store"))
    assert error.reason == "store_permissions" and str(key) in error.hint


@is_root
def test_a_folder_of_another_user(home: Path, store: Store) -> None:
    put(store)
    os.chown(home / "store", NOBODY, NOBODY)
    error = refusal(Store(home / "store"))
    assert error.reason == "store_permissions" and "chown" in error.hint


def test_a_folder_that_others_may_look_into(home: Path, store: Store) -> None:
    put(store)
    (home / "store").chmod(0o755)
    error = refusal(Store(home / "store"))
    assert error.reason == "store_permissions" and "chmod 700" in error.hint


def test_a_key_that_everybody_can_read_is_taken_from_them(home: Path, store: Store) -> None:
    put(store)
    key = home / ".config/tokcore/store.key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)
    assert len(Store(home / "store").list()) == 1
    assert key.stat().st_mode & 0o777 == 0o600


USE = """
import datetime, json, os, sys, tokcore, tokcore._kinds
from tokcore.store import Store
store = Store(sys.argv[1]) if len(sys.argv) > 1 else Store.user()
if len(sys.argv) > 2:
    os.setgroups([])
    os.setresgid(*[int(sys.argv[2])] * 3)
    os.setresuid(*[int(sys.argv[2])] * 3)
try:
    print(store.adopt(client_id="app", token_endpoint="https://as.example/token", refresh_token="refresh-canary"))
except tokcore.StoreError as error:
    print(error.reason, error.hint)
"""


def use(*arguments: str, **options: Any) -> str:
    environment = {"PATH": os.environ["PATH"], **options.pop("env", {})}
    done = subprocess.run(
        [sys.executable, "-c", USE, *arguments], env=environment, capture_output=True, text=True, timeout=60, **options
    )
    assert done.returncode == 0 and "canary" not in done.stdout + done.stderr, done.stderr
    said: str = done.stdout
    return said


@is_root
def test_a_home_that_cannot_be_written() -> None:
    with TemporaryDirectory() as home:
        os.chmod(home, 0o555)
        for path in (f"{home}/store", "user"):
            assert use(path, str(NOBODY), env={"HOME": home}).startswith("store_unwritable")


def test_a_full_disk(home: Path) -> None:
    import resource

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    env = {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    assert use(str(home / "store"), env=env, preexec_fn=full).startswith("store_unwritable")
    # It was nobody's fault but the disk's: with room it works.
    assert len(use(str(home / "store"), env=env).strip()) == 64


def test_no_home() -> None:
    assert "set HOME" in use("user")
    assert "set HOME" in use()


def test_a_default_store_that_cannot_be_used_is_no_failure(monkeypatch: pytest.MonkeyPatch, slow: Provider) -> None:
    """Only a store that somebody named has to work."""
    monkeypatch.delenv("HOME")
    monkeypatch.delenv("TOKCORE_STORE")
    ours = tokcore.OAuthClient(client_id="app", token_endpoint=f"{slow.address}/token")
    source = ours.source(grant="refresh_token", refresh_token=slow.new_grant(), cache_key="homeless")
    assert source.token().access_token.startswith("access-canary")


# --- canaries ----------------------------------------------------------------------------------------------------------


def test_no_secret_shows(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """In prints, errors, tracebacks and logs, while everything is done that can be done."""
    caplog.set_level(logging.DEBUG)
    shown = []
    key = put(store)
    shown += [repr(store), *map(repr, store.list()), *map(str, store.list()), str(store.report(probe=True))]
    ours = client(store, client_secret="secret-canary")
    shown += [repr(ours), repr(ours.store), repr(ours.source(scopes="read").token()), str(vars(tokcore.store))]
    (store.list()[0].path or Path()).write_bytes(b"damaged")
    for call in (
        lambda: store.remove("0000"),
        lambda: put(store, refresh_token=None, access_token=None),
        lambda: store.adopt(client_id="app", refresh_token="refresh-canary"),
        lambda: store.adopt(refresh_tokens="refresh-canary"),
        lambda: client(store, store_key="key-canary").store.list(),
        lambda: client(Store(Path.home() / "store", "key-canary")).token(),
        lambda: Store.memory().import_(b"bytes-canary", "passphrase-canary"),
        lambda: client(store).source(scopes="read", interactive=False).token(),
        lambda: store.set_default_account(key),
    ):
        try:
            shown.append(repr(call()))
        except Exception as error:  # noqa: BLE001  (whatever it is, it shows no secret)
            shown += [repr(error), error.__class__.__name__ + str(vars(error))]
            # Without the lines of this file, which has the canaries in it.
            shown += traceback.format_exception_only(type(error), error)
    shown += [record.getMessage() for record in caplog.records]
    assert "canary" not in "\n".join(shown)
    assert not [path for path in Path.home().rglob("*") if path.is_file() and b"canary" in path.read_bytes()]
