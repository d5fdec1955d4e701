"""Lists the earlier projects: resume, rename or delete one, or take the last deletion back."""

import streamlit as st

from dami.store import annotations, projects
from dami.ui import elements, state
from dami.workspace.projects import begin as workspace_projects


def project_list() -> None:
    listed = projects.listing()
    gone = st.session_state.get("deleted")
    if not listed and not gone:
        return
    st.subheader("Your projects", anchor=False)
    if gone:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"Deleted {gone[1]}.", width="content")
            st.button("Undo", on_click=restore, args=(gone[0],))
    for project in listed:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch", gap=None):
                st.text(project.name)
                kind = "Practise" if project.mode == "practise" else "Labelling"
                st.caption(
                    f"{kind}, {len(annotations.labels(project.id)):,} of {project.goal or 0:,} labels, "
                    f"opened {elements.ago(project.opened)}"
                )
            st.button("Resume", key=f"resume_{project.id}", on_click=resume, args=(project.id,))
            with st.popover("More", icon=":material/more_horiz:", key=f"more_{project.id}", on_change="rerun"):
                st.text_input("Name", project.name, key=f"name_{project.id}", on_change=rename, args=(project.id,))
                st.button(
                    "Add rows", key=f"grow_{project.id}", on_click=append_rows, args=(project.id,), type="tertiary"
                )
                st.button(
                    "Import labels",
                    key=f"import_{project.id}",
                    on_click=import_labels,
                    args=(project.id,),
                    type="tertiary",
                )
                st.button(
                    "Delete",
                    key=f"delete_{project.id}",
                    on_click=delete,
                    args=(project.id, project.name),
                    type="tertiary",
                )


def resume(project_id: str) -> None:
    st.session_state.entering = project_id


def append_rows(project_id: str) -> None:
    st.session_state.append_to = project_id
    st.session_state.pop("import_into", None)
    _close_menu(project_id)


def import_labels(project_id: str) -> None:
    st.session_state.import_into = project_id
    st.session_state.pop("append_to", None)
    _close_menu(project_id)


def _close_menu(project_id: str) -> None:
    """Close the menu, because it would cover the form that appears below it."""
    st.session_state[f"more_{project_id}"] = False


def rename(project_id: str) -> None:
    if name := (state.sent(f"name_{project_id}") or "").strip():
        projects.rename(project_id, name[: workspace_projects.LONGEST_NAME])


def delete(project_id: str, name: str) -> None:
    projects.delete(project_id)
    for chosen in ("append_to", "import_into"):
        if st.session_state.get(chosen) == project_id:
            st.session_state.pop(chosen, None)
    st.session_state.deleted = (project_id, name)
    if st.session_state.get("project") == project_id:
        state.leave_project()


def restore(project_id: str) -> None:
    projects.restore(project_id)
    st.session_state.pop("deleted", None)
