"""What `import tokcore` costs: it does nothing but import."""

from __future__ import annotations

import json
import os
import subprocess
import sys

def python(script: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def new_modules(script: str) -> set[str]:
    """Names of the modules that `script` imports, directly or not."""
    report = "new = sorted(set(sys.modules) - before)\nimport json\nprint(json.dumps(new))"
    return set(json.loads(python(f"import sys\nbefore = set(sys.modules)\n{script}\n{report}")))


def test_only_our_own_modules_are_imported() -> None:
    assert new_modules("import tokcore") == {"tokcore", "tokcore._tokcore", "tokcore.integrations"}


def test_exceptions_and_the_drop_in_come_when_asked_for() -> None:
    assert "tokcore._kinds" in new_modules("import tokcore; tokcore.NotSignedInError")
    assert "tokcore.workbench" in new_modules("import tokcore; tokcore.workbench.Client")
    assert "requests" not in new_modules("import tokcore.workbench")


def test_a_success_imports_nothing_more(signed_in: str) -> None:
    added = new_modules(f"import tokcore; tokcore.get_credentials({signed_in!r}).access_token")
    assert added == {"tokcore", "tokcore._tokcore", "tokcore.integrations"}


def test_the_expiry_needs_datetime_only_when_looked_at(signed_in: str) -> None:
    assert "datetime" in new_modules(f"import tokcore; tokcore.get_credentials({signed_in!r}).expires_at")


def test_importing_reads_no_variable_and_no_file_of_the_session() -> None:
    """Nothing of the environment is looked at: one that is full of nonsense does not matter before a call."""
    script = "import tokcore; tokcore.Client(); print(len(__import__('threading').enumerate()))"
    nonsense = {"TOKCORE_BACKEND": "\x01", "RS_SERVER_ADDRESS": "http://[", "PWB_SESSION_RUNTIME_DIR": "/dev/zero"}
    assert python(script, **nonsense) == "1\n"


def test_importing_starts_no_thread_and_opens_no_file() -> None:
    script = """
import os
before = set(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))
import tokcore
tokcore.Client()
after = set(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))
print(before == after)
"""
    assert python(script) == "True\n"


def test_no_thread_lives_between_calls(signed_in: str) -> None:
    script = f"""
import os, time, tokcore
tokcore.get_credentials({signed_in!r})
deadline = time.monotonic() + 2
while len(os.listdir("/proc/self/task")) > 1 and time.monotonic() < deadline:
    time.sleep(0.01)
print(len(os.listdir("/proc/self/task")))
"""
    assert python(script) == "1\n"


def test_a_token_of_the_chain_imports_little() -> None:
    added = new_modules("import tokcore; tokcore.token_fetch(token='brought').access_token()")
    ours = {"tokcore", "tokcore._tokcore", "tokcore.integrations", "tokcore._chain"}
    assert added - ours <= {"__future__", "contextvars", "_contextvars"}


def test_google_auth_is_imported_when_asked_for() -> None:
    assert not any(name.startswith("google") for name in new_modules("import tokcore; tokcore.google; tokcore.chain"))
    script = """
import sys
sys.modules["google.auth"] = None
import tokcore
try:
    tokcore.google.default()
except ImportError as error:
    print(error)
"""
    assert "pip install 'tokcore[google]'" in python(script)
