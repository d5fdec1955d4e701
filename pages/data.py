"""Draws the page Data: open a table, see how its columns were read, begin a project; resume earlier projects."""

from collections.abc import Callable, Mapping

import streamlit as st

from dami import wording
from dami.selection.strategies import STRATEGIES
from dami.store import jobs, projects
from dami.store.records import Project
from dami.tables.demos import DEMOS
from dami.tables.reading import READERS, formats
from dami.ui import elements, state
from dami.ui.data.append_form import append_form
from dami.ui.data.column_report import column_report
from dami.ui.data.import_form import import_form
from dami.ui.data.project_list import project_list
from dami.ui.data.reading_choices import in_words, reading_choices, show_notes
from dami.ui.data.setup_form import discard_draft, draft, setup_form
from dami.workspace.app_folder import page_file
from dami.workspace.projects import begin as workspace_projects
from dami.workspace.projects import change_kinds, server_tables, stored_tables
from dami.workspace.projects.stored_tables import OpenedFile
from dami.workspace.transfer import project_file
from dami.workspace.transfer.exporters import EXPORTERS


def enter(project_id: str) -> None:
    projects.opened(project_id)
    state.enter_project(project_id)
    st.switch_page(page_file("label"))


def open_demo(name: str) -> None:
    st.session_state.entering = workspace_projects.begin_demo(name).id


# ---- the ways in ----------------------------------------------------------------------------------------------------


def way_in() -> None:
    ways = [":material/school: Try a demo", ":material/upload_file: Upload", ":material/content_paste: Paste"]
    demo_tab, upload_tab, paste_tab, *server_tab = st.tabs(
        [*ways, ":material/dns: On the server"] if server_tables.is_enabled() else ways
    )
    with demo_tab:
        st.caption("Practise: the known labels are hidden, and answer for you when you ask them to.")
        with st.container(key="demos"):
            places = st.columns(len(DEMOS))
        for column, (name, demo) in zip(places, DEMOS.items(), strict=True):
            with column.container(border=True, height="stretch", vertical_alignment="distribute"):
                with st.container(gap="xsmall"):
                    st.markdown(f"**{demo.title}**")
                    st.caption(f"{demo.n_rows:,} rows, {demo.n_columns} columns. {demo.story}")
                with st.container(gap="xsmall"):
                    st.caption(f"Licence: {demo.license}")
                    st.button("Practise", key=f"demo_{name}", on_click=open_demo, args=(name,), width="stretch")
    with upload_tab:
        uploaded = st.file_uploader(
            f"A table ({elements.plain(formats())}), or a project file of DAMI",
            type=[*READERS],
            key="upload",
        )
        if uploaded is not None and st.session_state.get("read_upload") != uploaded.file_id:
            with st.spinner("Reading the table…"):
                st.session_state.read_upload = uploaded.file_id
                if project_file.is_project_file(uploaded.name):
                    open_project(uploaded.getvalue())
                else:
                    read(lambda: stored_tables.open_file(uploaded.getvalue(), uploaded.name), uploaded.name)
    with paste_tab:
        text = st.text_area(
            "Rows with their header, as copied from a spreadsheet or a CSV file", height=160, key="paste"
        )
        if st.button("Read", icon=":material/table_view:"):
            read(lambda: stored_tables.open_text(text), "pasted table")

    if server_tab:
        with server_tab[0]:
            on_the_server()


@elements.failing
def on_the_server() -> None:
    """Offer the tables that the owner has put on the server; they need no upload, so they may be the largest."""
    sizes = {entry.name: entry.size for entry in server_tables.listing()}
    if not sizes:
        st.caption("The folder that this server offers holds no tables yet.")
        return
    name = st.selectbox(
        "A table that lies on the server",
        list(sizes),
        index=None,
        format_func=lambda name: f"{name} ({sizes[name] / 1e6:,.1f} MB)",
        placeholder="Choose",
        width=520,
    )
    if st.button("Open", icon=":material/table_view:", disabled=name is None) and name is not None:
        with st.spinner("Reading the table…"):
            read(lambda: server_tables.open_table(name), name.rsplit("/", 1)[-1])


