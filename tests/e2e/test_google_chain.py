"""What users of Google's credentials suffer from most (specs, user pains): one test for each that would fail without its
cure. The person who signs in does so by HTTP; everybody else is who they are everywhere."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from google_asking import PYTHON, said, surroundings, tokcore, words
from google_bad_inputs import damaged, expired_subject_token, far_off, somebody_elses_credentials_are_there
from google_fake import MACHINE, ROBOT, TARGET, GoogleFake
from google_files import POOL
from google_inputs import CLOUD, DRIVE, SHEETS, is_behind, machine
from shell import Shell, Terminal

ALICE, BOB = "alice@example.com", "bob@example.com"
METHODS = ("byo_oauth2", "service_account", "external_account", "app_default", "gce", "user_oauth2")


class Home:
    """Somebody's store, and the client of the application that they use."""

    def __init__(self, google: GoogleFake, folder: Path) -> None:
        self.google, self.folder = google, folder / "store"
        self.client = google.files.client()

    def asks(self, scopes: str = DRIVE, **more: Any) -> dict[str, Any]:
        env = {"TOKCORE_STORE": str(self.folder), **more.pop("env", {})}
        return {"scopes": scopes, "client": str(self.client), "env": env, **more}

    def ask(self, scopes: str = DRIVE, **more: Any) -> dict[str, Any]:
        """Without anybody who could be asked."""
        return tokcore(self.google, self.asks(scopes, **more))

    def sign_in(self, scopes: str = DRIVE, user: str = ALICE, *options: str, **more: Any) -> dict[str, Any]:
        """With a person at the browser, who is ``user`` and does as ``options`` say."""
        person = self.google.person_as_browser("--user", user.partition("@")[0], *options)
        # In a container no browser is opened, except through the helper that an editor puts into BROWSER.
        env = {"BROWSER": person, "VSCODE_IPC_HOOK_CLI": "/nowhere"}
        return self.ask(scopes, interactive="true", flow="loopback", env={**env, **more.pop("env", {})}, **more)

    def records(self) -> list[Path]:
        return [path for path in self.folder.rglob("*.tok")]


@pytest.fixture
def home(google: GoogleFake, tmp_path: Path) -> Home:
    return Home(google, tmp_path)


def principal(google: GoogleFake, answer: dict[str, Any]) -> str:
    assert "token" in answer, answer
    return google.get("tokens")[answer["token"]]["principal"]


def test_pain_01_the_error_says_what_every_method_found(google: GoogleFake) -> None:
    nothing = tokcore(google, {"scopes": CLOUD})
    assert nothing["error"] == "not_configured" and all(f"{name}: " in nothing["message"] for name in METHODS), nothing
    broken = tokcore(google, damaged(google))
    assert (broken["error"], broken["reason"]) == ("config_invalid", "crypto") and "damaged.json" in broken["message"]


def test_pain_01_what_was_given_and_fails_is_replaced_by_nobody(google: GoogleFake) -> None:
    question = somebody_elses_credentials_are_there(google)
    refused = tokcore(google, question)
    assert refused["error"] == "denied" and ROBOT in refused["message"] + refused["hint"], refused
    assert [each["form"].get("refresh_token") for each in google.requests(path="/token")] == [None]
    # Who wants gargle's manner has it: the user's own credentials come next.
    assert principal(google, tokcore(google, question, on_error="continue")) == ALICE


def test_pain_02_a_server_shows_the_address_and_takes_what_is_pasted(home: Home, shell: Shell) -> None:
    question = home.asks(env={"RSTUDIO": "1", "RSTUDIO_PROGRAM_MODE": "server"}, interactive="true")
    with shell.at_terminal([*PYTHON, *words(question)], surroundings(home.google, question)) as terminal:
        assert isinstance(terminal, Terminal)
        terminal.type(home.google.sign_in(terminal.sign_in_page()))
        screen = terminal.done().stderr
    assert principal(home.google, said(screen[screen.index("token\t") :].splitlines()[0])) == ALICE, screen


def test_pain_03_a_taken_port_is_no_obstacle(home: Home) -> None:
    with socket.socket() as other:
        # Somebody else's: the usual port of R, whoever holds it.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("127.0.0.1", 1410))
            other.listen()
        except OSError:
            pass
        assert principal(home.google, home.sign_in()) == ALICE
        wanted = home.ask(interactive="true", flow="loopback", email=BOB, env={"HTTR_PORT": "1410"})
    assert (wanted["error"], "1410" in wanted["message"]) == ("listener_unavailable", True), wanted


