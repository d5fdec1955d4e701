"""Draws the form that imports labels from a file: choose the file and its key, see conflicts, import the labels."""

import pandas as pd
import streamlit as st

from dami import wording
from dami.store.records import Project
from dami.tables.columns import Answers
from dami.tables.reading import READERS
from dami.ui import elements
from dami.ui.data.reading_choices import read_upload
from dami.ui.data.spellings import ask_about_labels
from dami.workspace.projects import edit_classes
from dami.workspace.transfer import import_labels, match_rows
from dami.workspace.transfer.import_labels import ImportPreview
from dami.workspace.transfer.match_rows import Key, Pair

MOST_SHOWN = 1_000  # the most conflicts in the list
OURS, THEIRS = "Keep the project's labels", "Take the file's labels"
ADD, LEAVE_OUT = "Add them as classes", "Leave their rows out"


def bring_in(
    project: Project,
    table: str,
    key: Key,
    label: str,
    filename: str,
    take_theirs: bool,
    add_classes: bool,
    answers: Answers,
) -> None:
    with elements.keep_error("import_error"):
        n_labels = import_labels.bring_in(project, table, key, label, filename, take_theirs, add_classes, answers)
        labels = wording.count(n_labels, "label was", "labels were")
        elements.keep_success(
            "import_error",
            f"{labels} imported into {project.name}, in one step: Undo on Explore takes all back, new classes too.",
        )
        st.session_state.import_round = st.session_state.get("import_round", 0) + 1


def import_form(project: Project, expanded: bool = False) -> None:
    """Offer to import labels into a project; a notice above the form tells the result of the last time."""
    elements.show_notice("import_error")
    title = f"Import labels into {elements.plain(project.name)} from a file"
    with st.expander(title, expanded=expanded, icon=":material/new_label:"):
        st.caption(
            "A table with a column of labels, made elsewhere or by others. Its rows are found by a key column that "
            "both tables have, by a number of the row, or by their order."
        )
        _form(project)


@elements.failing
def _form(project: Project) -> None:
    round_ = st.session_state.get("import_round", 0)
    uploaded = st.file_uploader("The file with labels", type=[*READERS], key=f"labels_{project.id}_{round_}")
    table = read_upload("import_read", uploaded)
    if uploaded is None or table is None:
        return
    with st.spinner("Comparing the files…"):
        keys = match_rows.keys(project, table)
    if not keys:
        elements.show_error(
            "No column tells which row is meant: a key is in both tables, and tells every row of the project apart. "
            "A column “row” with the row's number, counted from 0, does as well."
        )
        return
    left, right = st.columns(2)
    key = left.selectbox("Rows are found by", keys, format_func=lambda key: key.words, key=f"import_key_{table}")
    columns = import_labels.label_columns(project, table, key)
    if not columns:
        elements.show_error("The file has no column beside the key: add one with the labels.")
        return
    label = right.selectbox("Column of the labels", columns, key=f"import_label_{table}_{key.column}")
    _show_pairs(match_rows.pairs(project, table, key))
    answers = ask_about_labels(f"import_{table}_{label}", *import_labels.questions(project, table, key, label))
    seen = import_labels.preview(project, table, key, label, answers)
    _say(seen)
    add_classes = _ask_about_classes(project, seen)
    take_theirs = _ask_about_conflicts(seen)
    n_labels = seen.n_imported(take_theirs, add_classes)
    st.button(
        f"Import {wording.count(n_labels, 'label')}",
        type="primary",
        disabled=not n_labels,
        on_click=bring_in,
        args=(project, table, key, label, uploaded.name, take_theirs, add_classes, answers),
    )


def _show_pairs(pairs: list[Pair]) -> None:
    """Show some rows of the file beside ours: whether they are the same, a person sees at once."""
    if pairs:
        st.caption("Are these the same rows? Nothing is stored before you import.")
        rows = [[elements.plain(text) for text in (pair.theirs, f"{pair.row}", pair.ours)] for pair in pairs]
        listed = pd.DataFrame(rows, columns=["in the file", "row here", "in the project"])
        st.table(listed, hide_index=True, border="horizontal")


def _say(seen: ImportPreview) -> None:
    counts = {
        "Rows found": seen.n_found,
        "Not found": len(seen.not_found),
        "Ambiguous": len(seen.ambiguous),
        "In conflict": len(seen.conflicts),
    }
    with st.container(horizontal=True):
        for name, n in counts.items():
            st.metric(name, f"{n:,}", border=True, width=150)
    labels = wording.count(len(seen.new), "row has", "rows have")
    lines = [f"{labels} no label yet; {seen.same:,} already have the file's label."]
    if seen.respelled:
        theirs, ours = seen.respelled[0]
        rows = wording.count(len(seen.respelled), "row is", "rows are")
        lines.append(f"{rows} found by the value of a key that is written otherwise here: {ours} for {theirs}.")
    if seen.not_found:
        lines.append(f"Not in the table of the project: {wording.listed(seen.not_found, 10)}.")
    if seen.ambiguous:
        rows = wording.listed([f"{row:,}" for row in seen.ambiguous], 10)
        lines.append(f"The file names these rows more than once, with different labels; they stay out: {rows}.")
    if seen.predicted:
        lines.append(
            f"{seen.predicted:,} labels of the file are a network's predictions (label_source is model) and stay out."
        )
    if seen.unlabeled:
        lines.append(f"{seen.unlabeled:,} rows of the file have no label.")
    if seen.padded:
        lines.append(f"Spaces around {wording.count(seen.padded, 'label')} are no part of the class.")
    for line in lines:
        st.caption(elements.plain(line))


def _ask_about_classes(project: Project, seen: ImportPreview) -> bool:
    if not seen.unknown:
        return False
    named = [f"{name} ({count:,})" for name, count in seen.unknown.items()]
    st.text(f"Not among the classes of the project: {wording.listed(named, 10)}.")
    if len(seen.unknown) > edit_classes.free_places(project):
        st.caption("They are too many to become classes, so their rows are left out. Is this the column of the labels?")
        return False
    answer = st.radio("What shall become of them?", [LEAVE_OUT, ADD], horizontal=True, key="import_classes")
    return answer == ADD


def _ask_about_conflicts(seen: ImportPreview) -> bool:
    if not seen.conflicts:
        return False
    listed = pd.DataFrame(
        {
            "row": [conflict.row for conflict in seen.conflicts[:MOST_SHOWN]],
            "in the project": [conflict.ours for conflict in seen.conflicts[:MOST_SHOWN]],
            "in the file": [conflict.theirs for conflict in seen.conflicts[:MOST_SHOWN]],
        }
    )
    st.caption("Rows with another label" + (f", the first {MOST_SHOWN:,}" if len(seen.conflicts) > MOST_SHOWN else ""))
    st.dataframe(listed, hide_index=True, height=min(280, 38 + 35 * len(listed)))
    return st.radio("Where they contradict", [OURS, THEIRS], horizontal=True, key="import_conflicts") == THEIRS
