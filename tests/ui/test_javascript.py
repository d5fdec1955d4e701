"""The scripts in the browser, without a browser: their types, and their unit tests under Node."""

import subprocess
from importlib.util import find_spec
from pathlib import Path

import wire_types

SCRIPTS = wire_types.ROOT / "tests" / "js"
PLAYWRIGHT = find_spec("playwright")
assert PLAYWRIGHT is not None and PLAYWRIGHT.origin is not None
NODE = Path(PLAYWRIGHT.origin).parent / "driver" / "node"  # one that is new enough, whatever the system has


def run(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=SCRIPTS, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_scripts_types_are_those_that_python_sends():
    assert wire_types.TARGET.read_text() == wire_types.declarations(), "run `python tests/wire_types.py`"


def test_the_scripts_are_sound_by_their_types():
    run(NODE, "node_modules/typescript/bin/tsc", "--project", ".")


def test_the_scripts_pass_their_unit_tests():
    run(NODE, "--test", *sorted(SCRIPTS.glob("*.test.js")))
