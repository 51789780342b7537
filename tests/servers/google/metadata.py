"""The metadata server of a machine on Google's cloud, on plain HTTP."""

from __future__ import annotations

import re
import time
from typing import Any

from http1 import Refusal, Reply, Request
from records import MetadataAccount
from routes import Routes
from scopes import split
from world import World

routes = Routes()
V1 = "/computeMetadata/v1/"
ACCOUNTS = V1 + "instance/service-accounts"
TEXT = {"Content-Type": "application/text"}


@routes.at("GET", "metadata", "/")
def root(world: World, request: Request, _: re.Match[str]) -> Reply:
    return _text("computeMetadata/\n")


@routes.at("GET", "metadata", ACCOUNTS + "/?")
def accounts(world: World, request: Request, _: re.Match[str]) -> Reply:
    _check(request)
    if request.query.get("recursive", "").lower() != "true":
        return _text("".join(f"{name}/\n" for name in _names(world)))
    return Reply(200, {name: _about(account) for name, account in _names(world).items()})


@routes.at("GET", "metadata", ACCOUNTS + "/([^/]+)/?")
def account(world: World, request: Request, match: re.Match[str]) -> Reply:
    _check(request)
    found = _found(world, match[1])
    if request.query.get("recursive", "").lower() != "true":
        return _text("aliases\nemail\nidentity\nscopes\ntoken\n")
    return Reply(200, _about(found))


@routes.at("GET", "metadata", ACCOUNTS + "/([^/]+)/email")
def email(world: World, request: Request, match: re.Match[str]) -> Reply:
    _check(request)
    return _text(_found(world, match[1]).email)


@routes.at("GET", "metadata", ACCOUNTS + "/([^/]+)/scopes")
def scopes(world: World, request: Request, match: re.Match[str]) -> Reply:
    _check(request)
    return _text("".join(f"{scope}\n" for scope in _found(world, match[1]).scopes))


@routes.at("GET", "metadata", ACCOUNTS + "/([^/]+)/token")
def token(world: World, request: Request, match: re.Match[str]) -> Reply:
    """Compute Engine gives the machine's scopes whatever is asked for; Cloud Run honours the question."""
    _check(request)
    found = _found(world, match[1])
    wanted = split(request.query.get("scopes", "").replace(",", " "))
    granted = wanted if wanted and world.settings.metadata_honours_scopes else found.scopes
    robot = world.service_accounts.get(found.email)
    client_id = robot.unique_id if robot else ""
    value = world.access_token("metadata", found.email, granted, client_id=client_id, email=found.email)
    return Reply(200, {"access_token": value, "expires_in": world.settings.token_seconds, "token_type": "Bearer"})


@routes.at("GET", "metadata", ACCOUNTS + "/([^/]+)/identity")
def identity(world: World, request: Request, match: re.Match[str]) -> Reply:
    _check(request)
    found, audience = _found(world, match[1]), request.query.get("audience", "")
    if not audience:
        return Reply(400, "non-empty audience parameter required", TEXT)
    full = request.query.get("format", "standard").lower() == "full"
    robot = world.service_accounts[found.email]
    claims: dict[str, Any] = world.robot_claims(robot, audience, email=full)
    if full:
        claims["google"] = {
            "compute_engine": {
                "project_id": world.settings.project_id,
                "project_number": int(world.settings.project_number),
                "zone": "us-central1-a",
                "instance_id": "1",
                "instance_name": "fake",
                "instance_creation_timestamp": int(time.time()) - 60,
            }
        }
    return _text(world.id_token(claims))


@routes.at(
    "GET", "metadata", V1 + r"(project/project-id|project/numeric-project-id|universe/universe[-_]domain|instance/zone)"
)
def fact(world: World, request: Request, match: re.Match[str]) -> Reply:
    _check(request)
    settings = world.settings
    facts = {
        "project/project-id": settings.project_id,
        "project/numeric-project-id": settings.project_number,
        "instance/zone": f"projects/{settings.project_number}/zones/us-central1-a",
    }
    return _text(facts.get(match[1], settings.metadata_universe))


@routes.at("GET", "metadata", V1 + "?")
def top(world: World, request: Request, _: re.Match[str]) -> Reply:
    _check(request)
    return _text("instance/\nproject/\nuniverse/\n")


def finish(world: World, reply: Reply) -> Reply:
    """Every answer shows whose it is, unless that is what the test takes away."""
    if world.settings.metadata_flavor:
        reply.headers = {**reply.headers, "Metadata-Flavor": "Google", "Server": "Metadata Server for VM"}
    return reply


def _check(request: Request) -> None:
    if request.headers.get("metadata-flavor") != "Google":
        raise Refusal(Reply(403, "Forbidden: missing Metadata-Flavor:Google header", TEXT))
    if "x-forwarded-for" in request.headers:
        raise Refusal(Reply(403, "Forbidden: X-Forwarded-For", TEXT))


def _names(world: World) -> dict[str, MetadataAccount]:
    """The accounts by all their names."""
    if world.settings.metadata_missing:
        return {}
    found = list(world.metadata_accounts.values())
    aliases = {alias: each for each in found for alias in each.aliases}
    return {**aliases, **{each.email: each for each in found}}


def _found(world: World, name: str) -> MetadataAccount:
    found = _names(world).get(name)
    if not found:
        raise Refusal(Reply(404, "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>"))
    return found


def _about(account: MetadataAccount) -> dict[str, Any]:
    return {"aliases": account.aliases, "email": account.email, "scopes": account.scopes}


def _text(text: str) -> Reply:
    return Reply(200, text, dict(TEXT))
