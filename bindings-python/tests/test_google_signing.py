"""Signatures by credentials of Google's: by a key, and by IAM for credentials that have none."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from google_fake import MACHINE, ROBOT, SCOPE, TARGET, GoogleFake
from google_files import TOKEN_URL, key_pair

import tokcore

pytest.importorskip("google.auth")

from google.auth import credentials as theirs  # noqa: E402  (needs the line above)
from google.auth import crypt, exceptions  # noqa: E402

Credentials = tokcore.google.Credentials


def check(signature: bytes, message: bytes) -> None:
    """Raises unless the robot's key has signed the message."""
    public = serialization.load_pem_public_key(key_pair(ROBOT)[1].encode())
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())


def is_signed_by_iam(cloud: GoogleFake, credentials: Credentials, account: str) -> bool:
    """Whether Google takes a statement that the credentials have signed for one that IAM signed for the account."""
    unique_id = cloud.get("service_accounts", account)["unique_id"]
    kid = base64.b16encode(unique_id.encode()).decode().lower()[:40]
    now = int(time.time())
    claims = {"iss": account, "aud": TOKEN_URL, "scope": SCOPE + "bigquery", "iat": now, "exp": now + 600}
    parts = [{"alg": "RS256", "typ": "JWT", "kid": kid}, claims]
    signed = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    signature = base64.urlsafe_b64encode(credentials.sign_bytes(signed)).rstrip(b"=")
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": (signed + b"." + signature).decode(),
    }
    return cloud.ask("POST", TOKEN_URL, form=form).status == 200


def test_by_a_key(cloud: GoogleFake, key: Path) -> None:
    credentials, _ = tokcore.google.default(path=key)
    assert isinstance(credentials, theirs.Signing) and isinstance(credentials.signer, crypt.Signer)
    cloud.forget_requests()
    check(credentials.sign_bytes(b"message"), b"message")
    check(credentials.signer.sign("message"), b"message")
    check(credentials.source.sign(b""), b"")
    assert credentials.signer_email == ROBOT and cloud.requests() == []
    with pytest.raises(InvalidSignature):
        check(credentials.sign_bytes(b"message"), b"another")
    with pytest.raises(TypeError):
        credentials.source.sign("text")  # type: ignore[arg-type]


def test_the_signature_is_the_accounts_where_the_token_is_a_users(cloud: GoogleFake, key: Path) -> None:
    cloud.change("service_accounts", ROBOT, delegated=[SCOPE + "drive"])
    source = tokcore.token_fetch("drive", path=key, subject="alice@example.com", add_email=False)
    assert (source.about.principal, source.signer) == ("alice@example.com", ROBOT)
    assert Credentials(source).signer_email == ROBOT


def test_by_iam_for_an_account_that_is_taken_on(cloud: GoogleFake, key: Path) -> None:
    credentials, _ = tokcore.google.default(path=key, impersonate=TARGET)
    assert credentials.signer_email == TARGET and is_signed_by_iam(cloud, credentials, TARGET)
    assert len(cloud.requests("iamcredentials.googleapis.com", ":signBlob")) == 1


def test_by_iam_for_a_machine(google: GoogleFake, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in google.env().items():
        monkeypatch.setenv(name, value)
    credentials, _ = tokcore.google.default(methods="gce")
    with pytest.raises(exceptions.RefreshError, match="roles/iam.serviceAccountTokenCreator") as caught:
        credentials.sign_bytes(b"message")
    assert isinstance(caught.value.__cause__, tokcore.TokcoreError)
    google.change("service_accounts", MACHINE, impersonators=[MACHINE])
    assert credentials.signer_email == MACHINE and is_signed_by_iam(google, credentials, MACHINE)


def test_a_person_signs_nothing(cloud: GoogleFake) -> None:
    credentials, _ = tokcore.google.default(path=cloud.files.authorized_user())
    assert credentials.signer_email is None
    with pytest.raises(exceptions.InvalidOperation, match="impersonate") as caught:
        credentials.sign_bytes(b"message")
    assert isinstance(caught.value.__cause__, tokcore.InvalidStateError)


def signed_text(url: str) -> bytes:
    """What the signature of a signed URL of Cloud Storage (V4) is of."""
    parts = urllib.parse.urlsplit(url)
    fields = dict(urllib.parse.parse_qsl(parts.query))
    query = "&".join(each for each in sorted(parts.query.split("&")) if not each.startswith("X-Goog-Signature="))
    request = "\n".join(["GET", parts.path, query, f"host:{parts.netloc}", "", "host", "UNSIGNED-PAYLOAD"])
    scope = fields["X-Goog-Credential"].partition("/")[2]
    digest = hashlib.sha256(request.encode()).hexdigest()
    return "\n".join(["GOOG4-RSA-SHA256", fields["X-Goog-Date"], scope, digest]).encode()


def signed_url(credentials: Any) -> str:
    storage = pytest.importorskip("google.cloud.storage")
    client = storage.Client(project="fake-project", credentials=credentials)
    try:
        url: str = client.bucket("bucket").blob("a folder/object").generate_signed_url(version="v4", expiration=600)
        return url
    finally:
        client.close()


def test_signed_urls_of_cloud_storage(cloud: GoogleFake, key: Path) -> None:
    credentials, _ = tokcore.google.default(path=key)
    url = signed_url(credentials)
    fields = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
    assert fields["X-Goog-Credential"].startswith(f"{ROBOT}/")
    check(bytes.fromhex(fields["X-Goog-Signature"]), signed_text(url))


def test_signed_urls_without_a_key(cloud: GoogleFake, key: Path) -> None:
    credentials, _ = tokcore.google.default(path=key, impersonate=TARGET)
    url = signed_url(credentials)
    assert f"X-Goog-Credential={TARGET.replace('@', '%40')}" in url
    assert len(cloud.requests("iamcredentials.googleapis.com", ":signBlob")) == 1
    # The same bytes have the same signature.
    fields = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
    assert credentials.sign_bytes(signed_text(url)).hex() == fields["X-Goog-Signature"]
