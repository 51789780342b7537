"""docs/compat-google.md: what came of the comparison."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from google_asking import Outcome
from google_fake import SCOPE
from google_inputs import GARGLE, GOOGLE_AUTH, Input
from processes import ROOT

PAGE = ROOT / "docs" / "compat-google.md"
COMMAND = "TOKCORE_TEST_WRITE=1 python -m pytest -q test_google_compat.py"
HEAD = f"""# Google credentials: what google-auth and gargle make of the same input

`tests/e2e/test_google_compat.py` writes this page: `cd tests/e2e && {COMMAND}`.

Each row is one input: the same files, the same environment, the same [fake of Google's endpoints](../tests/servers/README.md#the-fake-of-google),
which is as strict as Google. tokcore, PyPI's google-auth and Debian's gargle are asked for a token, and the fake says whom
it acts as, of which kind it is, and for which scopes. **same**: that is all equal, or none has a token. google-auth does not
add the scope of the address to a service account's own (`add_email = false` of tokcore), gargle does.

Where they differ the last column says why; a reason begins with the id of the row in
[tests/vectors/google](../tests/vectors/google) that says what tokcore does.
"""
TOKENS = "| Input | tokcore has a token of | google-auth | gargle | Why not the same |\n|---|---|---|---|---|"
ERRORS = "| Input | tokcore says | google-auth | gargle | Why not the same |\n|---|---|---|---|---|"
Answers = Mapping[str, Outcome]
"""By contestant; what tokcore says is `tokcore`."""


def page(tables: Mapping[str, list[Input]], answers: Mapping[str, Answers]) -> str:
    """The whole page. ``answers`` by title and input."""
    return "\n".join([HEAD, *(_section(title, rows, answers) for title, rows in tables.items())])


def _section(title: str, rows: list[Input], answers: Mapping[str, Answers]) -> str:
    lines = [_row(row, answers[f"{title}: {row.what}"]) for row in rows]
    return "\n".join([f"## {title}", "", TOKENS if rows[0].gets else ERRORS, *lines, ""])


def _row(row: Input, answers: Answers) -> str:
    ours = answers["tokcore"]
    said = f"`{_short(row.gets)}`" if ours.identity else " ".join(f"`{word}`" for word in row.fails if word)
    cells = [row.what, said, *(_cell(row, peer, answers) for peer in (GOOGLE_AUTH, GARGLE)), "; ".join(_reasons(row))]
    return f"| {' | '.join(cells)} |".replace("  |", " |")


def _cell(row: Input, peer: str, answers: Answers) -> str:
    theirs = answers[peer]
    if peer not in row.apart:
        return "same" if theirs.identity else f"same: {_refusal(theirs)}"
    if not theirs.identity:
        return _refusal(theirs)
    ours = answers["tokcore"].identity
    if not ours or ours.principal != theirs.identity.principal:
        return f"`{_short(theirs.identity.principal)}`"
    if ours.kind != theirs.identity.kind:
        return "an access token"
    return "without the project" if ours.scopes == theirs.identity.scopes else "other scopes"


def _refusal(outcome: Outcome) -> str:
    """The class of an exception; gargle gives nothing, and says nothing."""
    return f"`{outcome.error.partition(':')[0]}`" if outcome.error else "nothing"


def _reasons(row: Input) -> Iterator[str]:
    for reason in dict.fromkeys(row.apart.values()):
        id_, _, text = reason.partition(": ")
        assert re.fullmatch(r"[A-Z]\d\d", id_), reason
        yield f"{id_}: {text}"


def _short(principal: str) -> str:
    """Without what stands in all of them."""
    return re.sub(r"^//iam.*/(\w+)Pools/pool/providers/", r"\1: ", principal.replace(SCOPE, ""))
