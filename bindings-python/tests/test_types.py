"""The type stubs agree with the module, and everything type-checks."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tokcore
from tokcore import _tokcore, aio, chain, flows, google, jwt, store, workbench

FOLDER = Path(__file__).resolve().parents[1]


def run(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=FOLDER, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_stubs_agree_with_the_module() -> None:
    pytest.importorskip("mypy")
    run("mypy.stubtest", "tokcore")


def test_everything_type_checks() -> None:
    pytest.importorskip("mypy")
    run("mypy")


def test_the_stubs_know_every_setting_of_core() -> None:
    """docs/client-file.md is generated from core."""
    tree = ast.parse((FOLDER / "python/tokcore/_tokcore.pyi").read_text())
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    document = (FOLDER.parent / "docs/client-file.md").read_text()
    tables = [part.partition("\n\n")[0] for part in document.split("| Setting | Value | Meaning |\n")[1:3]]
    for stub, table in zip(("_ClientSettings", "_RequestSettings"), tables):
        fields = (node.target for node in classes[stub].body if isinstance(node, ast.AnnAssign))
        names = [field.id for field in fields if isinstance(field, ast.Name)]
        assert names == re.findall(r"^\| `(\w+)`", table, re.M)


def test_the_stubs_know_every_option_of_the_chain() -> None:
    tree = ast.parse((FOLDER / "python/tokcore/_tokcore.pyi").read_text())
    (stub,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "_ChainSettings")
    fields = (node.target for node in stub.body if isinstance(node, ast.AnnAssign))
    names = [field.id for field in fields if isinstance(field, ast.Name)]
    source = (FOLDER.parent / "core/src/chain/request.rs").read_text()
    _, _, struct = source.partition("pub struct ChainRequest {\n")
    known = re.findall(r'(?:rename = "(\w+)"[^\n]*\n\s*)?pub (\w+):', struct.partition("\n}\n")[0])
    # Some are parameters of the functions, and R has options for defaults of its own.
    elsewhere = re.compile("scopes|token|on_error|.*gargle.*|httr.*")
    wanted = [renamed or name for renamed, name in known]
    assert names == [name for name in wanted if not elsewhere.fullmatch(name)]


def test_everything_public_is_documented() -> None:
    for module in (tokcore, _tokcore, workbench, tokcore.integrations, aio, chain, flows, google, jwt, store):
        assert module.__doc__
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isclass(thing) or callable(thing):
                assert thing.__doc__, name
            if inspect.isclass(thing):
                for member, value in vars(thing).items():
                    if not member.startswith("_"):
                        assert value.__doc__, f"{name}.{member}"


def test_signatures_can_be_asked_for() -> None:
    parameters = inspect.signature(tokcore.get_credentials).parameters
    assert list(parameters) == ["audience", "user_session_token", "requested_token_type"]
    assert list(inspect.signature(tokcore.Client().get_credentials).parameters) == list(parameters)
    assert "timeout" in inspect.signature(tokcore.Client).parameters
