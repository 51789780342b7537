"""Fixtures of the servers' own tests."""

import clean_env
from fixtures import hostile, oidc, second

clean_env.apply()

__all__ = ["hostile", "oidc", "second"]
