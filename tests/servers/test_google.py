"""The fake of Google's endpoints is as strict as Google: service accounts, people, devices. It refuses by its words."""

from __future__ import annotations

import email.utils
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from google_fake import ROBOT, SCOPE, GoogleFake
from google_files import key_pair
from listener import Listener
from pages import Browser
from wire import CHALLENGE, REDIRECT, VERIFIER, Answer, authorization_url, callback_fields, load_key, sign

TOKEN = "https://oauth2.googleapis.com/token"
AUTH = "https://accounts.google.com/o/oauth2/v2/auth"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CLOUD, DRIVE, EMAIL = SCOPE + "cloud-platform", SCOPE + "drive", SCOPE + "userinfo.email"
INSTALLED = {"client_id": "installed.apps.googleusercontent.com", "client_secret": "installed-secret-canary"}
WEB = {"client_id": "web.apps.googleusercontent.com", "client_secret": "web-secret-canary"}
TV = {"client_id": "tv.apps.googleusercontent.com", "client_secret": "tv-secret-canary"}


@pytest.fixture
def key(google: GoogleFake) -> Path:
    """The key file of the robot."""
    return google.files.service_account()


def assertion(google: GoogleFake, key: Path, kid: str | None = "kid-robot", **claims: Any) -> Answer:
    """Redeems an assertion that is right but for ``claims``; ``None`` takes one away."""
    now = int(time.time())
    right = {"iss": ROBOT, "aud": TOKEN, "scope": CLOUD, "iat": now, "exp": now + 3600}
    wanted = {name: value for name, value in {**right, **claims}.items() if value is not None}
    header = {"typ": "JWT", **({"kid": kid} if kid else {})}
    signed = sign(load_key(json.loads(key.read_text())["private_key"]), header, wanted)
    return google.ask("POST", TOKEN, form={"grant_type": JWT_BEARER, "assertion": signed})


def test_service_account(google: GoogleFake, key: Path) -> None:
    for kid in ("kid-robot", None):
        token = assertion(google, key, kid)
        assert token.status == 200 and token["token_type"] == "Bearer" and token["expires_in"] == 3599
    info = google.ask("GET", f"https://oauth2.googleapis.com/tokeninfo?access_token={token['access_token']}")
    assert info["scope"] == CLOUD and token["access_token"] in google.secrets()


WINDOW = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
REFUSED_ASSERTIONS = {
    "another kid": ({"kid": "kid-other"}, 400, "invalid_grant", "Invalid JWT Signature."),
    "unknown account": ({"iss": "nobody@x.iam.gserviceaccount.com"}, 400, "invalid_grant", "account not found"),
    "another audience": ({"aud": TOKEN + "/"}, 400, "invalid_grant", "audience"),
    "no audience": ({"aud": None}, 400, "invalid_grant", "audience"),
    "from the future": ({"iat": 60, "exp": 600}, 400, "invalid_grant", WINDOW),
    "expired": ({"iat": -4000, "exp": -400}, 400, "invalid_grant", WINDOW),
    "too long": ({"exp": 3601}, 400, "invalid_grant", WINDOW),
    "no times": ({"iat": None}, 400, "invalid_grant", WINDOW),
    "no scope": ({"scope": None}, 400, "invalid_scope", "scope"),
    "unknown scope": ({"scope": SCOPE + "nothing"}, 400, "invalid_scope", "scope"),
    "not delegated": ({"sub": "alice@example.com"}, 401, "unauthorized_client", "unauthorized"),
}


@pytest.mark.parametrize("name", REFUSED_ASSERTIONS)
def test_refused_assertions(google: GoogleFake, key: Path, name: str) -> None:
    changes, status, error, words = REFUSED_ASSERTIONS[name]
    now = int(time.time())
    claims = {each: now + value if isinstance(value, int) else value for each, value in changes.items()}
    refused = assertion(google, key, **claims)
    assert refused.refusal == (status, error) and words in refused["error_description"]


def test_a_key_of_somebody_else_and_an_algorithm(google: GoogleFake, key: Path) -> None:
    forged = json.loads(key.read_text()) | {"private_key": key_pair("somebody else")[0]}
    other = google.files.write("forged.json", forged)
    assert assertion(google, other)["error_description"] == "Invalid JWT Signature."
    none = ".".join(["eyJhbGciOiJub25lIn0", "e30", ""])
    assert google.ask("POST", TOKEN, form={"grant_type": JWT_BEARER, "assertion": none}).status == 400
    google.change("service_accounts", ROBOT, disabled=True)
    assert assertion(google, key)["error_description"].endswith("account not found")


