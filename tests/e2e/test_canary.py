"""No secret in any log, page, error, print, or in the database's bytes."""

from __future__ import annotations

import sys

from broker import GITHUB
from processes import R_LIBRARY, ROOT

FIXED = ["client-secret-canary", "password-canary"]


def test_no_secret_is_shown(stage) -> None:
    here = stage(2)
    shown: dict[str, str] = {}

    def keep(name: str, done) -> None:
        shown[f"{name} stdout"], shown[f"{name} stderr"] = done.stdout, done.stderr

    broker = here.broker
    cookie = broker.exec(sys.executable, "-c", PRINT_COOKIE).stdout
    keep("prints", broker.python("prints.py", GITHUB))
    if R_LIBRARY.exists():
        program = ROOT / "tests" / "e2e" / "programs" / "prints.R"
        keep("R prints", broker.exec("Rscript", program, GITHUB, env={"R_LIBS": str(R_LIBRARY)}))
    for verb in (["integrations"], ["integrations", "--json"], ["doctor"], ["doctor", "--json"], ["sign-in-url", GITHUB]):
        keep(" ".join(verb), broker.exec(broker.binary, *verb))
    keep("unknown", broker.exec(broker.binary, "credentials", "name:nobody"))
    forged = f"RS_SESSION_RPC_COOKIE={cookie.replace('%3D', 'A%3D')}"
    keep("bad cookie", broker.exec("env", "-u", "PWB_SESSION_RUNTIME_DIR", forged, broker.binary, "credentials", GITHUB))
    assert "rejected" in shown["bad cookie stderr"]
    here.provider.end_grants()
    here.let_tokens_expire()
    keep("refused", broker.exec(broker.binary, "credentials", GITHUB))
    assert "invalid_grant" in shown["refused stderr"]
    here.person.sign_in()
    here.person.open(f"/credentials/{GITHUB}")
    here.person.sign_out()
    for number, page in enumerate(here.person.pages):
        shown[f"page {number} {page.url}"] = page.text
    broker.stop()
    for file in here.folder.iterdir():
        if file.is_file() and file.name not in ("oauth-clients.conf", "master.key", "provider.log"):
            shown[file.name] = file.read_bytes().decode("latin-1")
    assert shown["broker.log"], "the broker logged nothing: this test would see nothing"
    secrets = [*FIXED, *here.provider.secrets(), *parts_of(cookie)]
    assert len(secrets) > 10
    leaks = [(name, secret[:4] + "…") for name, text in shown.items() for secret in secrets if secret in text]
    assert leaks == []


PRINT_COOKIE = "import os; print(open(os.environ['PWB_SESSION_RUNTIME_DIR'] + '/rpc_cookie').read(), end='')"


def parts_of(cookie: str) -> list[str]:
    """The session's identifier and the signature; the date between them is no secret."""
    value, _, mac = cookie.split(";")[0].removeprefix("user-id=").split("|")
    return [value, mac]
