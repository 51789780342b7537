"""Google's credentials from the shell: every type of file, a machine, a user who signs in; what is told and what is not."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from google_fake import MACHINE, ROBOT, SCOPE, TARGET, GoogleFake
from google_files import WORKFORCE
from shell import Done, Shell

TYPES = (
    "service_account",
    "authorized_user",
    "external_account_file",
    "external_account_impersonating",
    "external_account_authorized_user",
    "impersonated_service_account",
)


@pytest.fixture
def laptop(shell: Shell, google: GoogleFake) -> Shell:
    """The binary on a machine without a metadata server."""
    shell.env.update(google.env(metadata=False))
    return shell.with_a_store()


def shows_nothing(google: GoogleFake, *texts: str) -> bool:
    return not [secret for secret in google.secrets() for text in texts if len(secret) > 8 and secret in text]


def good(google: GoogleFake, done: Done) -> str:
    """The token that was printed, and nothing beside it."""
    assert (done.status, done.stderr) == (0, ""), done
    token = done.stdout.removesuffix("\n")
    answer = google.ask("GET", f"https://oauth2.googleapis.com/tokeninfo?access_token={token}")
    assert answer.status == 200, answer.page.text
    return token


@pytest.mark.parametrize("kind", TYPES)
def test_a_token_of_each_type_of_file(laptop: Shell, google: GoogleFake, kind: str) -> None:
    wanted = ["--scopes", "cloud-platform"]
    good(google, laptop.run("token", *wanted, "--path", google.files.all()[kind]))
    # Anew: some refresh tokens are good for one use.
    good(google, laptop.run("token", *wanted, "--path", "-", stdin=google.files.all()[kind].read_text()))
    file = google.files.all()[kind]
    good(google, laptop.run("token", *wanted, GOOGLE_APPLICATION_CREDENTIALS=str(file)))
    told = laptop.run("explain", *wanted, "--path", file)
    assert told.status == 0 and "would be asked for a token" in told.stdout, told
    assert shows_nothing(google, told.stdout, told.stderr)


def test_whom_the_token_is_of_and_who_pays(laptop: Shell, google: GoogleFake) -> None:
    key = google.files.service_account()
    as_other = ["token", "--scopes", "cloud-platform", "--path", key, "--impersonate", TARGET, "--lifetime", "600"]
    other = laptop.run(*as_other, "--json").json
    assert (other["account"], other["about"]["principal"]) == (TARGET, TARGET)
    assert google.requests("iamcredentials.googleapis.com")[-1]["json"]["lifetime"] == "600s"
    lines = laptop.run("token", "--scopes", "drive", "--path", key, "--header", "--quota-project", "bill").stdout.splitlines()
    assert re.fullmatch(r"Authorization: Bearer \S+", lines[0]) and lines[1:] == ["x-goog-user-project: bill"]
    identity = laptop.run("token", "--id-token", "--audience", "https://a.example", "--path", key)
    assert identity.status == 0 and identity.stdout.count(".") == 2, identity
    seen = laptop.run("inspect", "--json", stdin=identity.stdout).json
    assert (seen["claims"]["aud"], seen["claims"]["email"]) == ("https://a.example", ROBOT)


def test_a_machine(shell: Shell, google: GoogleFake) -> None:
    shell.env.update(google.env())
    good(google, shell.run("token", "--scopes", "cloud-platform"))
    told = shell.run("explain", "--scopes", "cloud-platform", "--probe", "--json").json
    assert told["first"] == "credentials_gce"
    assert [each["about"]["principal"] for each in told["methods"] if each["code"] == "found"] == [MACHINE]


def test_a_user_signs_in_once_for_all_programs(laptop: Shell, google: GoogleFake) -> None:
    client = google.files.client("installed")
    wanted = ["--scopes", "drive", "--google-client", client]
    needed = laptop.run("explain", *wanted)
    assert needed.status == 4 and "sign in" in needed.stdout, needed
    with laptop.terminal("login", *wanted, **opens_pages(google, "alice")) as terminal:
        done = terminal.done()
    assert (done.status, done.stdout) == (0, ""), done
    assert "signed in as alice@example.com" in done.stderr and "kept in" in done.stderr, done
    good(google, laptop.run("token", *wanted))
    named = laptop.run("token", *wanted, "--email", "*@example.com", "--json").json
    assert f"{SCOPE}drive" in named["scopes"] and named["about"]["principal"] == "alice@example.com"
    assert laptop.run("explain", *wanted).status == 0
    nobody = laptop.run("token", *wanted, "--no-store")
    assert nobody.status == 4 and nobody.stdout == "", nobody
    assert shows_nothing(google, done.stderr, nobody.stderr)


def commands(screen: str) -> list[list[str]]:
    """What a sign-in says to use it and to end it, as a shell takes it apart: without the program's name."""
    return [shlex.split(line)[1:] for line in re.findall(r"^to (?:use|end) it: (.+)$", screen, re.MULTILINE)]


def test_what_login_says_to_type_can_be_typed(laptop: Shell, google: GoogleFake) -> None:
    client = google.files.client("installed").rename(laptop.folder / "my client.json")
    wanted = ["--scopes", "drive bigquery", "--google-client", client.name]
    with laptop.terminal("login", *wanted, **opens_pages(google, "alice")) as terminal:
        use, end = commands(terminal.done().stderr)
    with laptop.terminal("login", *wanted, **opens_pages(google, "bob")) as terminal:
        assert terminal.done().status == 0
    assert "alice@example.com" in use and "drive bigquery" in use
    good(google, laptop.run(*use))
    several = laptop.run("logout", *wanted)
    assert several.status == 2 and "bob@example.com" in several.stderr, several
    ended = laptop.run(*end)
    assert (ended.status, ended.stderr) == (0, "") and ended.stdout.startswith("revoked     alice@example.com at "), ended
    assert laptop.run(*use).status == 4 and "nothing is stored" in laptop.run(*end).stderr
    # The other one is still there, and all that is left of this client.
    good(google, laptop.run("token", *wanted))
    assert "bob@example.com" in laptop.run("logout", "--all", "--google-client", client.name).stdout


