"""Prints everything that can be printed about credentials but the token itself: prints.py GUID

With tokcore's own module when it is there: its objects redact themselves. posit-sdk hands out a plain dictionary, whose
print is its owner's business.
"""

import sys

guid = sys.argv[1]
try:
    import tokcore
except ImportError:
    sys.exit(0)

client = tokcore.Client()
credentials = tokcore.get_credentials(audience=guid)
for thing in (tokcore, client, credentials, client.detect() if hasattr(client, "detect") else None):
    print(repr(thing), str(thing), f"{thing}", [thing])
try:
    tokcore.get_credentials(audience="name:nobody")
except tokcore.TokcoreError as error:
    print(repr(error), str(error), vars(error) if hasattr(error, "__dict__") else "")
