"""The second authorization server of the tests: authlib on Flask, of another descent than the first.

Prints ``second-server listening on ADDRESS`` and ends when its standard input does, at the latest after MAX_SECONDS.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import Any

# Loopback needs no TLS, but authlib wants to be told.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token  # noqa: E402
from authlib.oauth2 import OAuth2Error  # noqa: E402
from authlib.oauth2.rfc6750 import BearerTokenValidator  # noqa: E402
from flask import Flask, Response, jsonify, request  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402

import grants  # noqa: E402
from consent import asks_for_code, asks_to_sign_in, says  # noqa: E402
from store import SCOPES, Device, Store, Token, User, clients  # noqa: E402

ENDPOINTS = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "device_authorization_endpoint": "/device/code",
    "revocation_endpoint": "/revoke",
    "introspection_endpoint": "/introspect",
}


def application(store: Store, address: str) -> Flask:
    """The whole server."""
    app = Flask("second")
    lifetime = int(os.environ.get("ACCESS_TOKEN_SECONDS", "300"))
    kinds = {kind for client in store.clients.values() for kind in client.grants}
    app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
    app.config["OAUTH2_TOKEN_EXPIRES_IN"] = dict.fromkeys([*kinds, "refresh_token"], lifetime)
    app.config["OAUTH2_SCOPES_SUPPORTED"] = SCOPES
    server = AuthorizationServer(app, store.clients.get, _keeper(store))
    grants.register(server, store, address)
    _authorization(app, server)
    _tokens(app, server, store)
    _devices(app, store)
    _resource(app, store)
    _discovery(app, address, sorted(kinds))
    _levers(app, store)
    return app


def _keeper(store: Store) -> Any:
    def save(token: dict[str, Any], asked: Any) -> None:
        before: Token | None = getattr(asked, "refresh_token", None)
        store.add_token(asked.client, asked.user, token, before.family if before else None)

    return save


def _authorization(app: Flask, server: AuthorizationServer) -> None:
    @app.route("/authorize", methods=["GET", "POST"])
    def authorize() -> Any:
        try:
            grant = server.get_consent_grant()
        except OAuth2Error as refusal:
            return server.handle_error_response(server.create_oauth2_request(request), refusal)
        if request.method == "GET":
            return asks_to_sign_in(grant.client.client_id)
        user = None if "abort" in request.form else User(request.form["login"])
        return server.create_authorization_response(grant=grant, grant_user=user)


def _tokens(app: Flask, server: AuthorizationServer, store: Store) -> None:
    # One at a time: rotation must not be raced.
    turn = threading.Lock()

    @app.post("/token")
    def token() -> Response:
        with turn:
            answer = server.create_token_response()
            kind = request.form.get("grant_type", "none")
            code = (answer.get_json(silent=True) or {}).get("error")
            counts, name = (store.counts["errors"], code) if code else (store.counts["grants"], kind)
            counts[name] = counts.get(name, 0) + 1
            return answer

    @app.post("/revoke")
    def revoke() -> Response:
        return server.create_endpoint_response("revocation")

    @app.post("/introspect")
    def introspect() -> Response:
        return server.create_endpoint_response("introspection")

    @app.post("/device/code")
    def device_code() -> Response:
        return server.create_endpoint_response("device_authorization")


def _devices(app: Flask, store: Store) -> None:
    def waiting(user_code: str) -> Device | None:
        typed = user_code.upper().replace(" ", "")
        return next((one for one in store.devices if one["user_code"] == typed and not one.decision), None)

    @app.route("/device", methods=["GET", "POST"])
    def device() -> Any:
        found = waiting(request.values.get("user_code", ""))
        if not found:
            return asks_for_code()
        if "confirm" not in request.form:
            return asks_to_sign_in(found["client_id"], user_code=found["user_code"])
        found.decision = (User(request.form.get("login", "")), "abort" not in request.form)
        return says("Done" if found.decision[1] else "Refused")


def _resource(app: Flask, store: Store) -> None:
    class Validator(BearerTokenValidator):
        def authenticate_token(self, token_string: str) -> Token | None:
            return store.by_access(token_string)

    protect = ResourceProtector()
    protect.register_token_validator(Validator())

    def who() -> Response:
        user = current_token.user
        return jsonify(sub=user.name if user else current_token.client.client_id, scope=current_token.scope)

    app.add_url_rule("/api", "api", protect()(who))
    app.add_url_rule("/api/write", "write", protect("write")(who))


def _discovery(app: Flask, address: str, kinds: list[str]) -> None:
    # Only the document of RFC 8414: a client that looks for OpenID's finds nothing, and must go on. No `iss` either.
    @app.get("/.well-known/oauth-authorization-server")
    def metadata() -> Response:
        return jsonify(
            issuer=address,
            **{name: address + path for name, path in ENDPOINTS.items()},
            response_types_supported=["code"],
            grant_types_supported=kinds,
            scopes_supported=SCOPES,
            code_challenge_methods_supported=["S256"],
            token_endpoint_auth_methods_supported=grants.METHODS,
        )


def _levers(app: Flask, store: Store) -> None:
    @app.before_request
    def count() -> None:
        if not request.path.startswith("/__"):
            store.counts["requests"][request.path] = store.counts["requests"].get(request.path, 0) + 1

    app.add_url_rule("/__stats", "stats", lambda: jsonify(store.counts))
    app.add_url_rule("/__secrets", "secrets", lambda: jsonify(store.secrets))
    app.add_url_rule("/__end-grants", "end", lambda: jsonify(ended=store.end_all()), methods=["POST"])


def main() -> None:
    class KeepAlive(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    # The address is part of the metadata, so that the port comes first and the application second.
    http = make_server(
        "127.0.0.1", int(os.environ.get("PORT", "0")), Flask("second"), threaded=True, request_handler=KeepAlive
    )
    address = f"http://127.0.0.1:{http.server_port}"
    http.app = application(Store(clients()), address)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    print(f"second-server listening on {address}", flush=True)
    timer = threading.Timer(float(os.environ.get("MAX_SECONDS", "900")), lambda: os._exit(0))
    timer.daemon = True
    timer.start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