def test_pain_04_a_client_that_cannot_is_told_before_the_browser_opens(google: GoogleFake, home: Home) -> None:
    home.client = google.files.client("web", redirect_uris=["https://callback.test/google-callback/"])
    refused = home.sign_in()
    assert (
        refused["error"] == "config_invalid" and "no address of this machine" in refused["message"] and refused["hint"]
    )
    assert google.requests("accounts.google.com") == []


def test_pain_05_unattended_is_an_error_that_helps_and_a_text_that_works(google: GoogleFake, home: Home) -> None:
    refused = home.ask(email=ALICE)
    assert refused["error"] == "interaction_required" and "sign in once where somebody can be asked" in refused["hint"]
    assert f"the store {home.folder}" in refused["message"] and "has no login at all" in refused["message"], refused
    assert "`tokcore login --google-client " in refused["hint"] and f"--email {ALICE}" in refused["hint"], refused
    bundle = google.files.authorized_user(scopes=(DRIVE,)).read_text()
    assert principal(google, tokcore(google, {"scopes": DRIVE, "token": bundle})) == ALICE


def test_pain_06_a_token_is_kept_nowhere_but_where_it_was_got(google: GoogleFake, home: Home) -> None:
    bundle = google.files.authorized_user(scopes=(DRIVE,)).read_text()
    answer = tokcore(google, {"scopes": DRIVE, "token": bundle, "env": {"TOKCORE_STORE": str(home.folder)}})
    assert principal(google, answer) == ALICE and home.records() == []


def test_pain_07_the_same_login_is_found_whatever_changes_around_it(google: GoogleFake, home: Home) -> None:
    first = home.sign_in(f"{DRIVE} {SHEETS}")
    google.forget_requests()
    for env in ({"LC_ALL": "C"}, {"LANG": "de_DE.UTF-8", "TZ": "Asia/Tokyo"}, {"USER": "somebody"}):
        assert home.ask(f"{SHEETS} {DRIVE} {SHEETS}", env=env) == first
    assert google.requests() == []


def test_pain_08_a_dead_grant_is_an_error_and_a_busy_server_no_reason_to_forget(google: GoogleFake, home: Home) -> None:
    google.settings(token_seconds=1)
    assert principal(google, home.sign_in()) == ALICE
    time.sleep(1.2)
    google.fault("POST oauth2.googleapis.com/token", status=503, times=-1)
    assert home.ask(env={"TOKCORE_TIMEOUT_MS": "5000"})["error"] in ("server", "timeout")
    google.control("DELETE", "/faults")
    assert principal(google, home.ask()) == ALICE
    for value, grant in google.get("grants").items():
        google.put("grants", value, {**grant, "revoked": True})
    time.sleep(1.2)
    dead = home.ask()
    assert (
        dead["error"] == "interaction_required" and "invalid_grant" in dead["message"] and "sign in" in dead["hint"]
    ), dead
    # Nobody asks for a dead grant again.
    google.forget_requests()
    assert home.ask()["error"] == "interaction_required" and google.requests() == []


def test_pain_09_a_machine_is_not_the_user_who_was_named(google: GoogleFake, home: Home) -> None:
    question = machine(google, client=str(home.client), email=ALICE, scopes=DRIVE)
    assert tokcore(google, question)["error"] == "interaction_required"
    # And it is passed over where its scopes cannot cover what is wanted.
    google.settings(metadata_honours_scopes=False)
    assert tokcore(google, machine(google, scopes=DRIVE)).get("error") == "not_configured"
    assert principal(google, tokcore(google, machine(google))) == MACHINE
    assert tokcore(google, machine(google, disable="gce"))["error"] == "not_configured"


