"""Pieces that several pages show: the heading, the progress of a project's jobs, a Plotly figure without tools."""

import re
from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dami.store import jobs, projects
from dami.store.records import Project
from dami.store.revisions import looking
from dami.ui import news, sessions, state
from dami.ui.addresses import project_address
from dami.ui.components import pulse

GAP = "\u200b"  # has no width; parts what Streamlit would replace by an icon, an arrow or a link


def plain(text: object) -> str:
    """Text as it was typed, for places that take Markdown: names of people's files, columns and classes."""
    parted = re.sub(r":(?=[\w/+-])", f":{GAP}", " ".join(str(text).split()))
    parted = re.sub(r"(?<=[<>~=-])(?=[<>=-])", GAP, parted)
    return re.sub(r"([\\`*_{}\[\]()#+.!|<>~$&^=-])", r"\\\1", parted)


def heading(title: str, point: str, project: Project | None = None, fragments: list[str] | None = None) -> None:
    """A page's name and its point in one sentence; with a project, its name and the progress of its jobs too."""
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left, st.container(gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.title(title, anchor=False, width="content")
            if project is not None:
                st.text(project.name, width="content")
        st.caption(point)
    if project is not None:
        with right:
            progress(project, fragments)


def progress(project: Project, fragments: list[str] | None = None) -> None:
    """Jobs under way, with cancel; reruns the named fragments, or the page, once there is something new to show."""
    remember_drawn(project)

    @looking()
    def changed() -> None:
        if fragments:
            remember_drawn(project)
            st.rerun([*fragments, "progress"])

    def cancel() -> None:
        pressed = state.sent("pulse")
        job = pressed.cancel if pressed else None
        if job is not None and jobs.get(int(job)).project == project.id:
            jobs.cancel(int(job))

    @looking()
    def show() -> None:
        now = projects.get(project.id)
        pulse(
            "pulse",
            {
                "status_url": project_address(now, "status"),
                "tab": sessions.token(),
                "seen": st.session_state.drawn,
                "active": [job.id for job in jobs.active(project.id)],  # new work reaches the script at once
                "cancel": True,
            },
            on_changed=changed,
            on_cancel=cancel,
        )

    if fragments:
        st.fragment(show, key="progress")()
    else:
        show()


def remember_drawn(project: Project) -> None:
    """Note what there is to show before it is drawn: what comes while fragments are drawn is news to all of them."""
    st.session_state.drawn = news.marks(projects.get(project.id))


def hold_switch(project: Project, number: int | None) -> None:
    """Hold the map that is shown, of the network of this number, or let it follow again."""
    key = f"hold_{project.id}"

    def switched() -> None:
        on = state.sent(key)
        if on is not None:
            state.hold_map(project, number if on else None)

    st.toggle(
        "Hold the map",
        value=state.held_map(project) is not None,
        key=key,
        on_change=switched,
        disabled=number is None,
        help="Keeps the picture as it is while networks change; the line below it says of which network it is.",
    )


def narrow(names: Iterable[str]) -> dict[str, Any]:
    """For a table on a page: columns with very long names take no more room than others."""
    return {name: st.column_config.Column(width=180) for name in names if len(name) > 24}


def figure(drawn: go.Figure, key: str, **options: Any) -> None:
    """A Plotly figure without the tools that nobody needs on a small one."""
    st.plotly_chart(drawn, key=key, config={"displayModeBar": False, "responsive": True}, **options)
