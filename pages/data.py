"""Data: open a table, see what was understood of it, say what is to be learnt; resume earlier projects."""

import time
from collections.abc import Callable

import pandas as pd
import streamlit as st

from dami.errors import DamiError
from dami.store import annotations, projects
from dami.tables.columns import Target, bin_target, describe_target
from dami.tables.demos import DEMOS
from dami.ui import parts, state
from dami.workspace import project_file, tables
from dami.workspace import projects as workspace_projects
from dami.workspace.projects import ClassDraft

LABEL_PAGE = "../../pages/label.py"
TYPES = ["csv", "tsv", "txt", "xlsx", "xls", "ods", "parquet", "feather", "jsonl", "ndjson", "json", "zip"]
LIKELY = ("label", "labels", "target", "class", "y", "outcome", "species", "category")


def enter(project_id: str) -> None:
    projects.opened(project_id)
    state.enter_project(project_id)
    st.switch_page(LABEL_PAGE)


def open_demo(name: str) -> None:
    st.session_state.entering = workspace_projects.begin_demo(name).id


def draft(table_id: str, filename: str) -> None:
    st.session_state.draft = {"table": table_id, "filename": filename}


def discard_draft() -> None:
    st.session_state.pop("draft", None)


# ---- three ways in --------------------------------------------------------------------------------------------------


def way_in() -> None:
    demo_tab, upload_tab, paste_tab = st.tabs(
        [":material/school: Try a demo", ":material/upload_file: Upload", ":material/content_paste: Paste"]
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
            "A table (CSV, TSV, Excel, Parquet, Feather, JSON lines), or a project file of DAMI",
            type=TYPES,
            key="upload",
        )
        if uploaded is not None and st.session_state.get("read_upload") != uploaded.file_id:
            with st.spinner("Reading the table…"):
                st.session_state.read_upload = uploaded.file_id
                if project_file.is_project_file(uploaded.name):
                    open_project(uploaded.getvalue())
                else:
                    read(lambda: tables.open_bytes(uploaded.getvalue(), uploaded.name), uploaded.name)
    with paste_tab:
        text = st.text_area(
            "Rows with their header, as copied from a spreadsheet or a CSV file", height=160, key="paste"
        )
        if st.button("Read", icon=":material/table_view:"):
            read(lambda: tables.open_text(text), "pasted table")


def read(open_table: Callable[[], str], filename: str) -> None:
    """Open a table; what goes wrong is said on the page and leaves everything else as it was."""
    try:
        draft(open_table(), filename)
        st.session_state.pop("read_error", None)
    except DamiError as error:
        discard_draft()
        st.session_state.read_error = str(error)
    else:
        st.rerun()  # the ways in make room for the table


def open_project(data: bytes) -> None:
    try:
        project = project_file.unpack(data)
    except DamiError as error:
        st.session_state.read_error = str(error)
        return
    st.session_state.pop("read_error", None)
    enter(project.id)


# ---- what was understood --------------------------------------------------------------------------------------------


def report(table_id: str, filename: str) -> None:
    frame = tables.table(table_id)
    with st.container(gap="xxsmall"):
        st.subheader(parts.plain(filename), anchor=False)
        st.caption(f"{len(frame):,} rows, {len(frame.columns):,} columns")
    for note in frame.attrs.get("notes", []):
        st.info(parts.plain(note), icon=":material/build:")
    described = tables.columns(table_id)
    listed = pd.DataFrame(
        {
            "column": [c.name for c in described],
            "holds": [c.kind for c in described],
            "left out because": [c.left_out or "" for c in described],
            "missing": [c.missing for c in described],
            "values": [c.n_unique for c in described],
            "spread": [[count / max(c.histogram) for count in c.histogram] for c in described],
            "examples": [", ".join(c.examples) for c in described],
        }
    )
    if not any(c.left_out for c in described):
        listed = listed.drop(columns="left out because")
    st.dataframe(
        listed,
        hide_index=True,
        height=min(560, 38 + 35 * len(listed)),
        column_config={
            "column": st.column_config.TextColumn(pinned=True, width=150),
            "holds": st.column_config.TextColumn(width=85),
            "missing": st.column_config.NumberColumn(format="percent", help="Share of rows without a value", width=70),
            "values": st.column_config.NumberColumn(help="Distinct values", width=70),
            "spread": st.column_config.BarChartColumn(
                help="Numbers: from low to high. Texts: most frequent first.", width=130, y_min=0, y_max=1
            ),
            "left out because": st.column_config.TextColumn(
                help="The model does not see the column; it is still shown beside every row.", width=140
            ),
        },
    )


