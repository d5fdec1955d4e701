"""A test that somebody names runs at once: no other processes are started, and no browser's library is imported."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROCESSES = """
import sys, pytest

class Asked:
    def pytest_cmdline_main(self, config):
        print("processes:", len(config.option.tx or []))
        return 0

sys.exit(pytest.main(sys.argv[1:], [Asked()]))
"""
IMPORTED = """
import sys, pytest

class Asked:
    def pytest_sessionfinish(self):
        print("imported:", *{"playwright", "streamlit", "torch"} & {*sys.modules})

sys.exit(pytest.main(sys.argv[1:], [Asked()]))
"""


def run(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("arguments", "alone"),
    [
        ((), False),
        (("-m", "quick"), False),
        (("tests/test_threats.py",), True),
        (("tests/networks/test_mlp.py::test_inference_needs_no_torch",), True),
        (("-k", "inference"), True),
    ],
)
def test_who_names_a_few_tests_waits_for_no_workers(arguments: tuple[str, ...], alone: bool):
    assert ("processes: 0" in run(PROCESSES, *arguments)) == alone


def test_a_test_without_a_browser_imports_none():
    assert "imported:\n" in run(IMPORTED, "tests/test_threats.py")