def test_delegation_is_for_all_scopes_or_none(google: GoogleFake, key: Path) -> None:
    google.change("service_accounts", ROBOT, delegated=[DRIVE, EMAIL])
    person = {"sub": "alice@example.com"}
    token = assertion(google, key, scope=f"{DRIVE} {EMAIL}", **person)
    about = google.ask("GET", "https://openidconnect.googleapis.com/v1/userinfo", headers=bearer(token))
    assert about["email"] == "alice@example.com"
    assert assertion(google, key, scope=f"{DRIVE} {CLOUD}", **person).refusal == (401, "unauthorized_client")
    assert assertion(google, key, scope=DRIVE, sub="nobody@example.com").refusal == (400, "invalid_grant")


def test_id_token_of_a_service_account(google: GoogleFake, key: Path) -> None:
    answer = assertion(google, key, scope=None, target_audience="https://audience.test")
    assert set(answer.body) == {"id_token"}
    info = google.ask("GET", f"https://oauth2.googleapis.com/tokeninfo?id_token={answer['id_token']}")
    assert info["aud"] == "https://audience.test" and info["email"] == ROBOT
    broken = answer["id_token"][:-6] + "AAAAAA"
    assert google.ask("GET", f"https://oauth2.googleapis.com/tokeninfo?id_token={broken}").status == 400
    document = google.ask("GET", "https://accounts.google.com/.well-known/openid-configuration")
    assert google.ask("GET", document["jwks_uri"])["keys"][0]["kid"] == "fake-google-1"
    certificates = google.ask("GET", "https://www.googleapis.com/oauth2/v1/certs")
    assert next(iter(certificates.body.values())).startswith("-----BEGIN CERTIFICATE")


def test_another_clock(google: GoogleFake, key: Path) -> None:
    google.settings(clock_shift_s=-120)
    refused = assertion(google, key)
    assert WINDOW in refused["error_description"]
    said = email.utils.parsedate_to_datetime(refused.page.headers["Date"]).timestamp()
    assert -125 < said - time.time() < -115
    assert assertion(google, key, iat=int(said), exp=int(said) + 3600).status == 200


def bearer(answer: Answer) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer['access_token']}"}


def refresh(google: GoogleFake, token: str, **fields: str) -> Answer:
    return google.ask(
        "POST", TOKEN, form={"grant_type": "refresh_token", "refresh_token": token, **INSTALLED, **fields}
    )


def stored(google: GoogleFake, **grant: Any) -> str:
    return google.files.refresh_token("alice@example.com", (DRIVE, EMAIL), INSTALLED["client_id"], **grant)


def test_refresh(google: GoogleFake) -> None:
    token = stored(google)
    fresh = refresh(google, token)
    assert fresh["scope"] == f"{DRIVE} {EMAIL}" and "refresh_token" not in fresh.body and fresh["id_token"]
    assert refresh(google, token, scope=DRIVE)["scope"] == DRIVE
    assert refresh(google, token, scope=CLOUD).refusal == (400, "invalid_scope")
    assert refresh(google, token, client_secret="wrong").refusal == (401, "invalid_client")
    assert refresh(google, token, client_id="unknown").refusal == (401, "invalid_client")
    assert refresh(google, token, **TV).refusal == (401, "unauthorized_client")
    assert refresh(google, "1//unknown").refusal == (400, "invalid_grant")
    google.change("clients", INSTALLED["client_id"], deleted=True)
    assert refresh(google, token).refusal == (401, "deleted_client")


@pytest.mark.parametrize("subtype", ["rapt_required", "invalid_rapt"])
def test_refresh_that_wants_the_person_again(google: GoogleFake, subtype: str) -> None:
    refused = refresh(google, stored(google, subtype=subtype))
    assert refused.refusal == (400, "invalid_grant") and refused["error_subtype"] == subtype


def test_refresh_that_rotates(google: GoogleFake) -> None:
    token = stored(google, rotates=True)
    fresh = refresh(google, token)
    assert refresh(google, token).refusal == (400, "invalid_grant")
    assert refresh(google, fresh["refresh_token"]).status == 200


def test_faults(google: GoogleFake) -> None:
    token = stored(google)
    google.fault("POST oauth2.googleapis.com/token", status=503, times=2, headers={"Retry-After": "1"}, body={"a": 1})
    assert [refresh(google, token).status for _ in range(3)] == [503, 503, 200]
    google.fault("POST oauth2.googleapis.com/token", status=500, body={"error": "internal_failure"}, skip=1)
    assert [refresh(google, token).status for _ in range(3)] == [200, 500, 200]
    google.fault("POST *.googleapis.com/*", reset=True)
    with pytest.raises(OSError):
        refresh(google, token)
    google.fault("POST *", delay_s=0.2)
    began = time.monotonic()
    assert refresh(google, token).status == 200 and time.monotonic() - began > 0.2


