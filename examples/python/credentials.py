"""Lists the integrations of this session, takes a token for one of them, and calls an API with it."""

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import tokcore

STATUS = {True: "signed in", False: "not signed in", None: "unknown"}


def say(text: str) -> None:
    print(f"Python  {text}")


def get(url: str, authorization: str) -> str:
    """The status of ``GET url``, and how its answer greets us."""
    request = urllib.request.Request(url, headers={"Authorization": authorization})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return f"{answer.status} ({json.load(answer).get('greeting', 'no greeting')})"
    except urllib.error.HTTPError as error:
        error.close()
        return f"{error.code} ({error.reason})"


def main() -> None:
    integrations = tokcore.integrations.find()
    for item in integrations:
        say(f"integration  {item.name or '':<10}  {STATUS[item.authenticated]:<13}  {item.guid}")

    signed_in = tokcore.integrations.find_by(authenticated=True)
    audience = os.environ.get("TOKCORE_DEMO_GUID") or (signed_in and signed_in.guid)
    credentials = tokcore.get_credentials(audience=audience)
    if credentials.expires_at is None:
        say("token expires at an unknown time")
    else:
        say(f"token expires in {int(credentials.expires_at.timestamp() - time.time())} s")

    api = os.environ.get("TOKCORE_DEMO_API")
    if api:
        say(f"GET {urllib.parse.urlsplit(api).path} → {get(api, credentials.authorization)}")


if __name__ == "__main__":
    try:
        main()
    except tokcore.TokcoreError as error:
        sys.exit(f"{error.message}\n{error.hint}")
