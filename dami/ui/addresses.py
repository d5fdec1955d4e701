"""Where things are served. Streamlit does not prefix an app's own routes with its base path, so they are built here."""

import gzip
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

import streamlit as st

from dami.store.records import Project

SCRIPTS_DIR = Path(__file__).parent / "components"
PLOTLY = Path(str(files("plotly") / "package_data" / "plotly.min.js"))


def base() -> str:
    """The path below which all is served, "/of/a/proxy" or "" for none."""
    path = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{path}" if path else ""


def route_address(path: str) -> str:
    """The path of one of our routes as the browser has to ask for it."""
    return f"{base()}/dami/{path}"


def project_address(project: Project, path: str) -> str:
    return route_address(f"p/{project.id}/{path}")


def script_address(name: str) -> str:
    return route_address(f"js/{version()}/{name}")


@cache
def version() -> str:
    """One version for all scripts, so that they can import each other by relative addresses."""
    digest = hashlib.sha256()
    for path in sorted(SCRIPTS_DIR.rglob("*.js")):
        digest.update(path.read_bytes())
    digest.update(str(PLOTLY.stat().st_size).encode())
    return digest.hexdigest()[:12]


def script(name: str) -> bytes | None:
    """The gzipped text of a script by its path below the components; None where there is no such script."""
    path = _scripts().get(name)
    return None if path is None else _gzipped(path)


@cache
def _scripts() -> dict[str, Path]:
    return {PLOTLY.name: PLOTLY, **{p.relative_to(SCRIPTS_DIR).as_posix(): p for p in SCRIPTS_DIR.rglob("*.js")}}


@cache
def _gzipped(path: Path) -> bytes:
    """Cached for scripts that there are, never by a name that a visitor made up."""
    return gzip.compress(path.read_bytes(), 6)
