"""What is installed: the versions that are asked for, with the hashes of their files."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def versions(text: str) -> dict[str, str]:
    return {name.lower(): version for name, version in re.findall(r"(?m)^([\w.-]+)==([\w.]+)", text)}


@pytest.mark.parametrize("folder", [".", "tests"])
def test_every_package_is_locked_with_hashes(folder: str):
    asked = versions((ROOT / "requirements.txt").read_text() + (ROOT / folder / "requirements.txt").read_text())
    lock = (ROOT / folder / "requirements.lock").read_text()
    del asked["torch"]  # comes in several builds
    assert asked.items() <= versions(lock).items()
    entries = [entry for entry in re.split(r"\n(?=\S)", lock) if not entry.startswith("#")]
    assert all(versions(entry) and " --hash=sha256:" in entry for entry in entries)


def test_setup_checks_the_hashes():
    setup = (ROOT / ".ci" / "setup").read_text()
    assert "--require-hashes --no-deps" in setup and "requirements.lock" in setup
