"""Finds the app's own files: at the top of a checkout, or in ``dami/_app`` of an installed package."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_INSTALLED = _PACKAGE / "_app"

FOLDER = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent
"""The folder of ``app.py``, ``pages/`` and ``.streamlit/``: Streamlit reads the settings beside the script."""

APP = FOLDER / "app.py"


def page_file(name: str) -> Path:
    """Return the path of a page's script; links to the page are made of it."""
    return FOLDER / "pages" / f"{name}.py"