def setup(table_id: str, filename: str) -> None:
    frame = tables.table(table_id)
    columns = [str(name) for name in frame.columns]
    st.subheader("What shall it learn to tell apart?", anchor=False)
    way = st.radio(
        "Where are the classes?",
        ["column", "named"],
        index=0 if any(name.lower() in LIKELY for name in columns) else 1,
        format_func={
            "column": "In a column of the table, which may be partly or wholly empty",
            "named": "Not in the table: I name them",
        }.get,
    )
    target, found, mode = None, [], "label"
    if way == "column":
        likely = next((k for k, name in enumerate(columns) if name.lower() in LIKELY), len(columns) - 1)
        target = st.selectbox("Target column", columns, index=likely)
        described = describe_target(frame, target)
        if described.numeric_many:
            offer_bins(table_id, target, filename)
            return
        if len(described.classes) > workspace_projects.MOST_CLASSES:
            st.warning(parts.plain(described.advice), icon=":material/category:")
            st.button("Another table", on_click=discard_draft, type="tertiary")
            return
        found = [name for name, _ in described.classes]
        st.caption(parts.plain(describe_classes(described)))
        if described.complete and len(found) >= 2:
            mode = st.radio(
                "This column is complete, so nothing is left to label. What would you like to do?",
                ["practise", "label"],
                format_func={
                    "practise": "Practise: hide the labels and let them answer",
                    "label": "Keep the labels, look at the model and correct them",
                }.get,
            )
    drafts = name_classes(found, mode)
    with st.expander("Goal, name, columns", icon=":material/tune:"):
        name = st.text_input("Project name", filename.rsplit(".", 1)[0])
        goal = st.number_input(
            "Goal (labels)", 1, len(frame), workspace_projects.default_goal(len(frame), max(2, len(drafts)))
        )
        annotator = st.text_input("Your name, kept beside each label", st.session_state.get("annotator", ""))
        left_out = st.multiselect("Columns that the model should not see", [c for c in columns if c != target])
    buttons = st.container(horizontal=True, vertical_alignment="center")
    label = "Start practising" if mode == "practise" else "Start labelling"
    pressed = buttons.button(label, type="primary", icon=":material/arrow_forward:")
    buttons.button("Another table", on_click=discard_draft, type="tertiary")
    if pressed:
        try:
            project = workspace_projects.begin(
                table_id,
                name,
                filename=filename,
                target=target,
                mode=mode,
                classes=drafts,
                goal=int(goal),
                annotator=annotator,
                left_out=left_out,
            )
        except DamiError as error:
            st.error(parts.plain(error), icon=":material/error:")
            return
        st.session_state.annotator = annotator
        discard_draft()
        enter(project.id)


def describe_classes(described: Target) -> str:
    if described.advice and not described.classes:
        return described.advice
    listed = ", ".join(f"{name} ({count:,})" for name, count in described.classes[:12])
    if len(described.classes) > 12:
        listed += f" and {len(described.classes) - 12} more"
    if not listed:
        return "The column is empty: name the classes below."
    missing = f"; {described.missing:,} rows are without a label" if described.missing else ""
    return f"Classes: {listed}{missing}."


