"""Credential files of every type, whose keys and tokens the fake of Google's endpoints knows."""

from __future__ import annotations

import json
import secrets
import shlex
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

ROBOT = "robot@fake-project.iam.gserviceaccount.com"
TARGET = "target@fake-project.iam.gserviceaccount.com"
CLOUD = "https://www.googleapis.com/auth/cloud-platform"
TOKEN_URL = "https://oauth2.googleapis.com/token"
IMPERSONATION = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{}:generateAccessToken"
POOL = "//iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/pool/providers/"
WORKFORCE = "//iam.googleapis.com/locations/global/workforcePools/pool/providers/"
CERTIFICATES = "https://www.googleapis.com/oauth2/v1/certs"
SOURCES = ("file", "file-json", "url", "url-json", "executable", "aws", "aws-imds", "saml", "x509")
TYPES = {
    "aws": "urn:ietf:params:aws:token-type:aws4_request",
    "aws-imds": "urn:ietf:params:aws:token-type:aws4_request",
    "saml": "urn:ietf:params:oauth:token-type:saml2",
    "x509": "urn:ietf:params:oauth:token-type:mtls",
}
AWS_VERIFICATION = "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"


class Fake(Protocol):
    """As much of ``GoogleFake`` as the files need."""

    addresses: dict[str, str]

    def put(self, table: str, key: str, entry: Any = None, /, **fields: Any) -> Any: ...

    def change(self, table: str, key: str, **fields: Any) -> None: ...

    def get(self, table: str, key: str = "") -> Any: ...

    def control(self, method: str, path: str, body: Any = None) -> Any: ...

    def subject_token(self, audience: str, **claims: Any) -> str: ...


@lru_cache
def key_pair(name: str, kind: str = "rsa") -> tuple[str, str]:
    """Private and public PEM of a key that lasts for the run; each name has its own."""
    key: Any = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return private.decode(), key.public_key().public_bytes(serialization.Encoding.PEM, spki).decode()