def opens_pages(google: GoogleFake, user: str) -> dict[str, str]:
    """A browser in which this user signs in. VS Code's window opens what BROWSER is given even where nothing else can show
    one, as in a container."""
    return {"BROWSER": google.person_as_browser("--user", user), "VSCODE_IPC_HOOK_CLI": "/nowhere"}


def test_nobody_signs_in_for_nothing(laptop: Shell, google: GoogleFake) -> None:
    wanted = ["--scopes", "drive", "--google-client", google.files.client("installed")]
    for words, env in ([["--store", "memory"], {}], [["--no-store"], {}], [[], {"TOKCORE_STORE": "memory"}]):
        with laptop.terminal("login", *wanted, *words, **opens_pages(google, "alice"), **env) as terminal:
            done = terminal.done()
        assert done.status == 2 and "nothing would be left" in done.stderr and "--print-token" in done.stderr, done
    assert "TOKCORE_STORE=memory" in done.stderr and not google.requests("accounts.google.com")
    with laptop.terminal("login", *wanted, "--no-store", "--print-token", **opens_pages(google, "alice")) as terminal:
        done = terminal.done()
    assert done.status == 0 and done.stdout and "was not kept" in done.stderr, done


def test_an_account_in_place_of_a_key_is_told_where_it_belongs(laptop: Shell, google: GoogleFake) -> None:
    refused = laptop.run("token", "--scopes", "drive", "--service-account", ROBOT)
    assert refused.status == 2 and "--machine-account" in refused.stderr and "--impersonate" in refused.stderr, refused
    for verb in ("login", "logout"):
        nobodys = laptop.run(verb, "--scopes", "drive")
        assert nobodys.status == 3 and "no OAuth client" in nobodys.stderr and "--google-client" in nobodys.stderr, nobodys
    unknown = laptop.run("logout", "alice@example.com")
    assert unknown.status == 2 and "tokcore logout --account alice@example.com" in unknown.stderr, unknown
    unknown = laptop.run("default", "*@example.com")
    assert unknown.status == 2 and "tokcore list --account '*@example.com'" in unknown.stderr, unknown


def test_a_workforces_program_asks_the_person_who_is_there(laptop: Shell, google: GoogleFake) -> None:
    proof = google.subject_token(WORKFORCE + "oidc")
    answer = {"version": 1, "success": True, "token_type": "urn:ietf:params:oauth:token-type:jwt", "id_token": proof}
    program, left = google.folder / "asks.sh", google.folder / "left.json"
    program.write_text(
        "#!/bin/sh\n"
        'if [ "$GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE" = 0 ]; then exit 9; fi\n'
        'echo "Who are you?"; read -r who; echo "Hello, $who."\n'
        f"printf %s '{json.dumps(answer)}' >\"$GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE\"\n"
    )
    program.chmod(0o700)
    source = {"command": str(program), "output_file": str(left), "interactive_timeout_millis": 30000}
    file = google.files.external_account("executable", workforce=True, credential_source={"executable": source})
    wanted = ["token", "--scopes", "cloud-platform", "--path", file, "--set", "allow_interactive=true"]
    laptop.env["GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"] = "1"
    with laptop.terminal(*wanted) as terminal:
        terminal.wait_for("Who are you")
        terminal.type("ann")
        done = terminal.done()
    assert done.status == 0 and "Hello, ann." in done.stderr, done
    assert google.ask("GET", f"https://oauth2.googleapis.com/tokeninfo?access_token={done.stdout.strip()}").status == 200
    # It is told where nobody is, and Ctrl-C at its question is for both.
    unattended = laptop.run(*wanted, "--json")
    assert unattended.error["reason"] == "executable_failed" and "the status 9" in unattended.error["message"], unattended
    with laptop.terminal(*wanted) as terminal:
        terminal.wait_for("Who are you")
        assert terminal.interrupt() < 5 and terminal.process.returncode != 0


def test_an_account_of_the_machine(shell: Shell, google: GoogleFake) -> None:
    shell.env.update(google.env())
    good(google, shell.run("token", "--scopes", "cloud-platform", "--machine-account", MACHINE))
    stranger = shell.run("token", "--scopes", "cloud-platform", "--machine-account", "nobody@example.com", "--json")
    assert stranger.error["reason"] == "unknown_service_account", stranger


def test_a_refusal_names_its_remedy_and_takes_nobody_elses_identity(laptop: Shell, google: GoogleFake) -> None:
    key = google.files.service_account()
    other = google.files.authorized_user()
    words = ["token", "--scopes", "drive", "--path", key, "--subject", "nobody@example.com"]
    refused = laptop.run(*words, "--json", GOOGLE_APPLICATION_CREDENTIALS=str(other))
    assert refused.status == 6 and refused.error["oauth_error"] == "unauthorized_client", refused
    assert "domain-wide delegation" in refused.error["hint"]
    assert [tried["source"] for tried in refused.error["attempts"]][-1] == "credentials_service_account"
    in_words = laptop.run(*words).stderr.splitlines()
    assert in_words[-2:-1] == ["  credentials_service_account: the error above"], in_words
    assert shows_nothing(google, refused.stderr) and json.loads(key.read_text())["private_key"] not in refused.stderr
