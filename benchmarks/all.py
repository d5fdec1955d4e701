"""Runs all benchmarks, one after the other, in some hours. Each prints its figures beside a peer's or a limit.

``python benchmarks/all.py [NAME ...]`` runs the named benchmarks (``maps``, ``selection``, ...), all by default.
"""

import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "all")


def main(names: list[str]) -> int:
    if unknown := set(names) - set(NAMES):
        print(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    failed = []
    for name in names or NAMES:
        print(f"\n== {name}", flush=True)
        began = time.monotonic()
        if subprocess.run([sys.executable, FOLDER / f"{name}.py"], check=False).returncode:
            failed.append(name)
        print(f"({time.monotonic() - began:.0f} s)", flush=True)
    if failed:
        print(f"\nDid not run to their end: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