def walk(
    google: GoogleFake,
    client: dict[str, str],
    user: str = "alice",
    *,
    allow: bool = True,
    untick: str = "",
    **extra: str,
) -> dict[str, str]:
    query = {"scope": f"openid email {DRIVE}", "login_hint": "alice@example.com", **extra}
    url = authorization_url(AUTH, client["client_id"], **query)
    return callback_fields(google.sign_in(url, user, allow=allow, untick=[untick] if untick else []))


def redeem(google: GoogleFake, code: str, client: dict[str, str], **fields: str) -> Answer:
    wanted = {"redirect_uri": REDIRECT, "code_verifier": VERIFIER, **client, **fields}
    return google.ask("POST", TOKEN, form={"grant_type": "authorization_code", "code": code, **wanted})


def test_code(google: GoogleFake) -> None:
    answer = walk(google, INSTALLED, nonce="nonce-1")
    assert answer["state"] == "st" and answer["hd"] == "example.com" and DRIVE in answer["scope"]
    token = redeem(google, answer["code"], INSTALLED)
    assert token["refresh_token"] and token["scope"] == f"openid {EMAIL} {DRIVE}"
    info = google.ask("GET", f"https://oauth2.googleapis.com/tokeninfo?id_token={token['id_token']}")
    assert info["email"] == "alice@example.com" and info["aud"] == INSTALLED["client_id"]
    assert info["nonce"] == "nonce-1"
    assert redeem(google, answer["code"], INSTALLED).refusal == (400, "invalid_grant"), "a code counts once"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:8/cb"}, "redirect_uri_mismatch"),
        ({"client_secret": "wrong"}, "invalid_client"),
        (TV, "invalid_grant"),
    ],
)
def test_refused_codes(google: GoogleFake, fields: dict[str, str], error: str) -> None:
    code = walk(google, INSTALLED)["code"]
    assert redeem(google, code, INSTALLED, **fields)["error"] == error


def test_what_people_do_at_the_consent(google: GoogleFake) -> None:
    assert walk(google, INSTALLED, allow=False)["error"] == "access_denied"
    partly = redeem(google, walk(google, INSTALLED, untick=DRIVE)["code"], INSTALLED)
    assert DRIVE not in partly["scope"]
    other = redeem(google, walk(google, INSTALLED, user="bob")["code"], INSTALLED)
    about = google.ask("GET", "https://openidconnect.googleapis.com/v1/userinfo", headers=bearer(other))
    assert about["email"] == "bob@example.com", "the hint is only a hint"


def test_refresh_tokens_of_web_clients(google: GoogleFake) -> None:
    registered = {"redirect_uri": "http://127.0.0.1:1410/"}

    def again(**extra: str) -> bool:
        code = walk(google, WEB, **registered, **extra)["code"]
        return "refresh_token" in redeem(google, code, WEB, **registered).body

    assert [again(), again(access_type="offline"), again(access_type="offline", prompt="consent")] == [
        False,
        False,
        True,
    ]
    google.reset()
    assert again(access_type="offline"), "the first consent"


@pytest.mark.parametrize(
    ("client", "extra", "error"),
    [
        (WEB, {"redirect_uri": "http://127.0.0.1:1411/"}, "redirect_uri_mismatch"),
        (WEB, {"redirect_uri": "https://callback.test/google-callback"}, "redirect_uri_mismatch"),
        (INSTALLED, {"redirect_uri": "https://callback.test/google-callback/"}, "redirect_uri_mismatch"),
        (INSTALLED, {"redirect_uri": "urn:ietf:wg:oauth:2.0:oob"}, "invalid_request"),
        (WEB, {"redirect_uri": "urn:ietf:wg:oauth:2.0:oob"}, "invalid_request"),
        (INSTALLED, {"scope": SCOPE + "nothing"}, "invalid_scope"),
        (INSTALLED, {"code_challenge_method": "plain"}, "invalid_request"),
        ({"client_id": "deleted.apps.googleusercontent.com"}, {}, "deleted_client"),
        ({"client_id": "unknown"}, {}, "invalid_client"),
    ],
)
def test_refused_authorizations(google: GoogleFake, client: dict[str, str], extra: dict[str, str], error: str) -> None:
    url = authorization_url(AUTH, client["client_id"], **{"scope": DRIVE, **extra})
    page = google.browser().open(url)
    assert page.status in (400, 401) and error in page.text, "the person is told, and nobody is sent back"


