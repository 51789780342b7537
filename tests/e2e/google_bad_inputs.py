"""Inputs that lead to no token, and the error that names what is wrong, the same in every language."""

from __future__ import annotations

import json
from typing import Any

from google_fake import ROBOT, GoogleFake
from google_files import POOL, Files
from google_inputs import ALLOWED, CLOUD, DRIVE, GARGLE, GOOGLE_AUTH, PEERS, Asked, Input, Question, adc, asks, machine

CONFIG = "config_invalid"
ROBOT_KEY = Files.service_account


def written(name: str, content: Any) -> Asked:
    """A question about a file with that content."""
    return asks(lambda files: files.write(name, content))


def damaged(google: GoogleFake) -> Question:
    key = json.loads(google.files.service_account().read_text())
    lines = key["private_key"].splitlines()
    key["private_key"] = "\n".join([*lines[:5], *lines[9:]])
    return {"path": str(google.files.write("damaged.json", key)), "scopes": [CLOUD]}


def deleted_key(google: GoogleFake) -> Question:
    path = google.files.service_account()
    google.change("service_accounts", ROBOT, keys={})
    return {"path": str(path), "scopes": [CLOUD]}


def somebody_elses_credentials_are_there(google: GoogleFake) -> Question:
    alice = google.files.authorized_user()
    return {**deleted_key(google), "env": {"GOOGLE_APPLICATION_CREDENTIALS": str(alice)}}


def far_off(google: GoogleFake) -> Question:
    google.settings(clock_shift_s=-120)
    return {"path": str(google.files.service_account()), "scopes": [CLOUD], "tokcore": {"auto_skew": "false"}}


def expired_subject_token(google: GoogleFake) -> Question:
    path = google.files.external_account("file")
    google.files.write("subject_token_workloadIdentityPools-oidc.txt", google.subject_token(POOL + "oidc", seconds=-60))
    return {"path": str(path), "scopes": [CLOUD]}


def program(name: str, script: str, **settings: Any) -> Asked:
    """A configuration whose program is this script."""

    def question(google: GoogleFake) -> Question:
        file = google.files.write(f"{name}.sh", f"#!/bin/sh\n{script}\n")
        file.chmod(0o700)
        source = {"executable": {"command": str(file), "timeout_millis": 5000, **settings}}
        path = google.files.external_account("executable", file=f"{name}.json", credential_source=source)
        return {"path": str(path), "scopes": [CLOUD], **ALLOWED}

    return question


def metadata(**faults: Any) -> Asked:
    """A machine whose metadata server answers so."""

    def question(google: GoogleFake) -> Question:
        google.fault("GET metadata/computeMetadata/*", times=-1, headers={"Metadata-Flavor": "Google"}, **faults)
        return machine(google)

    return question


def no_flavor(google: GoogleFake) -> Question:
    google.settings(metadata_flavor=False)
    return machine(google)


def lacking(google: GoogleFake) -> Question:
    google.settings(metadata_honours_scopes=False)
    return machine(google, scopes=[DRIVE])


def grant(**fields: Any) -> Asked:
    return adc(lambda files: files.authorized_user(grant=fields))


def named(path: str) -> Asked:
    return lambda google: {"path": str(google.folder / path), "scopes": [CLOUD]}


def named_by_variable(path: str) -> Asked:
    return lambda google: {"scopes": [CLOUD], "env": {"GOOGLE_APPLICATION_CREDENTIALS": str(google.folder / path)}}


