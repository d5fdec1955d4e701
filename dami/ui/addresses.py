"""Where things are served. Streamlit does not prefix an app's own routes with its base path, so they are built here."""

import gzip
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

import streamlit as st

SCRIPTS_DIR = Path(__file__).parent / "components"
PLOTLY = Path(str(files("plotly") / "package_data" / "plotly.min.js"))


def base() -> str:
    """The path below which all is served, "/of/a/proxy" or "" for none."""
    path = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{path}" if path else ""


def address(path: str) -> str:
    """The path of one of our routes as the browser has to ask for it."""
    return f"{base()}/dami/{path}"


@cache
def version() -> str:
    """One version for all scripts, so that they can import each other by relative addresses."""
    digest = hashlib.sha256()
    for path in sorted(SCRIPTS_DIR.rglob("*.js")):
        digest.update(path.read_bytes())
    digest.update(str(PLOTLY.stat().st_size).encode())
    return digest.hexdigest()[:12]


@cache
def script(name: str) -> bytes | None:
    """The gzipped text of a script by its path below the components; None where there is no such script."""
    path = {PLOTLY.name: PLOTLY, **{p.relative_to(SCRIPTS_DIR).as_posix(): p for p in SCRIPTS_DIR.rglob("*.js")}}.get(
        name
    )
    return None if path is None else gzip.compress(path.read_bytes(), 6)


def script_address(name: str) -> str:
    return address(f"js/{version()}/{name}")
