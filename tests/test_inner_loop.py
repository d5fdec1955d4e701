"""A test that somebody names runs at once: no other processes are started, and no browser's library is imported."""

from collections.abc import Callable
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


@pytest.fixture
def run(python: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.chdir(ROOT)
    return lambda code, *arguments: python("-c", code, "-p", "no:cacheprovider", *arguments)


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
def test_who_names_a_few_tests_waits_for_no_workers(run: Callable[..., str], arguments: tuple[str, ...], alone: bool):
    assert ("processes: 0" in run(PROCESSES, *arguments)) == alone


def test_a_test_without_a_browser_imports_none(run: Callable[..., str]):
    assert "imported:\n" in run(IMPORTED, "tests/test_threats.py")
