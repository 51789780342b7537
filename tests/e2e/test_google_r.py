"""What R alone has at Google: functions of R's that prove who it is or keep its logins, signatures, and whose token it is."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from google_fake import MACHINE, ROBOT, SCOPE, TARGET, GoogleFake
from google_files import POOL, key_pair
from guides import missing
from processes import R_LIBRARY
from shell import Done, Shell

FORWARDED = {"VSCODE_IPC_HOOK_CLI": "/nowhere"}
ALICE = "alice@example.com"

pytestmark = pytest.mark.skipif(bool(missing("r")), reason=missing("r"))


@dataclass
class Session:
    """R on a machine that reaches the fake, where nobody is logged in to gcloud."""

    shell: Shell
    google: GoogleFake

    def run(self, program: str, *, machine: bool = False, **env: str) -> Done:
        file = self.shell.folder / "program.R"
        file.write_text(f"library(tokcore)\n{program}\n")
        (self.shell.folder / "gcloud").mkdir(exist_ok=True)
        gcloud = {"CLOUDSDK_CONFIG": str(self.shell.folder / "gcloud")}
        libraries = {"R_LIBS": os.environ.get("R_LIBS", str(R_LIBRARY)), "LANG": "C.UTF-8"}
        world = {**self.shell.env, **self.google.env(metadata=machine), **gcloud, **libraries, **env}
        done = self.shell.command(["Rscript", str(file)], world)
        assert done.status == 0, done
        shown = done.stdout + done.stderr
        assert not [secret for secret in self.google.secrets() if len(secret) > 8 and secret in shown], done
        return done


@pytest.fixture
def session(shell: Shell, google: GoogleFake) -> Session:
    return Session(shell, google)


def test_a_function_proves_who_r_is_at_each_renewal(session: Session) -> None:
    google = session.google
    federation = google.files.external_account(credential_source=None)
    for number in (1, 2):
        google.files.write(f"proof{number}", google.subject_token(POOL + "oidc", jti=f"proof {number}"))
    done = session.run(f"""
        seen <- list()
        proof <- function(request) {{
          seen[[length(seen) + 1]] <<- request
          readLines(sprintf("{google.folder}/proof%d", length(seen)), warn = FALSE)
        }}
        token <- token_fetch("cloud-platform", path = "{federation}", subject_token = proof)
        first <- token$credentials$access_token
        token$refresh()
        cat(length(seen), first == token$credentials$access_token, seen[[1]]$audience, seen[[1]]$subject_token_type)
    """)
    assert done.stdout.split() == ["2", "FALSE", POOL + "oidc", "urn:ietf:params:oauth:token-type:jwt"]
    proofs = [each["form"]["subject_token"] for each in google.requests("sts.googleapis.com", "/v1/token")]
    assert len(set(proofs)) == 2, proofs


def test_a_signature_is_the_keys_or_googles(session: Session) -> None:
    google = session.google
    key = google.files.service_account()
    google.files.service_account(TARGET)
    done = session.run(f"""
        own <- token_fetch(path = "{key}")
        for (token in list(own, token_fetch("cloud-platform", path = "{key}", impersonate = "{TARGET}"))) {{
          cat(tok_signer(token), gsub("\\n", "", jsonlite::base64_enc(tok_sign(token, "signed \\u00fc"))), "\\n")
        }}
        stopifnot(identical(tok_sign(own, charToRaw("a")), tok_sign(own$source, "a")))
        stopifnot(is.null(tok_signer(token_fetch(token = "x"))))
    """)
    signed = dict(line.split() for line in done.stdout.splitlines())
    assert set(signed) == {ROBOT, TARGET}
    load_pem_public_key(key_pair(ROBOT)[1].encode()).verify(  # type: ignore[union-attr,call-arg]
        base64.b64decode(signed[ROBOT]), "signed ü".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    assert google.requests("iamcredentials.googleapis.com", ":signBlob")


def test_a_machine_of_googles_says_what_it_is(session: Session) -> None:
    done = session.run("str(tok_google_machine()); cat(tok_signer(token_fetch()))", machine=True)
    assert "fake-project" in done.stdout and "googleapis.com" in done.stdout and done.stdout.endswith(MACHINE), done
    assert session.run("cat(is.null(tok_google_machine()))").stdout == "TRUE"


def test_a_login_is_kept_by_functions_of_r(session: Session) -> None:
    google = session.google
    store = """
        folder <- "kept"; dir.create(folder, showWarnings = FALSE)
        store <- tok_store(custom = list(
          load = function(key) if (file.exists(file.path(folder, key))) readLines(file.path(folder, key), warn = FALSE),
          store = function(key, content) writeLines(content, file.path(folder, key)),
          delete = function(key) unlink(file.path(folder, key)),
          keys = function() list.files(folder)
        ))"""

    def ask(given: str, before: str = "", **env: str) -> str:
        fetch = f'token_fetch("drive", client = "{google.files.client()}"{given})'
        program = f"{store}\n{before}\ncat(token_email({fetch}), length(list.files(folder)))"
        return session.run(program, **env).stdout

    person = {"BROWSER": google.person_as_browser(), **FORWARDED}
    assert ask(", store = store", "options(rlang_interactive = TRUE)", **person) == f"{ALICE} 1"
    # Nobody is there any more.
    answers = [ask(", store = store"), ask(", cache = store"), ask("", "options(tokcore.store = store)")]
    assert answers == [f"{ALICE} 1"] * 3


def test_what_is_shown_of_a_users_token_is_the_address(session: Session) -> None:
    google = session.google
    person = {"BROWSER": google.person_as_browser(), **FORWARDED}
    done = session.run(
        f"""
        options(rlang_interactive = TRUE)
        token <- token_fetch("drive", client = "{google.files.client()}", cache = FALSE)
        print(token); print(tok_token(token)); print(token$source)
        """,
        **person,
    )
    assert done.stdout.count(ALICE) >= 4 and "id_claims" not in done.stdout, done


def test_whose_an_opaque_token_is_google_is_asked(session: Session) -> None:
    google = session.google
    scopes = (f"{SCOPE}drive", f"{SCOPE}userinfo.email")
    login = google.files.authorized_user(scopes=scopes)
    opaque = session.run(f'cat(token_fetch("drive", path = "{login}")$credentials$access_token, file = "opaque")')
    assert opaque.stdout == ""
    google.forget_requests()
    done = session.run("""
        tok_auth_functions("lq", "littlequery", scopes = "drive")
        lq_auth(token = readLines("opaque", warn = FALSE))
        cat(lq_user())
    """)
    assert done.stdout == ALICE
    assert google.requests("openidconnect.googleapis.com") or google.requests("www.googleapis.com"), google.requests()
