"""Reading and describing tables runs in the server, which must stay small."""

import subprocess
import sys


def test_reading_and_columns_import_nothing_heavy() -> None:
    code = (
        "import sys, dami.tables.reading, dami.tables.columns, dami.tables.demos as demos\n"
        "demos.load_demo('penguins')\n"
        "print([name for name in ('skrub', 'sklearn', 'torch', 'umap', 'numba') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
