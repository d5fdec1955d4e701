"""Which project a browser tab shows. The address holds it, so that a reload, a bookmark or a second tab finds it."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import streamlit as st

from dami.errors import ProjectError
from dami.store import projects
from dami.store.records import Project
from dami.workspace.app_folder import page_file

PARAMETER = "p"


def sent(key: str) -> Any:
    """What a field or component holds, for its callback; None where it has left the page.

    A browser's message may cross the answer that took a field off the page: Streamlit has dropped the field's value by
    then, and runs its callback still. A callback that reads the value plainly would end the page's run.
    """
    return st.session_state.get(key)


def read_once(name: str, of: Hashable, read: Callable[[], str]) -> str:
    """The id of an uploaded table: a file is read when it is new, not at every touch of its form.

    Parameters
    ----------
    name : of the form
    of : what tells its files apart
    """
    known = st.session_state.get(name)
    if known is None or known[0] != of:
        known = (of, read())
        st.session_state[name] = known
    return str(known[1])


def choice_in_address(name: str, options: Sequence[Any], default: Any) -> Any:
    """What the address says of a choice, for the start value of its field; the default where it says nothing of these.

    Streamlit's own binding writes the words of an option into the address; names and numbers outlive a rewording.
    """
    said = st.query_params.get(name)
    return next((option for option in options if str(option) == said), default)


def put_in_address(name: str, value: Any) -> None:
    """Let the address say what a field holds now."""
    if st.query_params.get(name) != str(value):
        st.query_params[name] = str(value)


def kept_id(name: str, parameter: str) -> str | None:
    """An id that the tab keeps, in its address and, for a link that drops the query string, in its session."""
    return st.query_params.get(parameter) or st.session_state.get(name)


def keep_id(name: str, parameter: str, value: str) -> None:
    st.session_state[name] = value
    put_in_address(parameter, value)


def forget_id(name: str, parameter: str) -> None:
    st.session_state.pop(name, None)
    st.query_params.pop(parameter, None)


def restore_project() -> Project | None:
    """The tab's project, written back to address and session: the links of ``st.navigation`` drop the query string."""
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
    for name in ("explore_row", "explore_rows"):  # what was chosen in another table
        st.session_state.pop(name, None)
    keep_id("project", PARAMETER, project_id)


def held_map(project: Project) -> int | None:
    """The number of the network whose map this tab holds, None while the map follows."""
    return st.session_state.get("held_maps", {}).get(project.id)


def hold_map(project: Project, number: int | None) -> None:
    st.session_state.held_maps = {**st.session_state.get("held_maps", {}), project.id: number}


def leave_project() -> None:
    forget_id("project", PARAMETER)


def require_project(title: str) -> Project:
    """The tab's project; a page that needs one shows what to do instead and ends where there is none."""
    project_id = st.session_state.get("project")
    if not project_id:
        st.title(title, anchor=False)
        st.info("No project is open in this tab.", icon=":material/table_view:")
        st.page_link(page_file("data"), label="Open a table or resume a project", icon=":material/arrow_forward:")
        st.stop()
    return projects.get(project_id)
