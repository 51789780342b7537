"""The fake of Google's endpoints is as strict as Google: federation, acting as others, metadata, APIs."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.parse
from typing import Any

import pytest

from google_fake import MACHINE, MIDDLE, ROBOT, SCOPE, TARGET, GoogleFake
from google_files import POOL, WORKFORCE, key_pair
from wire import Answer, basic, load_key, sign

CLOUD, DRIVE, IAM = SCOPE + "cloud-platform", SCOPE + "drive", SCOPE + "iam"
STS = "https://sts.googleapis.com/v1/token"
TYPES = "urn:ietf:params:oauth:token-type:"
ACCOUNTS = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
FLAVOR = {"Metadata-Flavor": "Google"}
QUERY = "Action=GetCallerIdentity&Version=2011-06-15"


def fields(google: GoogleFake, audience: str = POOL + "oidc", **changes: str) -> dict[str, str]:
    """The form of an exchange that is right but for ``changes``; an empty value takes a field away."""
    right = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "audience": audience,
        "scope": CLOUD,
        "requested_token_type": TYPES + "access_token",
        "subject_token": changes.get("subject_token") or google.subject_token(audience),
        "subject_token_type": TYPES + "jwt",
    }
    return {name: value for name, value in {**right, **changes}.items() if value}


def exchange(google: GoogleFake, audience: str = POOL + "oidc", **changes: str) -> Answer:
    return google.ask("POST", STS, form=fields(google, audience, **changes))


def principal(google: GoogleFake, answer: Answer) -> str:
    return google.get("tokens", answer["access_token"])["principal"]


def test_exchange(google: GoogleFake) -> None:
    answer = exchange(google)
    assert answer["issued_token_type"] == TYPES + "access_token" and answer["token_type"] == "Bearer"
    assert principal(google, answer) == POOL + "oidc/subject/workload"
    camel = {"grantType": "grant_type", "requestedTokenType": "requested_token_type", "subjectToken": "subject_token"}
    names = {snake: name for name, snake in {**camel, "subjectTokenType": "subject_token_type"}.items()}
    form = {names.get(name, name): value for name, value in fields(google).items()}
    assert google.ask("POST", STS, form=form).status == 200, "as gargle spells it"
    assert google.ask("POST", STS, form={**form, "subject_token": "x"}).refusal == (400, "invalid_request")
    for host in ("sts.us-east1.rep.googleapis.com", "us-east1-sts.googleapis.com", "sts.universe.test"):
        assert google.ask("POST", f"https://{host}/v1/token", form=fields(google)).status == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}, "invalid_request"),
        ({"requested_token_type": ""}, "invalid_request"),
        ({"audience": POOL + "nobody"}, "invalid_target"),
        ({"audience": "https:" + POOL + "oidc"}, "invalid_target"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": SCOPE + "nothing"}, "invalid_scope"),
        ({"subject_token_type": TYPES + "saml2"}, "invalid_request"),
        ({"subject_token": "a.b.c"}, "invalid_grant"),
        ({"client_id": "workforce-client", "client_secret": "wrong"}, "invalid_client"),
        ({"options": urllib.parse.quote('{"userProject":"1"}')}, "invalid_request"),
        ({"actor": "me"}, "invalid_request"),
    ],
)
def test_refused_exchanges(google: GoogleFake, changes: dict[str, str], error: str) -> None:
    assert exchange(google, **changes)["error"] == error


def test_subject_tokens(google: GoogleFake) -> None:
    audience = POOL + "oidc"
    for token, words in (
        (google.subject_token(audience, seconds=-1), "stale"),
        (google.subject_token(POOL + "other"), "audience"),
        (google.subject_token(audience, iss="https://other.test"), "issuer"),
        (google.subject_token(audience)[:-8] + "AAAAAAAA", "issuer"),
    ):
        refused = exchange(google, subject_token=token)
        assert refused.refusal == (400, "invalid_grant") and words in refused["error_description"]
    saml = {"subject_token_type": TYPES + "saml2"}
    assert exchange(google, POOL + "saml", subject_token="saml-response-canary", **saml).status == 200
    assert exchange(google, POOL + "saml", subject_token="another", **saml).refusal == (400, "invalid_grant")
    mtls = {"subject_token_type": TYPES + "mtls", "subject_token": '["AAAA"]'}
    assert exchange(google, POOL + "x509", **mtls).refusal == (400, "invalid_grant"), "no certificate was shown"


def test_workforce(google: GoogleFake) -> None:
    audience = WORKFORCE + "oidc"
    assert exchange(google, audience).refusal == (400, "invalid_request"), "nobody to pay for it"
    assert exchange(google, audience, options=urllib.parse.quote('{"userProject":"123456"}')).status == 200
    header = basic("workforce-client", "workforce-secret-canary")
    assert google.ask("POST", STS, form=fields(google, audience), headers=header).status == 200
    wrong = basic("workforce-client", "wrong")
    assert google.ask("POST", STS, form=fields(google, audience), headers=wrong).refusal == (401, "invalid_client")


def test_workforce_user(google: GoogleFake) -> None:
    login = json.loads(google.files.external_account_authorized_user().read_text())
    header = basic(login["client_id"], login["client_secret"])
    form = {"grant_type": "refresh_token", "refresh_token": login["refresh_token"]}
    assert google.ask("POST", login["token_url"], form=form).refusal == (401, "invalid_client")
    fresh = google.ask("POST", login["token_url"], form=form, headers=header)
    assert google.ask("POST", login["token_url"], form=form, headers=header).refusal == (400, "invalid_grant")
    seen = google.ask("POST", login["token_info_url"], form={"token": fresh["access_token"]}, headers=header)
    assert seen["active"] and seen["username"].endswith("/subject/alice")
    end = {"token": fresh["refresh_token"]}
    assert google.ask("POST", login["revoke_url"], form=end, headers=header).status == 200
    again = {**form, "refresh_token": fresh["refresh_token"]}
    assert google.ask("POST", login["token_url"], form=again, headers=header).refusal == (400, "invalid_grant")


def test_downscoping(google: GoogleFake) -> None:
    source = exchange(google)["access_token"]
    rules = [{"availableResource": "//storage.googleapis.com/projects/_/buckets/b", "availablePermissions": ["x"]}]
    kind = {"subject_token": source, "subject_token_type": TYPES + "access_token", "audience": "", "scope": ""}

    def asked(count: int) -> int:
        boundary = {"accessBoundary": {"accessBoundaryRules": rules * count}}
        return exchange(google, options=urllib.parse.quote(json.dumps(boundary)), **kind).status

    assert [asked(1), asked(10), asked(11), asked(0)] == [200, 200, 400, 400]


def aws_token(*, target: str = POOL + "aws", shift: float = 0, session: str = "", **changes: Any) -> str:
    """A signed request for GetCallerIdentity, made here from the description of Signature Version 4."""
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + shift))
    key, secret = ("ASIASESSION", "aws-session-secret-canary") if session else ("AKIDEXAMPLE", "aws-secret-canary")
    region = changes.pop("region", "us-east-2")
    host = f"sts.{region}.amazonaws.com"
    headers = {"host": host, "x-amz-date": date, "x-goog-cloud-target-resource": target}
    headers |= {"x-amz-security-token": session} if session else {}
    signed = changes.pop("signed", sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in signed)
    empty = hashlib.sha256(b"").hexdigest()
    request = f"POST\n/\n{QUERY}\n{lines}\n{';'.join(signed)}\n{empty}"
    scope = f"{date[:8]}/{region}/sts/aws4_request"
    message = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    derived = f"AWS4{changes.pop('secret', secret)}".encode()
    for part in scope.split("/"):
        derived = hmac.digest(derived, part.encode(), "sha256")
    signature = hmac.digest(derived, message.encode(), "sha256").hex()
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={';'.join(signed)}, Signature={signature}"
    )
    pairs = [{"key": name, "value": value} for name, value in headers.items() if name not in changes.get("without", ())]
    request_url = changes.get("url", f"https://{host}?{QUERY}")
    value = {"headers": pairs, "method": changes.get("method", "POST"), "url": request_url}
    return urllib.parse.quote(json.dumps(value, separators=(",", ":"), sort_keys=True))


SESSION = "aws-session-token-canary"
UNSIGNED_TARGET = ["host", "x-amz-date"]


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ({}, 200),
        ({"session": SESSION}, 200),
        ({"signed": UNSIGNED_TARGET}, 200),
        ({"region": "eu-west-1"}, 200),
        ({"shift": -600}, 200),
        ({"shift": -1000}, 400),
        ({"shift": 1000}, 400),
        ({"secret": "wrong"}, 400),
        ({"session": "another session"}, 400),
        ({"target": POOL + "other"}, 400),
        ({"without": ("x-goog-cloud-target-resource",)}, 400),
        ({"without": ("x-goog-cloud-target-resource",), "signed": UNSIGNED_TARGET}, 400),
        ({"signed": ["host"]}, 400),
        ({"method": "GET"}, 400),
        ({"url": f"https://evil.example?{QUERY}"}, 400),
        ({"url": "https://sts.us-east-2.amazonaws.com?Action=GetSessionToken&Version=2011-06-15"}, 400),
    ],
)
def test_aws_requests(google: GoogleFake, token: dict[str, Any], status: int) -> None:
    kind = {"subject_token_type": "urn:ietf:params:aws:token-type:aws4_request"}
    assert exchange(google, POOL + "aws", subject_token=aws_token(**token), **kind).status == status


def test_an_aws_request_has_to_be_encoded(google: GoogleFake) -> None:
    kind = {"subject_token_type": "urn:ietf:params:aws:token-type:aws4_request"}
    plain = urllib.parse.unquote(aws_token())
    assert exchange(google, POOL + "aws", subject_token=plain, **kind).refusal == (400, "invalid_grant")


def acting(google: GoogleFake, email: str, verb: str, body: dict[str, Any], token: str = "") -> Answer:
    token = token or exchange(google)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    return google.ask("POST", f"{ACCOUNTS}{email}:{verb}", body=body, headers=headers)


def robot_token(google: GoogleFake, scope: str) -> str:
    key = json.loads(google.files.service_account().read_text())
    now = int(time.time())
    claims = {"iss": ROBOT, "aud": key["token_uri"], "scope": scope, "iat": now, "exp": now + 60}
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}
    assertion = sign(load_key(key["private_key"]), {}, claims)
    return google.ask("POST", key["token_uri"], form={**form, "assertion": assertion})["access_token"]


def test_acting_as_a_service_account(google: GoogleFake) -> None:
    wanted = {"scope": [DRIVE], "lifetime": "600s", "delegates": None}
    answer = acting(google, TARGET, "generateAccessToken", wanted)
    token = google.get("tokens", answer["accessToken"])
    assert token["principal"] == TARGET and token["scopes"] == [DRIVE]
    assert 590 < token["expires_at"] - time.time() <= 600 and answer["expireTime"].endswith("Z")
    for status, changes in (
        (400, {"lifetime": "3601s"}),
        (400, {"lifetime": "600"}),
        (400, {"lifetime": 600}),
        (400, {"scope": []}),
        (400, {"scope": DRIVE}),
        (400, {"scopes": [DRIVE]}),
        (403, {"delegates": ["projects/-/serviceAccounts/" + MIDDLE]}),
    ):
        assert acting(google, TARGET, "generateAccessToken", {**wanted, **changes}).status == status
    assert acting(google, MACHINE, "generateAccessToken", wanted).status == 403, "nobody may act as the machine"
    assert acting(google, TARGET, "generateAccessToken", wanted, "unknown").status == 401
    google.change("service_accounts", TARGET, longest_seconds=43200)
    assert acting(google, TARGET, "generateAccessToken", {**wanted, "lifetime": "43200s"}).status == 200


def test_delegates_and_scopes_of_the_caller(google: GoogleFake) -> None:
    google.change("service_accounts", TARGET, impersonators=[MIDDLE])
    wanted = {"scope": [CLOUD]}
    assert acting(google, TARGET, "generateAccessToken", wanted, robot_token(google, IAM)).status == 403
    through = {**wanted, "delegates": ["projects/-/serviceAccounts/" + MIDDLE]}
    assert acting(google, TARGET, "generateAccessToken", through, robot_token(google, IAM)).status == 200
    assert acting(google, TARGET, "generateAccessToken", through, robot_token(google, DRIVE)).status == 403


def test_signing_as_a_service_account(google: GoogleFake) -> None:
    token = acting(google, TARGET, "generateIdToken", {"audience": "https://a.test", "includeEmail": True})["token"]
    info = google.ask("GET", f"https://oauth2.googleapis.com/tokeninfo?id_token={token}")
    assert info["email"] == TARGET and info["aud"] == "https://a.test"
    assert acting(google, TARGET, "generateIdToken", {"includeEmail": True}).status == 400
    google.change("service_accounts", TARGET, delegated=[DRIVE])
    now, token_url = int(time.time()), "https://oauth2.googleapis.com/token"
    claims = {"iss": TARGET, "sub": "alice@example.com", "scope": DRIVE, "aud": token_url, "iat": now, "exp": now + 60}
    signed = acting(google, TARGET, "signJwt", {"payload": json.dumps(claims)})["signedJwt"]
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": signed}
    assert principal(google, google.ask("POST", token_url, form=form)) == "alice@example.com"
    assert acting(google, TARGET, "signJwt", {"payload": claims}).status == 400
    assert acting(google, TARGET, "signBlob", {"payload": "aGVsbG8="})["signedBlob"]
    assert acting(google, TARGET, "signBlob", {"payload": "no base64"}).status == 400


def machine(google: GoogleFake, path: str, headers: dict[str, str] | None = None) -> Answer:
    url = f"{google.addresses['metadata']}{path}"
    return google.ask("GET", url, headers=FLAVOR if headers is None else headers)


V1 = "/computeMetadata/v1/"
DEFAULT = V1 + "instance/service-accounts/default/"


def test_metadata(google: GoogleFake) -> None:
    listed = machine(google, V1 + "instance/service-accounts/?recursive=true").body
    assert set(listed) == {"default", MACHINE, TARGET} and listed["default"]["email"] == MACHINE
    token = machine(google, DEFAULT + f"token?scopes={DRIVE},{CLOUD}")
    assert google.get("tokens", token["access_token"])["scopes"] == [DRIVE, CLOUD]
    other = machine(google, V1 + f"instance/service-accounts/{TARGET}/token")
    assert principal(google, other) == TARGET
    google.settings(metadata_honours_scopes=False)
    token = machine(google, DEFAULT + f"token?scopes={DRIVE}")
    assert CLOUD in google.get("tokens", token["access_token"])["scopes"]
    facts = [machine(google, V1 + path).page.text for path in ("project/project-id", "universe/universe-domain")]
    assert facts == ["fake-project", "googleapis.com"]


def test_metadata_identity(google: GoogleFake) -> None:
    assert machine(google, DEFAULT + "identity").status == 400
    for form, has_email in (("", False), ("&format=full", True)):
        text = machine(google, DEFAULT + "identity?audience=https://a.test" + form).page.text
        info = google.ask("GET", f"https://oauth2.googleapis.com/tokeninfo?id_token={text}").body
        assert info["aud"] == "https://a.test" and ("email" in info, "google" in info) == (has_email, has_email)


def test_refusals_of_the_metadata_server(google: GoogleFake) -> None:
    assert machine(google, DEFAULT + "token", {}).status == 403
    assert machine(google, DEFAULT + "token", {"Metadata-Flavor": "google"}).status == 403
    assert machine(google, DEFAULT + "token", {**FLAVOR, "X-Forwarded-For": "10.0.0.1"}).status == 403
    assert machine(google, V1 + "instance/service-accounts/nobody@x/token").status == 404
    answer = machine(google, "/", {})
    assert answer.status == 200 and answer.page.headers["Metadata-Flavor"] == "Google"
    google.settings(metadata_flavor=False)
    assert machine(google, "/").page.headers["Metadata-Flavor"] is None
    google.settings(metadata_missing=True)
    assert machine(google, DEFAULT + "token").status == 404
    google.fault("GET metadata/*", reset=True, times=2)
    for _ in range(2):
        with pytest.raises(OSError):
            machine(google, "/")
    assert machine(google, "/").status == 200


def test_aws_metadata(google: GoogleFake) -> None:
    latest = google.addresses["local"] + "/latest"
    google.settings(imds_v1=False)
    roles = latest + "/meta-data/iam/security-credentials"
    assert google.ask("GET", roles).status == 401
    assert google.ask("PUT", latest + "/api/token").status == 400, "no time to live"
    ttl = {"X-aws-ec2-metadata-token-ttl-seconds": "300"}
    assert google.ask("PUT", latest + "/api/token", headers={**ttl, "X-Forwarded-For": "10.0.0.1"}).status == 403
    session = {"X-aws-ec2-metadata-token": google.ask("PUT", latest + "/api/token", headers=ttl).page.text}
    assert google.ask("GET", roles, headers=session).page.text == "fake-role"
    assert google.ask("GET", roles + "/fake-role", headers=session)["Token"] == SESSION
    assert google.ask("GET", roles + "/other", headers=session).status == 404
    zone = google.ask("GET", latest + "/meta-data/placement/availability-zone", headers=session)
    assert zone.page.text == "us-east-2b"
    container = google.addresses["local"] + "/v2/credentials/"
    assert google.ask("GET", container + "fake")["AccessKeyId"] == "ASIASESSION"
    assert google.ask("GET", container + "guarded").status == 401
    header = {"Authorization": "container-authorization-canary"}
    assert google.ask("GET", container + "guarded", headers=header).status == 200


def test_subject_tokens_by_http(google: GoogleFake) -> None:
    url, header = google.addresses["local"] + "/subject-token/", {"X-Subject-Header": "subject-header-canary"}
    assert google.ask("GET", url + "workloadIdentityPools-oidc").status == 401
    token = google.ask("GET", url + "workloadIdentityPools-oidc.json", headers=header)["value"]
    assert exchange(google, subject_token=token).status == 200
    google.put("subject_tokens", "mine", "text")
    assert google.ask("GET", url + "mine", headers=header).page.text == "text"


def test_apis(google: GoogleFake) -> None:
    drive, query = (
        "https://www.googleapis.com/drive/v3/files",
        "https://bigquery.googleapis.com/bigquery/v2/projects/p/queries",
    )
    narrow = {"Authorization": f"Bearer {robot_token(google, DRIVE)}"}
    assert len(google.ask("GET", drive, headers=narrow)["files"]) == 2
    assert google.ask("POST", query, body={"query": "SELECT 1"}, headers=narrow).status == 403
    refused = google.ask("GET", drive)
    assert refused.status == 401 and "invalid_token" in refused.page.headers["WWW-Authenticate"]
    cloud = {"Authorization": f"Bearer {robot_token(google, CLOUD)}"}
    assert google.ask("POST", query, body={"query": "SELECT 1"}, headers=cloud)["totalRows"] == "3"
    project = "https://cloudresourcemanager.googleapis.com/v1/projects/123456"
    assert google.ask("GET", project, headers=cloud)["projectId"] == "fake-project"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"scope": DRIVE}, 200),
        ({"aud": "https://drive.googleapis.com/"}, 200),
        ({"aud": "https://sheets.googleapis.com/"}, 401),
        ({"scope": DRIVE, "aud": "https://drive.googleapis.com/"}, 401),
        ({"scope": DRIVE, "sub": "alice@example.com"}, 401),
        ({"scope": DRIVE, "exp": 0}, 401),
    ],
)
def test_self_signed_tokens(google: GoogleFake, changes: dict[str, Any], status: int) -> None:
    google.files.service_account()
    now = int(time.time())
    claims = {"iss": ROBOT, "sub": ROBOT, "iat": now, "exp": now + 3600, **changes}
    token = sign(load_key(key_pair(ROBOT)[0]), {"kid": "kid-robot"}, claims)
    url = "https://drive.googleapis.com/drive/v3/files"
    assert google.ask("GET", url, headers={"Authorization": f"Bearer {token}"}).status == status
