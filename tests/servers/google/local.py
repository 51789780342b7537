"""What a machine finds beside it, on plain HTTP: the metadata and container endpoints of AWS, and subject tokens."""

from __future__ import annotations

import datetime
import re

import jws
from http1 import Refusal, Reply, Request
from records import AwsKey
from routes import Routes
from world import SUBJECT_ISSUER, SUBJECT_KID, World, key_named

routes = Routes()
ROLES = "/latest/meta-data/iam/security-credentials"
SUBJECT_HEADER = ("x-subject-header", "subject-header-canary")
CONTAINER_AUTHORIZATION = "container-authorization-canary"
LONGEST_SESSION_SECONDS = 21600
PLAIN = {"Content-Type": "text/plain"}


@routes.at("PUT", "local", "/latest/api/token")
def session(world: World, request: Request, _: re.Match[str]) -> Reply:
    """A session of the second version. What went through a proxy gets none."""
    seconds = request.headers.get("x-aws-ec2-metadata-token-ttl-seconds", "")
    if not seconds.isdigit() or not 1 <= int(seconds) <= LONGEST_SESSION_SECONDS:
        return Reply(400, "Bad Request", dict(PLAIN))
    if "x-forwarded-for" in request.headers:
        return Reply(403, "Forbidden", dict(PLAIN))
    value = world.secret("AQAE")
    world.imds_sessions[value] = world.now() + int(seconds)
    return Reply(200, value, {**PLAIN, "X-Aws-Ec2-Metadata-Token-Ttl-Seconds": seconds})


@routes.at("GET", "local", "/latest/meta-data/placement/availability-zone")
def zone(world: World, request: Request, _: re.Match[str]) -> Reply:
    _check_session(world, request)
    return Reply(200, world.settings.aws_region + "b", dict(PLAIN))


@routes.at("GET", "local", ROLES + "/?")
def role(world: World, request: Request, _: re.Match[str]) -> Reply:
    _check_session(world, request)
    return Reply(200, _machine_key(world).role, dict(PLAIN))


@routes.at("GET", "local", ROLES + "/([^/]+)")
def credentials(world: World, request: Request, match: re.Match[str]) -> Reply:
    _check_session(world, request)
    key = _machine_key(world)
    if match[1] != key.role:
        return Reply(404, "Not Found", dict(PLAIN))
    return Reply(200, {"Code": "Success", "Type": "AWS-HMAC", **_fields(world, key)}, dict(PLAIN))


@routes.at("GET", "local", "/v2/credentials/fake")
def container(world: World, request: Request, _: re.Match[str]) -> Reply:
    """The container endpoint that needs no header; ``/v2/credentials/guarded`` needs one."""
    return Reply(200, _fields(world, _machine_key(world)))


@routes.at("GET", "local", "/v2/credentials/guarded")
def guarded_container(world: World, request: Request, _: re.Match[str]) -> Reply:
    if request.headers.get("authorization") != CONTAINER_AUTHORIZATION:
        return Reply(401, {"message": "Unauthorized"})
    return Reply(200, _fields(world, _machine_key(world)))


@routes.at("GET", "local", "/subject-token/([^/]+)")
def subject_token(world: World, request: Request, match: re.Match[str]) -> Reply:
    """As build servers give theirs: only with the header.

    ``workloadIdentityPools-PROVIDER`` is a fresh token for that provider, and with ``.json`` an object that holds it.
    """
    name, wanted = SUBJECT_HEADER
    if request.headers.get(name) != wanted:
        return Reply(401, "the header is missing", dict(PLAIN))
    if match[1] in world.subject_tokens:
        value = world.subject_tokens[match[1]]
        return Reply(200, value, dict(PLAIN) if isinstance(value, str) else {})
    pool, _, provider = match[1].removesuffix(".json").partition("-")
    audience = next((each for each in world.providers if f"/{pool}/" in each and each.endswith("/" + provider)), "")
    if not audience:
        return Reply(404, "no such token", dict(PLAIN))
    fresh = fresh_subject_token(world, audience)
    return Reply(200, {"value": fresh}) if match[1].endswith(".json") else Reply(200, fresh, dict(PLAIN))


def fresh_subject_token(world: World, audience: str, seconds: float = 600, **claims: object) -> str:
    """A token of the issuer of the seed, which lives as long as those of build servers."""
    now = int(world.now())
    key = key_named(SUBJECT_KID)
    world.issuers.setdefault(SUBJECT_ISSUER, {})[SUBJECT_KID] = jws.public_pem(key)
    body = {"iss": SUBJECT_ISSUER, "sub": "workload", "aud": audience, "iat": now, "exp": now + int(seconds), **claims}
    value = jws.sign(key, body, kid=SUBJECT_KID)
    world.secrets.append(value)
    return value


def _check_session(world: World, request: Request) -> None:
    value = request.headers.get("x-aws-ec2-metadata-token")
    if value is None and world.settings.imds_v1:
        return
    if world.imds_sessions.get(value or "", 0) < world.now():
        raise Refusal(Reply(401, "Unauthorized", dict(PLAIN)))


def _machine_key(world: World) -> AwsKey:
    """The machine's own key, which has a session."""
    return next(key for key in world.aws_keys.values() if key.session_token)


def _fields(world: World, key: AwsKey) -> dict[str, str]:
    until = datetime.datetime.fromtimestamp(int(world.now()) + 3600, datetime.UTC)
    return {
        "AccessKeyId": key.access_key_id,
        "SecretAccessKey": key.secret,
        "Token": key.session_token,
        "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
