"""Draws the form that begins a project on a table: its classes, its mode, its goal and its query strategy."""

import streamlit as st

from dami import wording
from dami.store.records import Mode, Project
from dami.tables.class_names import composed, spelled_otherwise
from dami.tables.columns import Answers, Target, bin_target
from dami.ui import elements
from dami.ui.data.spellings import ask_about_labels
from dami.ui.label.strategy_choice import first_strategy
from dami.workspace.projects import begin as workspace_projects
from dami.workspace.projects import stored_tables
from dami.workspace.projects.begin import ClassDraft
from dami.workspace.projects.stored_tables import OpenedFile

LIKELY = ("label", "labels", "target", "class", "y", "outcome", "species", "category")


def draft(table_id: str, filename: str, file: OpenedFile | None = None) -> None:
    """Remember a table that was opened before it is a project; `setup_form` adds the chosen target.

    Parameters
    ----------
    file : the file if it may be read otherwise; by default that of the draft before, whose table was changed
    """
    before = st.session_state.get("draft", {})
    st.session_state.draft = {"table": table_id, "filename": filename, "file": file or before.get("file")}


def discard_draft() -> None:
    st.session_state.pop("draft", None)


@elements.failing
def setup_form(table_id: str, filename: str) -> Project | None:
    """Ask for all that a project needs; return the project when it is begun, else None."""
    frame = stored_tables.table(table_id)
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
    target, found = None, []
    answers: Answers = {}
    mode: Mode = "label"
    _remember_target(None)
    if way == "column":
        likely = next((k for k, name in enumerate(columns) if name.lower() in LIKELY), len(columns) - 1)
        likely = columns.index("label") if stored_tables.is_export(frame) else likely
        target = st.selectbox("Target column", columns, index=likely)
        _remember_target(target)
        described = stored_tables.target(table_id, target)
        if described.numeric_many:
            offer_bins(table_id, target, filename)
            return None
        if len(described.classes) > workspace_projects.MOST_CLASSES:
            st.warning(elements.plain(described.advice), icon=":material/category:")
            st.button("Another table", on_click=discard_draft, type="tertiary")
            return None
        answers = ask_about_labels(f"{table_id}_{target}", described.unread, described.alike)
        described = stored_tables.target(table_id, target, tuple(answers.items()))
        found = [name for name, _ in described.classes]
        st.caption(elements.plain(describe_classes(described)))
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
    with st.expander("Goal, name, strategy", icon=":material/tune:"):
        name = st.text_input("Project name", filename.rsplit(".", 1)[0])
        goal = st.number_input(
            "Goal (labels)", 1, len(frame), workspace_projects.default_goal(len(frame), max(2, len(drafts)))
        )
        annotator = st.text_input("Your name, kept beside each label", st.session_state.get("annotator", ""))
        strategy = first_strategy(mode)
    buttons = st.container(horizontal=True, vertical_alignment="center")
    label = "Start practising" if mode == "practise" else "Start labelling"
    pressed = buttons.button(label, type="primary", icon=":material/arrow_forward:")
    buttons.button("Another table", on_click=discard_draft, type="tertiary")
    if pressed:
        project = workspace_projects.begin(
            stored_tables.with_answers(table_id, target, answers) if target is not None else table_id,
            name,
            filename=filename,
            target=target,
            mode=mode,
            classes=drafts,
            goal=int(goal),
            annotator=annotator,
            strategy=strategy,
        )
        st.session_state.annotator = annotator
        discard_draft()
        return project
    return None


def _remember_target(target: str | None) -> None:
    """Note the chosen column in the draft, which another message may have discarded by now."""
    if (opened := st.session_state.get("draft")) is not None:
        opened["target"] = target


def describe_classes(described: Target) -> str:
    if described.advice and not described.classes:
        return described.advice
    listed = wording.listed([f"{name} ({count:,})" for name, count in described.classes], 12)
    if not listed:
        return "The column is empty: name the classes below."
    missing = f"; {described.missing:,} rows are without a label" if described.missing else ""
    padded = f" Spaces around {described.padded:,} labels are no part of them." if described.padded else ""
    return f"Classes: {listed}{missing}.{padded}"


def name_classes(found: list[str], mode: Mode) -> list[ClassDraft]:
    """Ask for the classes and their guidelines; return the classes of the column and the classes that were typed."""
    drafts = [ClassDraft(name) for name in found]
    if mode == "label":
        typed = st.text_input(
            "Classes" if not found else "Further classes",
            placeholder="for example: good, bad",
            help="Separated by commas; spaces around a name, and doubled ones in it, do not count. "
            "More can be added, and these renamed or merged, while you label.",
        )
        further = [name for name in map(composed, typed.split(",")) if name and name not in found]
        answers = ask_about_labels("typed", [], spelled_otherwise(found, further))
        drafts += [ClassDraft(name) for name in dict.fromkeys(further) if answers.get(name, name) == name]
    if drafts and len(drafts) <= 30:
        with st.expander("Guidelines", icon=":material/menu_book:"):
            st.caption("When does a row belong to a class? Shown beside the class while labelling.")
            return [
                ClassDraft(d.name, st.text_input(elements.plain(d.name), d.guideline, key=f"guideline_{k}_{d.name}"))
                for k, d in enumerate(drafts)
            ]
    return drafts


def offer_bins(table_id: str, target: str, filename: str) -> None:
    """Offer to bin a column of numbers with many values into a few classes."""
    described = stored_tables.target(table_id, target)
    st.warning(
        elements.plain(f"“{target}” holds numbers of many values, and DAMI learns classes. Bin it into a few:"),
        icon=":material/bar_chart:",
    )
    bins = st.slider("Classes of about equal size", 2, 6, 3)
    values = stored_tables.table(table_id)[target]
    binned = bin_target(values, bins)
    counts = values.groupby(binned).agg(["min", "size"]).sort_values("min")["size"]
    st.caption(elements.plain(", ".join(f"{name} ({count:,})" for name, count in counts.items())))

    def use() -> None:
        draft(stored_tables.with_meaning(table_id, target, binned), filename)

    def use_each() -> None:
        draft(stored_tables.with_kinds(table_id, {target: "category"}), filename)

    with st.container(horizontal=True):
        st.button("Use these classes", on_click=use, type="primary")
        if len(described.classes) <= workspace_projects.MOST_CLASSES:
            st.button(
                f"Each of the {len(described.classes)} numbers is a class",
                on_click=use_each,
                help="Numbers may be codes, such as those of an occupation or a fault.",
            )
        st.button("Another table", on_click=discard_draft, type="tertiary")
