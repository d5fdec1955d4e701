"""Draws the heading of a page, with the progress of a project's jobs beside it."""

import streamlit as st

from dami.store import jobs, projects
from dami.store.records import Project
from dami.store.revisions import looking
from dami.ui import news, sessions, state
from dami.ui.addresses import project_address
from dami.ui.components import pulse
from dami.ui.elements.fragments import cover_run, fragment, rerun
from dami.ui.wire import PulseSent


def heading(title: str, point: str, project: Project | None = None, fragments: list[str] | None = None) -> None:
    """Draw a page's name and its purpose in one sentence; with a project, also its name and its jobs' progress."""
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
    """Draw the jobs under way; rerun the named fragments, else the page, when there is something new to show.

    They are a fragment of their own: its messages wait for a run under way. One for the whole page would end that run
    and, with it, the callback of a click.
    """
    remember_drawn(project)
    redrawn = [*(fragments or ()), "progress"]

    @looking()
    def changed() -> None:
        if not cover_run(redrawn):
            return  # the whole page is drawn anew, or the script tells these news again
        if fragments is None:
            rerun()
        remember_drawn(project)
        rerun(redrawn)

    def cancel() -> None:
        pressed: PulseSent | None = state.sent("pulse")
        job = pressed.get("cancel") if pressed else None
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
                "active": [job.id for job in jobs.active(project.id)],  # a new job makes the script ask at once
                "cancel": True,
            },
            on_changed=changed,
            on_cancel=cancel,
        )

    fragment(show, key="progress")()


def remember_drawn(project: Project) -> None:
    """Keep the marks before fragments are drawn, so that changes during the drawing are news to all fragments."""
    st.session_state.drawn = news.marks(projects.get(project.id))
