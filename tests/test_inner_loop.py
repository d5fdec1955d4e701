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

for line in sys.argv[1:]:
    pytest.main(line.split(), [Asked()])
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
    return lambda code, *arguments: python("-c", code, *arguments)


def test_who_names_a_few_tests_waits_for_no_workers(run: Callable[..., str]):
    all_of_them = ("-p no:cacheprovider", "-p no:cacheprovider -m quick")
    few = ("tests/test_threats.py", "tests/networks/test_mlp.py::test_learns_what_no_line_separates", "-k inference")
    said = run(PROCESSES, *all_of_them, *few)
    found = [int(line.partition(": ")[2]) > 0 for line in said.splitlines() if line.startswith("processes: ")]
    assert found == [True] * len(all_of_them) + [False] * len(few)


def test_a_test_without_a_browser_imports_none(run: Callable[..., str]):
    assert "imported:\n" in run(IMPORTED, "-p", "no:cacheprovider", "tests/test_threats.py")