class Files:
    """Writes the files, and tells the fake what is in them."""

    def __init__(self, fake: Fake, folder: Path) -> None:
        self._fake = fake
        self._folder = folder
        self._registered: dict[tuple[str, str], Any] = {}

    def write(self, name: str, content: Any) -> Path:
        """A file of the folder; what is no text becomes JSON."""
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
        path.chmod(0o600)
        return path

    def register_again(self) -> None:
        """After a reset: the keys and grants of the files that were written."""
        for (table, key), fields in self._registered.items():
            if table == "service_accounts":
                self._fake.change(table, key, **fields)
            else:
                self._fake.put(table, key, fields)

    def _put(self, table: str, key: str, entry: Any) -> None:
        self._registered[table, key] = entry
        self._fake.put(table, key, entry)

    def all(self) -> dict[str, Path]:
        """One of each, by name."""
        return {
            "service_account": self.service_account(),
            "authorized_user": self.authorized_user(),
            **{f"external_account_{source.replace('-', '_')}": self.external_account(source) for source in SOURCES},
            "external_account_impersonating": self.external_account("file", impersonate=TARGET),
            "external_account_authorized_user": self.external_account_authorized_user(),
            "impersonated_service_account": self.impersonated(),
            "gdch_service_account": self.gdch(),
            "client_installed": self.client("installed"),
            "client_web": self.client("web"),
        }

    def service_account(self, email: str = ROBOT, file: str = "", **more: Any) -> Path:
        """A key file; the account must exist. ``more`` overrides fields, and removes those that are ``None``."""
        private, public = key_pair(email)
        kid = f"kid-{email.partition('@')[0]}"
        self._registered["service_accounts", email] = {"keys": {kid: public}}
        self._fake.change("service_accounts", email, keys={kid: public})
        content = {
            "type": "service_account",
            "project_id": "fake-project",
            "private_key_id": kid,
            "private_key": private,
            "client_email": email,
            "client_id": self._fake.get("service_accounts", email)["unique_id"],
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": TOKEN_URL,
            "auth_provider_x509_cert_url": CERTIFICATES,
            "client_x509_cert_url": f"https://www.googleapis.com/robot/v1/metadata/x509/{email}",
            "universe_domain": "googleapis.com",
        }
        return self.write(file or f"{email.partition('@')[0]}.json", _with(content, more))

    def authorized_user(
        self,
        email: str = "alice@example.com",
        scopes: tuple[str, ...] = (CLOUD,),
        client: str = "installed.apps.googleusercontent.com",
        file: str = "authorized_user.json",
        grant: dict[str, Any] | None = None,
        **more: Any,
    ) -> Path:
        """What ``gcloud auth application-default login`` leaves. ``grant`` sets fields of the grant behind it."""
        content = {
            "type": "authorized_user",
            "client_id": client,
            "client_secret": self._fake.get("clients", client)["secret"],
            "refresh_token": self.refresh_token(email, scopes, client, **(grant or {})),
            "universe_domain": "googleapis.com",
            "account": "",
        }
        return self.write(file, _with(content, more))

    def refresh_token(self, email: str, scopes: tuple[str, ...], client: str, **grant: Any) -> str:
        """A refresh token that the fake knows from now on."""
        value = f"1//{secrets.token_urlsafe(24)}"
        self._put("grants", value, {"client_id": client, "email": email, "scopes": list(scopes), **grant})
        return value

    def external_account(
        self,
        source: str = "file",
        impersonate: str = "",
        workforce: bool = False,
        file: str = "",
        **more: Any,
    ) -> Path:
        """A configuration of workload federation; ``source`` is one of ``SOURCES``, made so that it works.

        ``workforce`` takes a provider of a workforce pool, which needs a user project.
        """
        provider = {"saml": "saml", "x509": "x509"}.get(source, "aws" if source.startswith("aws") else "oidc")
        audience = (WORKFORCE if workforce else POOL) + provider
        host = "sts.mtls.googleapis.com" if source == "x509" else "sts.googleapis.com"
        content: dict[str, Any] = {
            "type": "external_account",
            "audience": audience,
            "subject_token_type": TYPES.get(source, "urn:ietf:params:oauth:token-type:jwt"),
            "token_url": f"https://{host}/v1/token",
            "token_info_url": "https://sts.googleapis.com/v1/introspect",
            "credential_source": self._source(source, audience),
        }
        if impersonate:
            content["service_account_impersonation_url"] = IMPERSONATION.format(impersonate)
        if workforce:
            content["workforce_pool_user_project"] = "123456"
        name = file or f"external_account_{source}{'_workforce' * workforce}{'_impersonating' * bool(impersonate)}.json"
        return self.write(name, _with(content, more))

    def external_account_authorized_user(
        self, file: str = "external_account_authorized_user.json", **more: Any
    ) -> Path:
        """What a workforce user's login leaves."""
        client, audience = "workforce-client", WORKFORCE + "oidc"
        content = {
            "type": "external_account_authorized_user",
            "audience": audience,
            "refresh_token": self.refresh_token(f"{audience}/subject/alice", (CLOUD,), client, rotates=True),
            "token_url": "https://sts.googleapis.com/v1/oauthtoken",
            "token_info_url": "https://sts.googleapis.com/v1/introspect",
            "revoke_url": "https://sts.googleapis.com/v1/revoke",
            "client_id": client,
            "client_secret": self._fake.get("clients", client)["secret"],
        }
        return self.write(file, _with(content, more))

    def impersonated(
        self,
        source: Path | None = None,
        target: str = TARGET,
        delegates: tuple[str, ...] = (),
        file: str = "impersonated.json",
        **more: Any,
    ) -> Path:
        """Acting as ``target`` with the credentials of the file ``source`` (a person's, unless there is one)."""
        source = source or self.authorized_user(file="impersonated_source.json")
        content = {
            "type": "impersonated_service_account",
            "service_account_impersonation_url": IMPERSONATION.format(target),
            "delegates": list(delegates),
            "source_credentials": json.loads(source.read_text()),
        }
        return self.write(file, _with(content, more))

    def gdch(self, file: str = "gdch.json", **more: Any) -> Path:
        """An account of a distributed cloud."""
        private, public = key_pair("gdch", "ec")
        self._put("gdch_accounts", "system:serviceaccount:fake-project:fake-name", public)
        content = {
            "type": "gdch_service_account",
            "format_version": "1",
            "project": "fake-project",
            "private_key_id": "kid-gdch",
            "private_key": private,
            "name": "fake-name",
            "ca_cert_path": self._fake.addresses["ca"],
            "token_uri": "https://gdch.test/authenticate",
        }
        return self.write(file, _with(content, more))

    def client(self, kind: str = "installed", name: str = "", file: str = "", **more: Any) -> Path:
        """The file of an OAuth client: ``installed`` or ``web``; ``name`` is another client's first label."""
        client_id = f"{name or kind}.apps.googleusercontent.com"
        client = self._fake.get("clients", client_id)
        content = {
            "client_id": client_id,
            "project_id": "fake-project",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": TOKEN_URL,
            "auth_provider_x509_cert_url": CERTIFICATES,
            "client_secret": client["secret"],
            "redirect_uris": client["redirect_uris"] or ["http://localhost"],
        }
        return self.write(file or f"client_{name or kind}.json", {kind: _with(content, more)})

    def _source(self, source: str, audience: str) -> dict[str, Any]:
        local = self._fake.addresses["local"]
        as_json = {"format": {"type": "json", "subject_token_field_name": "value"}}
        match source:
            case "file" | "file-json":
                token, name = self._fake.subject_token(audience), f"subject_token_{_short(audience)}"
                if source == "file":
                    return {"file": str(self.write(f"{name}.txt", token))}
                return {"file": str(self.write(f"{name}.json", {"value": token})), **as_json}
            case "saml":
                return {"file": str(self.write("subject_token.xml", "saml-response-canary"))}
            case "url" | "url-json":
                headers = {"X-Subject-Header": "subject-header-canary"}
                url = f"{local}/subject-token/{_short(audience)}"
                if source == "url":
                    return {"url": url, "headers": headers}
                return {"url": f"{url}.json", "headers": headers, **as_json}
            case "executable":
                return {"executable": {"command": shlex.join([str(self._program(audience))]), "timeout_millis": 5000}}
            case "aws" | "aws-imds":
                return self._aws(local, with_metadata=source == "aws-imds")
            case "x509":
                return {"certificate": {"certificate_config_location": str(self._certificate())}}
        raise LookupError(source)

    def _program(self, audience: str) -> Path:
        """A program that prints a subject token, as the protocol of executables wants it."""
        answer = {
            "version": 1,
            "success": True,
            "token_type": "urn:ietf:params:oauth:token-type:jwt",
            "id_token": self._fake.subject_token(audience),
        }
        said = self.write(f"answer_{_short(audience)}.json", answer)
        program = self.write(f"answer_{_short(audience)}.sh", f"#!/bin/sh\nexec cat {shlex.quote(str(said))}\n")
        program.chmod(0o700)
        return program

    @staticmethod
    def _aws(local: str, *, with_metadata: bool) -> dict[str, Any]:
        source = {"environment_id": "aws1", "regional_cred_verification_url": AWS_VERIFICATION}
        if not with_metadata:
            return source
        latest = f"{local}/latest"
        return {
            **source,
            "region_url": f"{latest}/meta-data/placement/availability-zone",
            "url": f"{latest}/meta-data/iam/security-credentials",
            "imdsv2_session_token_url": f"{latest}/api/token",
        }

    def _certificate(self) -> Path:
        """The certificate of a workload, and the file that says where it is."""
        pem = self._fake.control("POST", "/client-certificate", {"name": "workload"})["pem"]
        cut = pem.index("-----BEGIN PRIVATE KEY")
        certificate, key = self.write("workload.crt", pem[:cut]), self.write("workload.key", pem[cut:])
        paths = {"cert_path": str(certificate), "key_path": str(key)}
        return self.write("certificate_config.json", {"cert_configs": {"workload": paths}})


def _short(audience: str) -> str:
    """The provider with the kind of its pool: ``workloadIdentityPools-oidc``."""
    parts = audience.split("/")
    return f"{parts[-4]}-{parts[-1]}"


def _with(content: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**content, **more}.items() if value is not None}
