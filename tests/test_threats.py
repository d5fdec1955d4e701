"""Every test that docs/threats.md leans on exists under that name."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")


def test_every_threat_names_tests_that_are_there():
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")][2:]
    assert len(lines) > 12
    for line in lines:
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", line)
        assert named, line
        for path, test in named:
            assert re.search(rf"^def {test}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), (path, test)
