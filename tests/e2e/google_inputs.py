"""Inputs that lead to a Google token, and why a peer's is another one, or none.

Each is set up on the fake of Google's endpoints and gives one question; see `google_asking`. A reason begins with the id
of the vector in `tests/vectors/google` that says what tokcore does.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google_fake import MACHINE, MIDDLE, ROBOT, SCOPE, TARGET, GoogleFake
from google_files import POOL, WORKFORCE, Files

CLOUD, DRIVE, SHEETS = SCOPE + "cloud-platform", SCOPE + "drive", SCOPE + "spreadsheets"
EMAIL = SCOPE + "userinfo.email"
ALICE, AUDIENCE = "alice@example.com", "https://api.test"
AWS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "aws-secret-canary", "AWS_REGION": "us-east-2"}
GOOGLE_AUTH, GARGLE = PEERS = "google-auth", "gargle"

Question = dict[str, Any]
Asked = Callable[[GoogleFake], Question]
"""Sets the input up; what is asked then."""


@dataclass(frozen=True)
class Input:
    """One row of the comparison."""

    what: str
    """As the page names it."""
    question: Asked
    gets: str = ""
    """Whose token tokcore gets."""
    fails: tuple[str, str] = ("", "")
    """Or the kind and reason of its error."""
    apart: dict[str, str] = field(default_factory=dict)
    """Why a peer comes to something else."""


def asks(path: Callable[[Files], Path], scopes: tuple[str, ...] = (CLOUD,), **more: Any) -> Asked:
    """A question about a file."""
    return lambda google: {"path": str(path(google.files)), "scopes": list(scopes), **more}


def adc(path: Callable[[Files], Path], scopes: tuple[str, ...] = (CLOUD,), **more: Any) -> Asked:
    """A question about a file that a variable names."""
    return lambda google: {
        "scopes": list(scopes),
        "env": {"GOOGLE_APPLICATION_CREDENTIALS": str(path(google.files))},
        **more,
    }


def machine(google: GoogleFake, **more: Any) -> Question:
    """A question on a machine of Google's cloud."""
    return {"scopes": [CLOUD], "machine": True, **more}


def delegated(google: GoogleFake) -> Question:
    google.change("service_accounts", ROBOT, delegated=[DRIVE, EMAIL])
    return {"path": str(google.files.service_account()), "scopes": [DRIVE], "subject": ALICE}


def text_of(google: GoogleFake) -> Question:
    return {"path": google.files.service_account().read_text(), "scopes": [CLOUD]}


def with_a_mark(google: GoogleFake) -> Question:
    text = "\ufeff" + google.files.service_account().read_text()
    return {"path": str(google.files.write("marked.json", text)), "scopes": [CLOUD]}


def with_escapes(google: GoogleFake) -> Question:
    key = json.loads(google.files.service_account().read_text())
    key["private_key"] = key["private_key"].replace("\n", "\\n")
    return {"path": str(google.files.write("escaped.json", key)), "scopes": [CLOUD]}


def in_folder(variable: str, *below: str) -> Asked:
    """gcloud's file, where that variable leads to."""

    def question(google: GoogleFake) -> Question:
        name = Path("elsewhere", variable, *below, "application_default_credentials.json")
        google.files.write(str(name), google.files.authorized_user().read_text())
        folder = google.folder / "elsewhere" / variable
        return {"scopes": [CLOUD], "env": {"CLOUDSDK_CONFIG": None, variable: str(folder)}}

    return question


def in_home_by_tilde(google: GoogleFake) -> Question:
    folder = google.folder / "elsewhere" / "tilde"
    google.files.write("elsewhere/tilde/key.json", google.files.service_account().read_text())
    return {"scopes": [CLOUD], "env": {"HOME": str(folder), "GOOGLE_APPLICATION_CREDENTIALS": "~/key.json"}}


def with_an_empty_variable(google: GoogleFake) -> Question:
    question = in_folder("CLOUDSDK_CONFIG")(google)
    return {**question, "env": {**question["env"], "GOOGLE_APPLICATION_CREDENTIALS": ""}}


