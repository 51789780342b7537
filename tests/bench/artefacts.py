"""What is measured: everything in the form in which it is shipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve()
OUT = TARGET / "bench"


@dataclass(frozen=True)
class Artefacts:
    """Where things are. What could not be built because a tool is missing is None."""

    programs: Path
    library: Path
    c_contestant: Path
    wheel: Path
    python_path: Path
    empty_python: Path
    r_library: Path | None
    empty_r: Path | None

    @property
    def tokcore(self) -> Path:
        return self.programs / "tokcore"

    @property
    def r_object(self) -> Path | None:
        return self.r_library / "tokcore/libs/tokcore.so" if self.r_library else None


def build() -> Artefacts:
    """Builds what has changed; several minutes the first time."""
    OUT.mkdir(parents=True, exist_ok=True)
    os.environ["CARGO_TARGET_DIR"] = str(TARGET)
    run("cargo", "build", "--release", "-p", "tokcore-bench", "-p", "tokcore-cli")
    run("sh", "ffi/link.sh", "release")
    library = (TARGET / "c/release/libtokcore.so").resolve()
    has_r = shutil.which("R") is not None
    compile_c("token.c", "-Iinclude", library, f"-Wl,-rpath,{library.parent}", name="c-token")
    return Artefacts(
        programs=TARGET / "release",
        library=library,
        c_contestant=compile_c("call.c", "-Iinclude", library, f"-Wl,-rpath,{library.parent}", name="c-call"),
        wheel=(wheel := build_wheel()),
        python_path=unpack(wheel),
        empty_python=compile_c("empty_python.c", f"-I{python_headers()}", "-shared", "-fPIC", name="empty_python.so"),
        r_library=build_r() if has_r else None,
        empty_r=compile_c("empty_r.c", *r_headers(), "-shared", "-fPIC", name="empty_r.so") if has_r else None,
    )


def compile_c(source: str, *options: str | Path, name: str) -> Path:
    path = OUT / name
    run(os.environ.get("CC", "cc"), "-O2", "-Wall", "-o", path, HERE / "contestants" / source, *options)
    return path


def python_headers() -> str:
    import sysconfig

    return sysconfig.get_paths()["include"]


def r_headers() -> list[str]:
    return subprocess.run(["R", "CMD", "config", "--cppflags"], check=True, capture_output=True, text=True).stdout.split()


def build_wheel() -> Path:
    wheels = OUT / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    maturin = Path(sys.executable).with_name("maturin")
    run(maturin, "build", "--release", "--strip", "--quiet", "--manifest-path", "bindings-python/Cargo.toml", "--out", wheels)
    return next(wheels.glob("tokcore-*.whl"))


def unpack(wheel: Path) -> Path:
    """A folder of its own: the environment of the tests has a debug build."""
    folder = OUT / "python"
    shutil.rmtree(folder, ignore_errors=True)
    run(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", folder, wheel)
    return folder


def build_r() -> Path:
    """Built from a copy, so that the checkout's own build for the tests stays as it is."""
    library, source = OUT / "r-library", OUT / "r-source"
    library.mkdir(exist_ok=True)
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(ROOT / "bindings-r", source, ignore=shutil.ignore_patterns("*.o", "*.so", "target", "tests"))
    environment = {**os.environ, "CARGO_TARGET_DIR": str(OUT / "r-target"), "TOKCORE_R_PROFILE": "release", "NOT_CRAN": "true"}
    run("R", "CMD", "INSTALL", "--no-docs", "--no-test-load", f"--library={library}", source, env=environment)
    return library


def run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    """Runs a build step at the root; shows its output only when it fails."""
    step: Sequence[str] = [str(word) for word in command]
    done = subprocess.run(step, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{done.stdout}\n{' '.join(step)} failed")
