"""The control plane, on a port of its own: what tests set up, turn, break and look at. JSON in both directions.

GET    /TABLE             all entries; PUT /TABLE/KEY makes or replaces one, DELETE /TABLE/KEY removes it
PATCH  /settings          changes the fields that are given
POST   /faults            one more fault; DELETE /faults takes all back
GET    /requests          what has arrived, in order; DELETE /requests forgets it
GET    /secrets           every secret that was handed out
POST   /subject-token     {"audience", "seconds", claims…}: a fresh token of the seed's issuer
POST   /device            {"user_code", "email"} allows a device; without an email it is refused
POST   /client-certificate  {"name"}: a certificate and key that the hosts of mutual TLS take
POST   /reset             the world as it was at the start
"""

from __future__ import annotations

import dataclasses
import json
import urllib.parse
from typing import Any

import local
from authority import Authority
from front import Front
from http1 import Reply, Request
from records import AwsKey, Client, Fault, Grant, MetadataAccount, Person, Provider, ServiceAccount
from world import World, seeded

KINDS: dict[str, Any] = {
    "people": Person,
    "service_accounts": ServiceAccount,
    "clients": Client,
    "grants": Grant,
    "providers": Provider,
    "aws_keys": AwsKey,
    "metadata_accounts": MetadataAccount,
    "gdch_accounts": None,
    "issuers": None,
    "saml": None,
    "subject_tokens": None,
}
"""The tables that can be written; those without a kind take any JSON value."""
READ_ONLY = {"tokens", "codes", "devices", "requests", "secrets", "faults"}


class Control:
    """Answers at the port for tests."""

    def __init__(self, front: Front, authority: Authority, addresses: dict[str, str]) -> None:
        self._front = front
        self._authority = authority
        self._addresses = addresses

    def answer(self, request: Request) -> Reply:
        """What the test asked for, or why not."""
        try:
            return self._answer(self._front.world, request)
        except (KeyError, TypeError, ValueError, StopIteration) as error:
            return Reply(400, {"error": f"{type(error).__name__}: {error}"})

    def _answer(self, world: World, request: Request) -> Reply:
        table, _, key = urllib.parse.urlsplit(request.target).path.lstrip("/").partition("/")
        key = urllib.parse.unquote(key)
        body = json.loads(request.body) if request.body else {}
        match request.method, table:
            case "GET", "addresses":
                return Reply(200, self._addresses)
            case "GET", "settings":
                return _shown(world.settings)
            case "PATCH", "settings":
                # Made anew, so that an unknown name is refused.
                world.settings = dataclasses.replace(world.settings, **body)
                return _shown(world.settings)
            case "POST", "faults":
                world.faults.append(Fault(**body))
                return Reply(204)
            case "DELETE", ("faults" | "requests"):
                getattr(world, table).clear()
                return Reply(204)
            case "POST", "subject-token":
                return Reply(200, {"token": local.fresh_subject_token(world, **body)})
            case "POST", "client-certificate":
                return Reply(200, {"pem": self._authority.client_pem(body["name"])})
            case "POST", "device":
                return _decide(world, body["user_code"], body.get("email", ""))
            case "POST", "reset":
                self._front.world = seeded(self._authority)
                return Reply(204)
        return _table(world, request.method, table, key, body)


def _table(world: World, method: str, table: str, key: str, body: Any) -> Reply:
    if table not in KINDS and not (method == "GET" and table in READ_ONLY):
        return Reply(404, {"error": f"no such table: {table}"})
    entries = getattr(world, table)
    if method == "GET":
        return _shown(entries[key] if key else entries)
    if method == "DELETE" and key:
        del entries[key]
        return Reply(204)
    if method != "PUT" or not key:
        return Reply(405, {"error": "PUT /TABLE/KEY, please"})
    kind = KINDS[table]
    # The key is the record's first field, which need not be said twice.
    entries[key] = kind(**{dataclasses.fields(kind)[0].name: key, **body}) if kind else body
    return _shown(entries[key])


def _decide(world: World, user_code: str, email: str) -> Reply:
    device = next(device for device in world.devices.values() if device.user_code == user_code)
    device.email, device.denied = email, not email
    return Reply(204)


def _shown(value: Any) -> Reply:
    return Reply(200, json.dumps(value, default=dataclasses.asdict), {"Content-Type": "application/json"})
