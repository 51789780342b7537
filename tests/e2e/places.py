"""What is done to the machine of a case of `tests/vectors/store/places.json`, and what is left of it."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STORE = "above/store"
FULL_BYTES = 256 * 1024


class Unable(Exception):
    """This machine, or this user, cannot have that trouble."""


class Place:
    """The folder of one case and language."""

    def __init__(self, folder: Path, origin: Path) -> None:
        self.folder = folder
        shutil.copytree(origin, folder, symlinks=True)
        self._mounted: Path | None = None

    def prepare(self, steps: list[dict[str, Any]]) -> None:
        for step in steps:
            self._prepare(**step)

    def _prepare(self, **step: Any) -> None:
        match step:
            case {"mode": mode, "of": name}:
                recursive = ["-R"] if step.get("all") else []
                subprocess.run(["chmod", *recursive, mode, self.at(name)], check=True)
            case {"owner": owner, "of": name}:
                if os.geteuid() != 0:
                    raise Unable("only root gives files away")
                subprocess.run(["chown", "-R", str(owner), self.at(name)], check=True)
            case {"remove": name}:
                self.at(name).unlink()
            case {"text": text, "of": name}:
                self.at(name).write_text(text)
            case {"flip": from_end}:
                content = bytearray(self.at("record").read_bytes())
                content[-from_end] ^= 1
                self.at("record").write_bytes(content)
            case {"link": name, "to": other}:
                os.link(self.at(other), self.at(name))
            case {"symlink": name, "to": other}:
                self.at(name).symlink_to(self.at(other))
            case {"full": name}:
                self._fill(self.at(name))
            case _:
                raise ValueError(step)

    def _fill(self, folder: Path) -> None:
        """Puts a disk of its own in the folder's place, and fills it to the last byte."""
        kept = folder.with_name("kept")
        folder.rename(kept)
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={FULL_BYTES},mode=0700", "tokcore-test", folder]
        if subprocess.run(mount, capture_output=True).returncode:
            raise Unable("no disk can be mounted here")
        self._mounted = folder
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        shutil.rmtree(kept)
        with (folder / "filling").open("wb", buffering=0) as filling:
            try:
                while filling.write(b"x" * 512):
                    pass
            except OSError:
                pass

    def at(self, name: str) -> Path:
        """A file by its name in the case."""
        if name == "record":
            (found,) = (self.folder / STORE / "v1").glob("*/*.tok")
            return found
        return self.folder / name

    def env(self, env: dict[str, str], changes: dict[str, str | None]) -> dict[str, str]:
        """``env`` with the case's own settings."""
        filled = {name: self.filled(value) for name, value in changes.items() if value is not None}
        return {name: value for name, value in env.items() if name not in changes} | filled

    def filled(self, text: str) -> str:
        return text.replace("${dir}", str(self.folder))

    def content(self) -> dict[str, tuple[str, int, str]]:
        """Every file and folder: its mode, owner and content."""
        return dict(self._entries())

    def _entries(self) -> Iterator[tuple[str, tuple[str, int, str]]]:
        for path in sorted(self.folder.rglob("*")):
            facts = path.lstat()
            content = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(facts.st_mode) else ""
            yield str(path.relative_to(self.folder)), (oct(facts.st_mode), facts.st_uid, content)

    def mode(self, name: str) -> str:
        return f"{stat.S_IMODE(self.at(name).stat().st_mode):04o}"

    def quarantined(self) -> int:
        return len(list((self.folder / STORE).glob("quarantine/*")))

    def leave(self) -> None:
        """Makes it possible to remove the folder."""
        if self._mounted:
            subprocess.run(["umount", self._mounted], check=True)
        subprocess.run(["chmod", "-R", "u+rwX", self.folder], check=True)


def without_privileges(command: list[str]) -> list[str]:
    """Root without what makes root ignore permissions; everybody else is so anyway."""
    if os.geteuid() != 0:
        return command
    if not shutil.which("setpriv"):
        raise Unable("setpriv is needed to give up root's privileges")
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *command]


def limited(file_size: int | None) -> Any:
    """For a process that begins: how large its files may become. What is beyond is an error, not a signal."""

    def begin() -> None:
        if file_size is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))

    return begin