def test_pain_10_a_metadata_server_that_comes_late_and_has_two_accounts(google: GoogleFake) -> None:
    google.fault("GET metadata/*", status=503, times=2, headers={"Metadata-Flavor": "Google"})
    late = machine(
        google, service_account=TARGET, env={"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "", "no_proxy": ""}
    )
    assert principal(google, tokcore(google, late)) == TARGET


def test_pain_11_what_the_default_credentials_lack_is_a_command(google: GoogleFake) -> None:
    path = google.files.authorized_user()
    lacking = tokcore(google, {"scopes": DRIVE, "env": {"GOOGLE_APPLICATION_CREDENTIALS": str(path)}})
    assert lacking["reason"] == "insufficient_scopes", lacking
    assert "gcloud auth application-default login --scopes=" in lacking["hint"] and DRIVE in lacking["hint"]


def test_pain_12_proofs_are_read_again_and_the_error_names_the_hop(google: GoogleFake) -> None:
    path = google.files.external_account("file", TARGET)
    proof = google.folder / "subject_token_workloadIdentityPools-oidc.txt"
    proof.write_text(google.subject_token(POOL + "oidc", seconds=2))
    question = {"scopes": CLOUD, "path": str(path)}
    command, pipe = [*PYTHON, "--stay", *words(question)], subprocess.PIPE
    with subprocess.Popen(command, env=surroundings(google, question), stdin=pipe, stdout=pipe, text=True) as asker:
        assert asker.stdin and asker.stdout
        assert principal(google, said(asker.stdout.readline())) == TARGET
        proof.write_text(google.subject_token(POOL + "oidc"))
        google.control("DELETE", "/requests")
        asker.stdin.write("again\n")
        asker.stdin.close()
        assert principal(google, said(asker.stdout.readline())) == TARGET
    stale = tokcore(google, expired_subject_token(google))
    assert stale["reason"] == "subject_token", stale
    refused = tokcore(google, {"scopes": CLOUD, "path": str(google.files.external_account("file", ROBOT))})
    assert refused["error"] == "denied" and "IAM" in refused["message"] and ROBOT in refused["hint"], refused


def test_pain_13_a_clock_that_is_off_is_made_up_for_or_named(google: GoogleFake) -> None:
    assert principal(google, tokcore(google, is_behind(google))) == ROBOT
    named = tokcore(google, far_off(google))
    assert named["reason"] == "clock_skew" and "120" in named["message"] + named["hint"], named


def test_pain_14_whose_token_it_is_is_said_and_checked(google: GoogleFake, home: Home) -> None:
    assert principal(google, home.sign_in(user=ALICE, email=ALICE)) == ALICE
    wrong = home.sign_in(user=ALICE, email=BOB)
    assert (wrong["error"], wrong["reason"]) == ("denied", "wrong_account") and ALICE in wrong["message"], wrong
    assert principal(google, home.sign_in(user=BOB, email=BOB)) == BOB
    either = home.ask()
    assert either["error"] == "ambiguous_account" and ALICE in either["message"] and BOB in either["message"]
    assert principal(google, home.ask(email="Bob@example.com")) == BOB
    assert home.ask(email="")["error"] == "config_invalid"


def test_pain_15_a_box_that_was_not_ticked_is_noticed_at_once(google: GoogleFake, home: Home) -> None:
    partial = home.sign_in(f"{DRIVE} {SHEETS}", ALICE, "--untick", f"scope:{SHEETS}")
    assert partial["reason"] == "partial_consent" and "spreadsheets" in partial["message"], partial
    assert home.records() == []
    # More than is wanted covers it, and nobody is asked again.
    assert principal(google, home.sign_in(f"{DRIVE} {SHEETS}")) == ALICE
    assert principal(google, home.ask(DRIVE)) == ALICE


@pytest.mark.parametrize("faults", [[503, 503], [502]])
def test_what_passes_is_tried_again(google: GoogleFake, faults: list[int]) -> None:
    for status in faults:
        google.fault("POST oauth2.googleapis.com/token", status=status, times=1)
    question = {"scopes": CLOUD, "path": str(google.files.service_account())}
    assert principal(google, tokcore(google, question)) == ROBOT
    assert [each["status"] for each in google.requests(path="/token")] == [*faults, 200]


def test_a_refusal_is_not_tried_again(google: GoogleFake) -> None:
    path = google.files.authorized_user(grant={"revoked": True})
    answer = tokcore(google, {"scopes": CLOUD, "path": str(path)})
    assert answer["error"] == "grant_revoked" and len(google.requests(path="/token")) == 1


def test_a_failure_of_googles_own_is_tried_again(google: GoogleFake) -> None:
    google.fault("POST oauth2.googleapis.com/token", status=400, body={"error": "internal_failure"}, times=1)
    answer = tokcore(google, {"scopes": CLOUD, "path": str(google.files.service_account())})
    assert principal(google, answer) == ROBOT and len(google.requests(path="/token")) == 2
