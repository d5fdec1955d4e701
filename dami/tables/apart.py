"""Runs a script on a file in a process of its own, which may take so much memory and time and no more.

The libraries for workbooks and for files of statistics programs are written in languages whose programs a file can end
or fill the memory of: a broken one, or a small one that unfolds to billions of cells. Then only that process ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

MEMORY = 3 * 1024**3  # bytes, where the system can limit them
SECONDS = 600
# Without these, libraries reserve memory for each processor.
FRUGAL = {"OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
LIMITED = """
import runpy, sys
_, memory, seconds, *sys.argv = sys.argv
try:
    import resource
    for limit, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (int(most), int(most)))
except (ImportError, OSError, ValueError):
    pass  # not every system has such limits
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run_apart(script: Path, arguments: list[str], data: bytes) -> bytes:
    """Return what a script writes to standard output about the file that it reads from standard input.

    Raises
    ------
    subprocess.SubprocessError, OSError : the script failed, was ended or took too long
    """
    limits = [str(MEMORY), str(SECONDS)]
    command = [sys.executable, "-P", "-c", LIMITED, *limits, str(script), *arguments]
    environment = {**os.environ, **FRUGAL}
    done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=True, env=environment)
    return done.stdout