UNASKED = {GOOGLE_AUTH: "S11: it does not look whether the user allowed what is asked for"}
UNLISTED = "M09: it does not look which scopes the machine has"
FALLS_THROUGH = "C25: it takes the next credential that it finds, which is somebody else's"
BAD_INPUTS: dict[str, list[Input]] = {
    "Files that are no credentials": [
        Input("nothing at all", lambda google: {"scopes": [CLOUD]}, fails=("not_configured", "")),
        Input("a path where no file is", named("nowhere.json"), fails=(CONFIG, "")),
        Input("a variable that names no file", named_by_variable("nowhere.json"), fails=(CONFIG, "")),
        Input("no JSON", written("text.json", "no json"), fails=(CONFIG, "")),
        Input("JSON without a type", written("untyped.json", {"foo": 1}), fails=(CONFIG, "")),
        Input("a type that does not exist", written("unknown.json", {"type": "robot_account"}), fails=(CONFIG, "")),
        Input("a client's file for a key", asks(Files.client), fails=(CONFIG, "client_json_given_as_key")),
        Input("a client's file by the variable", adc(Files.client), fails=(CONFIG, "adc_is_oauth_client")),
        Input(
            "an address for a file",
            lambda google: {"path": "https://key.test/key.json", "scopes": [CLOUD]},
            fails=(CONFIG, ""),
        ),
    ],
    "Keys and grants that are no good": [
        Input("a private key that is cut", damaged, fails=(CONFIG, "crypto")),
        Input(
            "a key without `client_email`",
            asks(lambda files: ROBOT_KEY(files, client_email=None)),
            fails=(CONFIG, ""),
        ),
        Input("a key that was deleted", deleted_key, fails=("denied", "")),
        Input(
            "the same, while `GOOGLE_APPLICATION_CREDENTIALS` names a user",
            somebody_elses_credentials_are_there,
            fails=("denied", ""),
            apart={GARGLE: FALLS_THROUGH},
        ),
        Input(
            "a scope that does not exist",
            asks(ROBOT_KEY, ("https://www.googleapis.com/auth/nothing",)),
            fails=("denied", ""),
        ),
        Input(
            "a user whom it may not stand in for",
            asks(ROBOT_KEY, subject="alice@example.com"),
            fails=("denied", ""),
        ),
        Input(
            "an address of a stranger in a key",
            asks(lambda files: ROBOT_KEY(files, token_uri="https://evil.test/token")),
            fails=(CONFIG, "untrusted_address"),
        ),
        Input("a clock that is off, and may not be made up for", far_off, fails=("denied", "clock_skew")),
        Input("no refresh token", adc(lambda files: files.authorized_user(refresh_token=None)), fails=(CONFIG, "")),
        Input("a grant that was revoked", grant(revoked=True), fails=("grant_revoked", "")),
        Input(
            "a policy that wants another sign-in",
            grant(subtype="rapt_required"),
            fails=("interaction_required", "reauth_required"),
        ),
        Input(
            "a client that was deleted",
            adc(lambda files: files.authorized_user(client="deleted.apps.googleusercontent.com")),
            fails=("denied", ""),
        ),
        Input(
            "a scope that the user did not allow",
            adc(Files.authorized_user, (DRIVE,)),
            fails=("denied", "insufficient_scopes"),
            apart=UNASKED,
        ),
    ],
    "Federation that fails": [
        Input("a token that has expired", expired_subject_token, fails=("denied", "subject_token")),
        Input(
            "a file for the token that is not there",
            asks(lambda files: files.external_account("file", credential_source={"file": "/nowhere/token"})),
            fails=(CONFIG, "subject_token"),
        ),
        Input(
            "a program that nobody has allowed",
            asks(lambda files: files.external_account("executable")),
            fails=(CONFIG, "executable_not_allowed"),
        ),
        Input("a program that hangs", program("hangs", "exec sleep 30"), fails=(CONFIG, "executable_failed")),
        Input("a program that prints garbage", program("garbage", "echo no json"), fails=(CONFIG, "executable_failed")),
        Input("a program that fails", program("fails", "exit 3"), fails=(CONFIG, "executable_failed")),
        Input(
            "two sources at once",
            asks(
                lambda files: files.external_account("file", credential_source={"file": "/a", "url": "https://b.test"})
            ),
            fails=(CONFIG, ""),
        ),
        Input(
            "an address of a stranger",
            asks(lambda files: files.external_account("file", token_url="https://sts.evil.test/v1/token")),
            fails=(CONFIG, "untrusted_address"),
        ),
        Input(
            "a service account that it may not act as",
            asks(lambda files: files.external_account("file", ROBOT)),
            fails=("denied", ""),
        ),
    ],
    "Metadata servers that lie, or lack something": [
        Input("answers of somebody else", no_flavor, fails=("protocol", "metadata_unreliable")),
        Input(
            "answers that are no JSON",
            metadata(status=200, body="<html>"),
            fails=("protocol", "metadata_unreliable"),
        ),
        Input("refusals", metadata(status=403), fails=("denied", "")),
        Input(
            "a scope that the machine does not have",
            lacking,
            fails=("not_configured", ""),
            apart=dict.fromkeys(PEERS, UNLISTED),
        ),
        Input(
            "no such account",
            lambda google: machine(google, service_account="nobody@example.com"),
            fails=(CONFIG, "unknown_service_account"),
        ),
    ],
}
