"""Prints the body of a token answer as it is on the wire: raw_token.py GUID"""

import json
import os
import sys
import urllib.request
from pathlib import Path

cookie = (Path(os.environ["PWB_SESSION_RUNTIME_DIR"]) / "rpc_cookie").read_text()
request = urllib.request.Request(
    os.environ["RS_SERVER_ADDRESS"] + "/oauth_token",
    data=json.dumps({"method": "oauth_token", "kwparams": {"uuid": sys.argv[1]}}).encode(),
    headers={"Content-Type": "application/json", "X-RS-Session-Server-RPC-Cookie": cookie},
)
with urllib.request.urlopen(request, timeout=10) as answer:
    sys.stdout.write(answer.read().decode())
