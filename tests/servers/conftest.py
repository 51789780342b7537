"""Fixtures of the servers' own tests."""

import clean_env
from fixtures import google, google_server, hostile, oidc, second

clean_env.apply()

__all__ = ["google", "google_server", "hostile", "oidc", "second"]