def name_classes(found: list[str], mode: str) -> list[ClassDraft]:
    """The classes of the project: those of the column, those that are named, each with a guideline."""
    drafts = [ClassDraft(name) for name in found]
    if mode == "label":
        typed = st.text_input(
            "Classes" if not found else "Further classes",
            placeholder="for example: good, bad",
            help="Separated by commas. More can be added later.",
        )
        drafts += [ClassDraft(name.strip()) for name in typed.split(",") if name.strip()]
    if drafts and len(drafts) <= 30:
        with st.expander("Guidelines", icon=":material/menu_book:"):
            st.caption("When does a row belong to a class? Shown beside the class while labelling.")
            return [
                ClassDraft(d.name, st.text_input(parts.plain(d.name), d.guideline, key=f"guideline_{k}_{d.name}"))
                for k, d in enumerate(drafts)
            ]
    return drafts


def offer_bins(table_id: str, target: str, filename: str) -> None:
    """A number with many values is no class; offer to make a few of it."""
    st.warning(
        parts.plain(f"“{target}” holds numbers of many different values, and DAMI learns classes. Bin it into a few:"),
        icon=":material/bar_chart:",
    )
    bins = st.slider("Classes of about equal size", 2, 6, 3)
    values = tables.table(table_id)[target]
    binned = bin_target(values, bins)
    counts = values.groupby(binned).agg(["min", "size"]).sort_values("min")["size"]
    st.caption(parts.plain(", ".join(f"{name} ({count:,})" for name, count in counts.items())))

    def use() -> None:
        draft(tables.with_column(table_id, target, binned), filename)

    with st.container(horizontal=True):
        st.button("Use these classes", on_click=use, type="primary")
        st.button("Another table", on_click=discard_draft, type="tertiary")


# ---- earlier projects -----------------------------------------------------------------------------------------------


def list_projects() -> None:
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
                    f"opened {ago(project.opened)}"
                )
            st.button("Resume", key=f"resume_{project.id}", on_click=resume, args=(project.id,))
            with st.popover("More", icon=":material/more_horiz:", key=f"more_{project.id}", on_change="rerun"):
                st.text_input("Name", project.name, key=f"name_{project.id}", on_change=rename, args=(project.id,))
                st.button(
                    "Delete",
                    key=f"delete_{project.id}",
                    on_click=delete,
                    args=(project.id, project.name),
                    type="tertiary",
                )


def resume(project_id: str) -> None:
    st.session_state.entering = project_id


def rename(project_id: str) -> None:
    if name := st.session_state[f"name_{project_id}"].strip():
        projects.rename(project_id, name[: workspace_projects.LONGEST_NAME])


def delete(project_id: str, name: str) -> None:
    projects.delete(project_id)
    st.session_state.deleted = (project_id, name)
    if st.session_state.get("project") == project_id:
        state.leave_project()


def restore(project_id: str) -> None:
    projects.restore(project_id)
    st.session_state.pop("deleted", None)


def ago(moment: float) -> str:
    minutes = max(0.0, time.time() - moment) / 60
    if minutes < 2:
        return "just now"
    if minutes < 120:
        return f"{minutes:.0f} minutes ago"
    return f"{minutes / 60:.0f} hours ago" if minutes < 48 * 60 else f"{minutes / 1440:.0f} days ago"


if entering := st.session_state.pop("entering", None):
    enter(entering)
parts.heading("Data", "Open a table, say what is to be learnt from it, and label what DAMI asks for.")
if "draft" not in st.session_state:
    way_in()
    if error := st.session_state.get("read_error"):
        st.error(parts.plain(error), icon=":material/error:")
if "draft" in st.session_state:
    opened = st.session_state.draft
    left, right = st.columns([4, 3], gap="large")
    with left:
        report(opened["table"], opened["filename"])
    with right:
        setup(opened["table"], opened["filename"])
else:
    list_projects()
