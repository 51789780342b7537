"""Where something might be that must not be: in the files of a folder, and in a process's memory."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

MOST_BYTES = 256 * 1024 * 1024


def spellings(secret: str) -> dict[str, bytes]:
    """A secret as it is, and as careless programs write it."""
    text = secret.encode()
    return {"plain": text, "hex": text.hex().encode(), "base64": base64.b64encode(text)[:-4], "utf-16": secret.encode("utf-16-le")}


def in_files(folder: Path, secrets: Iterable[str]) -> list[str]:
    """Files below the folder whose name or content has one of the secrets."""
    found = []
    for path in sorted(folder.rglob("*")):
        shown = str(path.relative_to(folder)).encode()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found += [f"{shown.decode()}: {how}" for how in _ways(shown + b"\0" + content, secrets)]
    return found


def in_memory(pid: int, secrets: Iterable[str]) -> Counter[str]:
    """How often each mapping of a process that can be written to has one of the secrets: what a core dump would have, and
    more."""
    found: Counter[str] = Counter()
    secrets = list(secrets)
    for name, content in _mappings(pid):
        for secret in secrets:
            count = sum(content.count(spelling) for spelling in spellings(secret).values())
            if count:
                found[name] += count
    return found


def _ways(content: bytes, secrets: Iterable[str]) -> Iterator[str]:
    for secret in secrets:
        for how, spelling in spellings(secret).items():
            if spelling in content:
                yield f"{how} {secret[:4]}…"


def _mappings(pid: int) -> Iterator[tuple[str, bytes]]:
    maps = Path(f"/proc/{pid}/maps").read_text()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps.splitlines():
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw\S+ \S+ \S+ \d+\s*(.*)", line)
            if not match:
                continue
            begin, end = int(match[1], 16), int(match[2], 16)
            if end - begin > MOST_BYTES:
                continue
            memory.seek(begin)
            try:
                yield match[3] or "anonymous", memory.read(end - begin)
            except OSError:
                # Guard pages and what the kernel keeps for itself.
                continue
