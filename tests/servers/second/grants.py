"""The grants and endpoints of authlib, tied to the store."""

from __future__ import annotations

import time
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, grants
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant

from store import Client, Code, Device, Store, Token, User

METHODS = ["none", "client_secret_basic", "client_secret_post"]
CONFIDENTIAL = ["client_secret_basic", "client_secret_post"]
PASSWORD = "password-canary"
# A correct client waits this long between polls, and the tests with it.
POLL_SECONDS = 1


def register(server: Any, store: Store, address: str) -> None:
    """Puts all of it on ``server``."""
    server.register_grant(_code(store), [_S256(required=True)])
    for grant in (_refresh(store), _device_code(store), _password(), _ClientCredentials):
        server.register_grant(grant)
    for endpoint in (_revocation(store), _introspection(store), _device(store, address)):
        server.register_endpoint(endpoint)


class _S256(CodeChallenge):
    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]


class _ClientCredentials(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = CONFIDENTIAL


def _code(store: Store) -> type:
    class CodeGrant(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = METHODS

        def save_authorization_code(self, code: str, request: Any) -> None:
            asked = request.payload
            store.codes[code] = Code(
                code,
                request.client.client_id,
                asked.redirect_uri,
                request.scope,
                request.user,
                asked.data.get("code_challenge"),
                asked.data.get("code_challenge_method"),
            )
            store.secrets.append(code)

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            found = store.codes.get(code)
            return found if found and found.client_id == client.client_id and found.until > time.time() else None

        def delete_authorization_code(self, authorization_code: Code) -> None:
            store.codes.pop(authorization_code.value, None)

        def authenticate_user(self, authorization_code: Code) -> User:
            return authorization_code.user

    return CodeGrant


def _refresh(store: Store) -> type:
    class RefreshGrant(grants.RefreshTokenGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = METHODS
        INCLUDE_NEW_REFRESH_TOKEN = True

        def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
            token = store.by_refresh(refresh_token)
            if token and token.rotated and not token.revoked:
                # Somebody has a copy: nobody keeps anything.
                store.counts["reuse"] += 1
                store.end_family(token.family)
            return token if token and not token.revoked else None

        def authenticate_user(self, refresh_token: Token) -> User | None:
            return refresh_token.user

        def revoke_old_credential(self, refresh_token: Token) -> None:
            refresh_token.rotated = True

    return RefreshGrant


def _password() -> type:
    class PasswordGrant(grants.ResourceOwnerPasswordCredentialsGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = CONFIDENTIAL

        def authenticate_user(self, username: str, password: str) -> User:
            if password != PASSWORD:
                raise InvalidGrantError("wrong name or password")
            return User(username)

    return PasswordGrant


def _device_code(store: Store) -> type:
    class DeviceGrant(DeviceCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = METHODS

        def query_device_credential(self, device_code: str) -> Device | None:
            return next((device for device in store.devices if device["device_code"] == device_code), None)

        def query_user_grant(self, user_code: str) -> tuple[User, bool] | None:
            return next(device.decision for device in store.devices if device["user_code"] == user_code)

        def should_slow_down(self, credential: Device) -> bool:
            too_soon = time.time() - credential.polled_at < POLL_SECONDS * 0.9
            credential.polled_at = time.time()
            return too_soon

    return DeviceGrant


def _device(store: Store, address: str) -> type:
    class DeviceEndpoint(DeviceAuthorizationEndpoint):
        CLIENT_AUTH_METHODS = METHODS
        INTERVAL = POLL_SECONDS
        EXPIRES_IN = 600

        def get_verification_uri(self) -> str:
            return f"{address}/device"

        def save_device_credential(self, client_id: str, scope: str, data: dict[str, Any]) -> None:
            until = time.time() + self.EXPIRES_IN
            store.devices.append(Device(client_id=client_id, scope=scope, expires_at=until, **data))
            store.secrets.append(data["device_code"])

    return DeviceEndpoint


def _revocation(store: Store) -> type:
    class Revocation(RevocationEndpoint):
        CLIENT_AUTH_METHODS = METHODS

        def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
            return store.by_access(token_string) or store.by_refresh(token_string)

        def revoke_token(self, token: Token, request: Any) -> None:
            store.end_family(token.family)

    return Revocation


def _introspection(store: Store) -> type:
    class Introspection(IntrospectionEndpoint):
        CLIENT_AUTH_METHODS = CONFIDENTIAL

        def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
            return store.by_access(token_string) or store.by_refresh(token_string)

        def check_permission(self, token: Token, client: Client, request: Any) -> bool:
            return token.check_client(client)

        def introspect_token(self, token: Token) -> dict[str, Any]:
            issued = int(token.issued_at)
            return {
                "active": True,
                "client_id": token.client.client_id,
                "token_type": "Bearer",
                "sub": token.user.name if token.user else token.client.client_id,
                "scope": token.scope,
                "iat": issued,
                "exp": issued + token.expires_in,
            }

    return Introspection
