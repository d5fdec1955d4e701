"""Keeps a tab's project and choices in its address, so that a reload, a bookmark or a second tab finds them."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import streamlit as st

from dami.errors import ProjectError
from dami.store import projects
from dami.store.records import Project
from dami.workspace.app_folder import page_file

Read = TypeVar("Read")
PARAMETER = "p"


def sent(key: str) -> Any:
    """Return the value of a field or component for its callback; None if the field has left the page.

    A browser may send a value while the server takes the field off the page. Streamlit then drops the value but still
    runs the callback. A callback that reads ``st.session_state[key]`` would fail and end the page's run.
    """
    return st.session_state.get(key)


def read_once(name: str, of: Hashable, read: Callable[[], Read]) -> Read:
    """Return what was read from an uploaded file; it is read once, not at each run of its form.

    Parameters
    ----------
    name : name of the form
    of : key that differs for each file of the form
    read : reads the file
    """
    known: tuple[Hashable, Read] | None = st.session_state.get(name)
    if known is None or known[0] != of:
        known = (of, read())
        st.session_state[name] = known
    return known[1]


def choice_in_address(name: str, options: Sequence[Any], default: Any) -> Any:
    """Return the option that the address names, as the start value of a field; `default` if it names none of them.

    Streamlit's own binding writes the label of an option into the address. Names and numbers stay when a label changes.
    """
    said = st.query_params.get(name)
    return next((option for option in options if str(option) == said), default)


def put_in_address(name: str, value: Any) -> None:
    """Write the value of a field into the address."""
    if st.query_params.get(name) != str(value):
        st.query_params[name] = str(value)


def kept_id(name: str, parameter: str) -> str | None:
    """Return an id from the tab's address, or from its session after a link that dropped the query string."""
    return st.query_params.get(parameter) or st.session_state.get(name)


def keep_id(name: str, parameter: str, value: str) -> None:
    st.session_state[name] = value
    put_in_address(parameter, value)


def forget_id(name: str, parameter: str) -> None:
    st.session_state.pop(name, None)
    st.query_params.pop(parameter, None)


def restore_project() -> Project | None:
    """Return the tab's project and write it into the address again: links of ``st.navigation`` drop the query."""
    project_id = kept_id("project", PARAMETER)
    if not project_id:
        return None
    try:
        project = projects.get(project_id)
    except ProjectError as error:
        leave_project()
        st.session_state.notice = str(error)
        return None
    keep_id("project", PARAMETER, project.id)
    return project


def enter_project(project_id: str) -> None:
    for name in ("explore_row", "explore_rows"):  # these rows belong to another table
        st.session_state.pop(name, None)
    keep_id("project", PARAMETER, project_id)


def held_map(project: Project) -> int | None:
    """Return the number of the network whose map this tab holds; None while the map follows the newest network."""
    return st.session_state.get("held_maps", {}).get(project.id)


def hold_map(project: Project, number: int | None) -> None:
    st.session_state.held_maps = {**st.session_state.get("held_maps", {}), project.id: number}


def leave_project() -> None:
    forget_id("project", PARAMETER)


def require_project(title: str) -> Project:
    """Return the tab's project. If the tab has none, show where to open one and end the page's run."""
    project_id = st.session_state.get("project")
    if not project_id:
        st.title(title, anchor=False)
        st.info("No project is open in this tab.", icon=":material/table_view:")
        st.page_link(page_file("data"), label="Open a table or resume a project", icon=":material/arrow_forward:")
        st.stop()
    return projects.get(project_id)
