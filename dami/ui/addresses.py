"""Builds the addresses of the app's own routes, since Streamlit does not put its base path before them."""

import gzip
import hashlib
from functools import cache
from pathlib import Path

import streamlit as st

from dami.store.records import Project

SCRIPTS_DIR = Path(__file__).parent / "components"


def base() -> str:
    """Return the path before all addresses, for example "/of/a/proxy"; "" where there is none."""
    path = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{path}" if path else ""


def route_address(path: str) -> str:
    """Return the path by which the browser asks for one of the app's own routes."""
    return f"{base()}/dami/{path}"


def project_address(project: Project, path: str) -> str:
    return route_address(f"p/{project.id}/{path}")


def script_address(name: str) -> str:
    return route_address(f"js/{version()}/{name}")


@cache
def version() -> str:
    """Return the one version of all scripts: scripts of one version import each other by relative addresses."""
    digest = hashlib.sha256()
    for path in sorted(SCRIPTS_DIR.rglob("*.js")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def script(name: str) -> bytes | None:
    """Return the gzipped text of a script, named by its path below the components; None where no such script exists."""
    path = _scripts().get(name)
    return None if path is None else _gzipped(path)


@cache
def _scripts() -> dict[str, Path]:
    return {path.relative_to(SCRIPTS_DIR).as_posix(): path for path in SCRIPTS_DIR.rglob("*.js")}


@cache
def _gzipped(path: Path) -> bytes:
    """Return the gzipped text of a script. The cache is by path: names that visitors invent never enter it."""
    return gzip.compress(path.read_bytes(), 6)
