"""Reading and describing tables runs in the server, which must stay small."""

from collections.abc import Callable


def test_reading_and_columns_import_nothing_heavy(python: Callable[..., str]) -> None:
    code = (
        "import sys, dami.tables.reading, dami.tables.columns, dami.tables.demos as demos\n"
        "demos.load_demo('penguins')\n"
        "print([name for name in ('skrub', 'sklearn', 'torch', 'umap', 'numba') if name in sys.modules])"
    )
    assert python("-c", code).strip() == "[]"
