"""Slims a folder made by ``cargo vendor``: crates that no supported system builds keep only their manifest, the others
lose their tests, benchmarks, examples and documentation. Also writes who wrote the crates that remain.

Usage: slim-vendor.py VENDOR_FOLDER AUTHORS_FILE, in the folder of the crate that was vendored.
"""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

# The systems for which R builds packages from source and that this package supports (DESCRIPTION: OS_type unix).
TARGETS = [
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
]

UNUSED_FOLDERS = {".cargo", ".github", "assets", "benches", "ci", "doc", "docs", "examples", "fuzz", "scripts", "test", "tests"}


def used_crates() -> set[str]:
    """``name-version`` of every crate that some target builds."""
    used = set()
    for target in TARGETS:
        command = ["cargo", "tree", "--locked", "--target", target, "--edges", "normal,build", "--prefix", "none"]
        tree = subprocess.run([*command, "--format", "{p}"], check=True, capture_output=True, text=True).stdout
        for line in tree.splitlines():
            name, version = line.split()[:2]
            used.add(f"{name}-{version.removeprefix('v')}")
    return used


def forget_files(crate: Path) -> None:
    """Cargo checks the files that the checksum file lists; what is cut out must not be in there."""
    path = crate / ".cargo-checksum.json"
    checksum = json.loads(path.read_text())
    checksum["files"] = {}
    path.write_text(json.dumps(checksum))


def stub(crate: Path) -> None:
    """Leaves what cargo needs to resolve the lock file: the manifest, and a library to which it may refer."""
    manifest = (crate / "Cargo.toml").read_bytes()
    checksum = (crate / ".cargo-checksum.json").read_bytes()
    targets = [crate / path for path in target_paths(tomllib.loads(manifest.decode()))]
    shutil.rmtree(crate)
    for path in [crate / "src" / "lib.rs", *targets]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (crate / "Cargo.toml").write_bytes(manifest)
    (crate / ".cargo-checksum.json").write_bytes(checksum)


def target_paths(manifest: dict) -> list[str]:
    """Source files that the manifest names."""
    tables = [manifest.get("lib", {}), *manifest.get("bin", [])]
    paths = [table["path"] for table in tables if "path" in table]
    build = manifest["package"].get("build")
    return [*paths, build] if isinstance(build, str) else paths


def slim(crate: Path) -> None:
    """Drops what no build reads. A folder below ``src`` is code, whatever its name."""
    included = "".join(path.read_text(errors="replace") for path in crate.rglob("*.rs"))
    for path in list(crate.iterdir()):
        if path.is_dir() and path.name in UNUSED_FOLDERS and f"{path.name}/" not in included:
            shutil.rmtree(path)
        elif path.name in {"CITATION.cff", "Cargo.lock", "Cargo.toml.orig"}:
            path.unlink()


def author_line(crate: Path) -> str:
    """One line of ``inst/AUTHORS``."""
    package = tomllib.loads((crate / "Cargo.toml").read_text())["package"]
    authors = ", ".join(package.get("authors", [])) or f"the authors of {package['name']}"
    licence = package.get("license") or f"see {package.get('license-file')} in its sources"
    return f"{package['name']} {package['version']}: {authors}. {licence}. {package.get('repository', '')}".rstrip()


def main() -> None:
    """Slims and writes."""
    vendor, authors = Path(sys.argv[1]), Path(sys.argv[2])
    used = used_crates()
    lines = []
    for crate in sorted(path for path in vendor.iterdir() if path.is_dir()):
        if crate.name in used:
            lines.append(author_line(crate))
            slim(crate)
        else:
            stub(crate)
        forget_files(crate)
    authors.parent.mkdir(exist_ok=True)
    head = "This package contains the sources of these Rust crates, in src/rust/vendor.tar.xz:\n\n"
    authors.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} crates are built, {sum(1 for _ in vendor.iterdir()) - len(lines)} are stubs")


if __name__ == "__main__":
    main()
