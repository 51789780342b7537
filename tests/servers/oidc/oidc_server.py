"""How to start the authorization server from Python."""

from __future__ import annotations

import subprocess
from pathlib import Path

FOLDER = Path(__file__).parent
COMMAND = ["node", "server.mjs"]


def install() -> None:
    """Fetches the packages of the lock file, unless they are there."""
    installed, lock = FOLDER / "node_modules" / ".package-lock.json", FOLDER / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run(["npm", "ci", "--omit=dev", "--silent"], cwd=FOLDER, check=True)
