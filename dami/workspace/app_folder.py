"""Where the app's own files lie: at the top of a checkout, and in ``dami/_app`` of an installed package."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_INSTALLED = _PACKAGE / "_app"

FOLDER = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent
"""Holds ``app.py``, ``pages/`` and ``.streamlit/``, whose settings Streamlit reads for a script beside it."""

APP = FOLDER / "app.py"


def page_file(name: str) -> Path:
    """The script of a page, which is what links to it are made of."""
    return FOLDER / "pages" / f"{name}.py"
