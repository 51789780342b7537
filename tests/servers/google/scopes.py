"""The scopes that the fake knows, and what each covers."""

from __future__ import annotations

from collections.abc import Iterable

PREFIX = "https://www.googleapis.com/auth/"
CLOUD = PREFIX + "cloud-platform"
IAM = PREFIX + "iam"
EMAIL_SCOPES = frozenset({"email", PREFIX + "userinfo.email"})

_NAMES = (
    "cloud-platform cloud-platform.read-only iam bigquery bigquery.readonly bigquery.insertdata "
    "devstorage.full_control devstorage.read_only devstorage.read_write compute compute.readonly logging.write "
    "monitoring.write pubsub datastore drive drive.readonly drive.file drive.appdata drive.metadata "
    "drive.metadata.readonly drive.photos.readonly drive.scripts spreadsheets spreadsheets.readonly gmail.readonly "
    "gmail.compose gmail.send gmail.modify gmail.labels gmail.insert gmail.metadata gmail.settings.basic "
    "gmail.settings.sharing calendar calendar.readonly admin.directory.user.readonly sqlservice.login "
    "userinfo.email userinfo.profile analytics.readonly youtube accounts.reauth"
)
KNOWN = frozenset(
    {"openid", "email", "profile", "https://mail.google.com/", *(PREFIX + name for name in _NAMES.split())}
)

# What televisions and the like may ask for.
OF_DEVICES = frozenset(
    {"openid", "email", "profile", PREFIX + "drive.file", PREFIX + "drive.appdata", PREFIX + "youtube"}
)


def split(text: str) -> list[str]:
    """The scopes of a wire value, each once, in their order."""
    return list(dict.fromkeys(text.split()))


def are_known(scopes: Iterable[str]) -> bool:
    return set(scopes) <= KNOWN


def any_of(scopes: Iterable[str], *names: str) -> bool:
    """Whether one of the scopes named without their prefix is among ``scopes``."""
    return bool(set(scopes) & {PREFIX + name for name in names})


def canonical(scopes: Iterable[str]) -> list[str]:
    """As token answers list them: ``email`` and ``profile`` come back by their long names."""
    long_names = {"email": PREFIX + "userinfo.email", "profile": PREFIX + "userinfo.profile"}
    return list(dict.fromkeys(long_names.get(scope, scope) for scope in scopes))