def read(open_table: Callable[[], OpenedFile], filename: str) -> None:
    """Open a table; an error is shown on the page and changes nothing else."""
    discard_draft()
    st.session_state.pop("read_error", None)
    with elements.keep_error("read_error"):
        found = open_table()
        draft(found.table, filename, found)
        elements.rerun()  # the table replaces the ways in


def use(found: OpenedFile, filename: str) -> None:
    """Take the file of the draft as it was read by other choices; columns keep the kinds that they were given."""
    before = st.session_state.get("draft")
    kinds = stored_tables.written(before["table"]).kinds if before else {}
    draft(stored_tables.with_known_kinds(found.table, kinds), filename, found)


def open_project(data: bytes) -> None:
    st.session_state.pop("read_error", None)
    with elements.keep_error("read_error"):
        enter(project_file.unpack(data).id)


# ---- what was understood --------------------------------------------------------------------------------------------


def report(table_id: str, filename: str, file: OpenedFile, target: str | None) -> None:
    frame = stored_tables.table(table_id)
    with st.container(gap="xxsmall"):
        st.subheader(elements.plain(filename), anchor=False)
        st.caption(f"{len(frame):,} rows, {len(frame.columns):,} columns")
    show_notes(file.notes_of(table_id))  # of the table as it is now: a doubt may be settled
    elements.show_notice("draft_error")
    reading_choices("draft", file, lambda found: use(found, filename))
    elements.show_notice("kind_error")
    column_report(table_id, target, lambda kinds: draft(stored_tables.with_kinds(table_id, kinds), filename))


@elements.failing
def columns_form(project: Project) -> None:
    """Offer to say of a begun project's columns what they are; a change trains the network anew."""

    def change(kinds: Mapping[str, str | None]) -> None:
        change_kinds.start(project, kinds)

    columns = st.expander(
        f"Columns of {elements.plain(project.name)}",
        icon=":material/view_column:",
        key=f"columns_of_{project.id}",
        on_change="rerun",
    )
    if not columns.open:  # the browser need not load and draw a list that nobody sees
        return
    with columns:
        elements.show_notice("kind_error")
        last = jobs.latest(project.id, change_kinds.KIND)
        if change_kinds.running(project) is not None:
            elements.progress(project)
        elif last is not None and last.state == "failed":
            elements.show_error(last.message)
        st.caption("How each column was read. A change keeps every cell and every label, and trains the network anew.")
        if choices := in_words(stored_tables.written(project.table_id).options):
            words = wording.joined(choices)
            st.caption(elements.plain(f"You chose how its file is read, and a newer one is read alike: {words}."))
        column_report(project.table_id, project.target, change, project.left_out)


if entering := st.session_state.pop("entering", None):
    enter(entering)
elements.heading("Data", "Open a table, say what is to be learnt from it, and label what DAMI asks for.")
for registry in (STRATEGIES, READERS, EXPORTERS):
    for sentence in registry.broken.values():
        st.warning(elements.plain(sentence), icon=":material/extension_off:")
if st.session_state.get("draft") is None:
    way_in()
    if error := st.session_state.get("read_error"):  # it stays until the next file
        elements.show_error(error)
if (opened := st.session_state.get("draft")) is not None:
    left, right = st.columns([4, 3], gap="large")
    with right:
        begun = setup_form(opened["table"], opened["filename"])
    if begun is not None:
        enter(begun.id)
    with left:
        report(opened["table"], opened["filename"], opened["file"], opened.get("target"))
else:
    project_list()
    append_to, import_into = st.session_state.get("append_to"), st.session_state.get("import_into")
    if shown := append_to or import_into or st.session_state.get("project"):
        columns_form(projects.get(shown))
        append_form(projects.get(shown), expanded=append_to is not None)
        import_form(projects.get(shown), expanded=import_into is not None)