def test_out_of_band_is_for_projects_in_testing(google: GoogleFake) -> None:
    out = {"client_id": "testing.apps.googleusercontent.com", "client_secret": "testing-secret-canary"}
    urn = "urn:ietf:wg:oauth:2.0:oob"
    browser = google.browser()
    page = browser.open(authorization_url(AUTH, out["client_id"], scope=DRIVE, redirect_uri=urn))
    page = browser.submit(page.form(), login="alice", password="password-canary")
    page = browser.submit(page.form())
    code = page.text.partition("code=")[2].partition("<")[0]
    assert redeem(google, code, out, redirect_uri=urn)["refresh_token"]


def test_userinfo_tokeninfo_and_the_end(google: GoogleFake) -> None:
    token = refresh(google, stored(google))
    url = "https://www.googleapis.com/oauth2/v3/tokeninfo"
    assert google.ask("GET", url, headers=bearer(token))["azp"] == INSTALLED["client_id"]
    narrow = refresh(google, stored(google), scope=DRIVE)
    userinfo = "https://openidconnect.googleapis.com/v1/userinfo"
    assert google.ask("GET", userinfo, headers=bearer(narrow)).status == 401
    assert google.ask("POST", "https://oauth2.googleapis.com/revoke", form={"token": "x"}).status == 400
    assert (
        google.ask("POST", "https://oauth2.googleapis.com/revoke", form={"token": token["access_token"]}).status == 200
    )
    assert google.ask("GET", url, headers=bearer(token)).refusal == (400, "invalid_token")


def test_device(google: GoogleFake) -> None:
    begun = google.ask("POST", "https://oauth2.googleapis.com/device/code", form={**TV, "scope": "email"})
    poll = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": begun["device_code"], **TV}
    assert google.ask("POST", TOKEN, form=poll).refusal == (428, "authorization_pending")
    assert google.ask("POST", TOKEN, form=poll).refusal == (403, "slow_down")
    google.allow_device(begun["user_code"])
    assert google.ask("POST", TOKEN, form=poll)["refresh_token"]
    assert google.ask("POST", TOKEN, form=poll).refusal == (400, "invalid_grant"), "a device counts once"
    wide = google.ask("POST", "https://oauth2.googleapis.com/device/code", form={**TV, "scope": CLOUD})
    assert wide.refusal == (400, "invalid_scope")


@pytest.mark.parametrize("options", [[], ["--deny"]])
def test_a_person_enters_the_code_of_a_device(google: GoogleFake, options: list[str]) -> None:
    begun = google.ask("POST", "https://oauth2.googleapis.com/device/code", form={**TV, "scope": "email"})
    subprocess.run([*google.person(*options, "--code", begun["user_code"]), begun["verification_url"]], check=True)
    poll = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": begun["device_code"], **TV}
    answer = google.ask("POST", TOKEN, form=poll)
    assert answer["error"] == "access_denied" if options else answer["refresh_token"]


def test_a_program_that_is_the_browser(google: GoogleFake) -> None:
    with Listener() as listener:
        url = authorization_url(AUTH, INSTALLED["client_id"], scope=DRIVE, redirect_uri=listener.address)
        browser = google.person_as_browser("--user", "bob")
        subprocess.run([browser, url], check=True, stdout=subprocess.DEVNULL)
        assert redeem(google, listener.fields["code"], INSTALLED, redirect_uri=listener.address).status == 200
    granted = [each["email"] for each in google.get("grants").values()]
    assert granted == ["bob@example.com"]


def test_a_reset_keeps_the_files(google: GoogleFake, key: Path) -> None:
    login = google.files.authorized_user(file="gcloud/application_default_credentials.json")
    assert google.env()["CLOUDSDK_CONFIG"] == str(login.parent)
    token = json.loads(login.read_text())["refresh_token"]
    google.settings(token_seconds=1)
    google.reset()
    assert assertion(google, key)["expires_in"] == 3599 and refresh(google, token).status == 200
    assert len(google.requests("oauth2.googleapis.com", "/token")) == 2


def test_other_hosts_are_nobody(google: GoogleFake) -> None:
    with pytest.raises(OSError, match="502"):
        google.ask("GET", "https://evil.example/")
    assert google.requests(host="proxy")[-1]["path"] == "evil.example:443"
    with pytest.raises(OSError):
        Browser(proxy=google.addresses["proxy"]).open("https://oauth2.googleapis.com/"), "an authority nobody knows"


def test_what_a_form_must_be(google: GoogleFake) -> None:
    assert google.ask("POST", TOKEN, body={"grant_type": JWT_BEARER}).refusal == (400, "invalid_request")
    assert google.ask("POST", TOKEN, form={"grant_type": "password"}).refusal == (400, "unsupported_grant_type")
    assert google.ask("GET", TOKEN).status == 405
    assert CHALLENGE not in google.secrets()