def is_behind(google: GoogleFake) -> Question:
    google.settings(clock_shift_s=-120)
    return {"path": str(google.files.service_account()), "scopes": [CLOUD]}


def is_busy(google: GoogleFake) -> Question:
    google.fault("POST oauth2.googleapis.com/token", status=503, times=1)
    return {"path": str(google.files.service_account()), "scopes": [CLOUD]}


NOT_THERE = {GARGLE: "D13: gargle knows no such file"}
NOT_BY_PATH = {GARGLE: "K07: gargle takes a service account's key as `path`, and nothing else"}
NOT_OFF_EC2 = {GARGLE: "W01: gargle federates from AWS alone, and on a machine of EC2"}
NO_ID_TOKENS = {GARGLE: "K04: gargle gets no ID tokens"}
NO_QUOTA = {GARGLE: "D20: gargle knows no quota project"}
NO_IMPERSONATION = {GARGLE: "D13: gargle takes on nobody else's identity"}
SHORT = "S07: names are sent as they are given"
NO_MARK = "K05: the mark is no JSON to them"
NO_ESCAPES = "K10: only line ends are taken"
NO_SKEW = "K12: nobody looks at the server's clock"
NO_TRY = {GARGLE: "R01: gargle asks once"}
THREE_SCOPES = {GARGLE: "D16: gargle allows three scopes of the cloud here, and no others"}
NO_SCOPES = {GARGLE: "M09: Debian's gargle does not tell the machine which scopes it wants"}
NO_TILDE = {GOOGLE_AUTH: "D03: `~` is taken for a name"}
OIDC = "oidc/subject/workload"
AWS_ROLE = "aws/subject/arn:aws:sts::000000000001:assumed-role/fake-role"
ALLOWED = {"env": {"GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES": "1"}}


def federated(what: str, source: str, subject: str, **more: Any) -> Input:
    """A proof of the workload's own that is exchanged."""
    question = asks(lambda files: files.external_account(source), **more)
    return Input(what, question, POOL + subject, apart=NOT_OFF_EC2)


