"""Fixtures of the servers' own tests."""

from fixtures import hostile, oidc, second

__all__ = ["hostile", "oidc", "second"]