INPUTS: dict[str, list[Input]] = {
    "Service accounts": [
        Input("a key", asks(Files.service_account), ROBOT),
        Input("the same as JSON", text_of, ROBOT),
        Input("two scopes", asks(Files.service_account, (DRIVE, SHEETS)), ROBOT),
        Input(
            "short name of a scope",
            asks(Files.service_account, ("drive",)),
            ROBOT,
            apart=dict.fromkeys(PEERS, SHORT),
        ),
        Input("in a user's place (`subject`)", delegated, ALICE),
        Input("a key that begins with a byte order mark", with_a_mark, ROBOT, apart=dict.fromkeys(PEERS, NO_MARK)),
        Input("`\\n` of two letters in the key", with_escapes, ROBOT, apart=dict.fromkeys(PEERS, NO_ESCAPES)),
        Input("an ID token", asks(Files.service_account, id_audience=AUDIENCE), ROBOT, apart=NO_ID_TOKENS),
        Input(
            "as another service account",
            asks(Files.service_account, impersonate=TARGET),
            TARGET,
            apart=NO_IMPERSONATION,
        ),
        Input("a clock that is two minutes ahead", is_behind, ROBOT, apart=dict.fromkeys(PEERS, NO_SKEW)),
        Input("an endpoint that is busy at first", is_busy, ROBOT, apart=NO_TRY),
    ],
    "Users": [
        Input("`authorized_user`", adc(Files.authorized_user), ALICE),
        Input("as a path", asks(Files.authorized_user), ALICE, apart=NOT_BY_PATH),
        Input("without scopes", adc(Files.authorized_user, ()), ALICE, apart={GARGLE: "D14: gargle wants scopes here"}),
        Input(
            "with a scope of Drive, which it has",
            adc(lambda files: files.authorized_user(scopes=(CLOUD, DRIVE)), (DRIVE,)),
            ALICE,
            apart=THREE_SCOPES,
        ),
        Input("as a service account", asks(Files.authorized_user, impersonate=TARGET), TARGET, apart=NO_IMPERSONATION),
        Input(
            "`external_account_authorized_user`",
            asks(Files.external_account_authorized_user),
            WORKFORCE + "oidc/subject/alice",
            apart=NOT_THERE,
        ),
    ],
    "Federation": [
        federated("a token in a file", "file", OIDC),
        federated("in a JSON file", "file-json", OIDC),
        federated("at a URL", "url", OIDC),
        federated("in JSON at a URL", "url-json", OIDC),
        federated("from a program", "executable", OIDC, **ALLOWED),
        federated("AWS, by variables", "aws", AWS_ROLE, env=AWS),
        federated("AWS, by its metadata server", "aws-imds", AWS_ROLE, tokcore={"trust": "custom"}),
        federated("SAML", "saml", "saml/subject/saml-user"),
        federated("a certificate", "x509", "x509/subject/CN=workload"),
        Input(
            "as a service account",
            asks(lambda files: files.external_account("file", TARGET)),
            TARGET,
            apart=NOT_OFF_EC2,
        ),
        Input("by a variable", adc(lambda files: files.external_account("file")), POOL + OIDC, apart=NOT_OFF_EC2),
        Input(
            "a pool of a workforce",
            asks(lambda files: files.external_account("file", workforce=True)),
            WORKFORCE + OIDC,
            apart=NOT_OFF_EC2,
        ),
    ],
    "Other files": [
        Input("`impersonated_service_account`", asks(Files.impersonated), TARGET, apart=NOT_THERE),
        Input(
            "through another service account (`delegates`)",
            asks(
                lambda files: files.impersonated(
                    files.service_account(), TARGET, (f"projects/-/serviceAccounts/{MIDDLE}",)
                )
            ),
            TARGET,
            apart=NOT_THERE,
        ),
        Input("an ID token of it", asks(Files.impersonated, id_audience=AUDIENCE), TARGET, apart=NO_ID_TOKENS),
        Input(
            "`gdch_service_account`",
            asks(Files.gdch, gdch_audience="https://api.test"),
            "system:serviceaccount:fake-project:fake-name",
            apart=NOT_THERE,
        ),
    ],
    "Machines of Google's cloud": [
        Input("the machine's own account", machine, MACHINE, apart=NO_SCOPES),
        Input(
            "an account by its name",
            lambda google: machine(google, service_account=TARGET),
            TARGET,
            apart={GOOGLE_AUTH: "M10: the name is shown, and the token is that of the default account"},
        ),
        Input("an ID token", lambda google: machine(google, id_audience=AUDIENCE), MACHINE, apart=NO_ID_TOKENS),
    ],
    "Where the default credentials lie": [
        Input("`GOOGLE_APPLICATION_CREDENTIALS`", adc(Files.service_account), ROBOT),
        Input("`CLOUDSDK_CONFIG`", in_folder("CLOUDSDK_CONFIG"), ALICE),
        Input("the home folder", in_folder("HOME", ".config", "gcloud"), ALICE),
        Input("a variable that is empty, and gcloud's file", with_an_empty_variable, ALICE),
        Input("a variable with `~`", in_home_by_tilde, ROBOT, apart=NO_TILDE),
    ],
    "Who pays": [
        Input(
            "a project in the file",
            adc(lambda files: files.authorized_user(quota_project_id="of-file")),
            ALICE,
            apart=NO_QUOTA,
        ),
        Input(
            "`GOOGLE_CLOUD_QUOTA_PROJECT`",
            lambda google: {
                "scopes": [CLOUD],
                "env": {
                    "GOOGLE_APPLICATION_CREDENTIALS": str(google.files.authorized_user(quota_project_id="of-file")),
                    "GOOGLE_CLOUD_QUOTA_PROJECT": "of-variable",
                },
            },
            ALICE,
            apart=NO_QUOTA,
        ),
        Input(
            "a project that the caller names",
            adc(lambda files: files.authorized_user(quota_project_id="of-file"), quota_project="of-caller"),
            ALICE,
            apart=NO_QUOTA,
        ),
    ],
}
