"""Shows a row group, a cell or a lasso: its labels, disagreements and mean local model; labels its rows together."""

import numpy as np
import pandas as pd
import streamlit as st

from dami.errors import DamiError
from dami.store import annotations, models
from dami.store.events import MARKS
from dami.store.records import Project
from dami.ui import elements
from dami.ui.explore import answers
from dami.ui.explore.chosen import choose_row
from dami.views import plots
from dami.views.colors import NEUTRAL, class_color
from dami.workspace.exploring import row_groups
from dami.workspace.projects.labels import class_list, shown_predictions


def group_panel(
    project: Project, group: row_groups.Group, labels: dict[int, int], trained: bool, guesses: bool
) -> None:
    names = class_list(project.id).names
    n = len(group.rows)
    if group.center is not None and group.spread is not None:
        center = f"row {group.center}"
        center += f", {names[labels[group.center]]}" if group.center in labels else ""
        st.text(
            f"{n:,} rows nearest to {center}. Their distance to it: {group.spread[0]:.3g} in the middle, "
            f"{group.spread[1]:.3g} at most."
        )
    else:
        st.text(f"{n:,} rows")
    known = sum(group.labels.values())
    counts = ", ".join(f"{names[class_id]} {count:,}" for class_id, count in group.labels.items())
    st.text(f"Labelled: {known:,}" + (f" ({counts})" if counts else ""))
    _disagreements(group, guesses)
    _bulk(project, group)
    if trained:
        if guesses:
            _guesses(project, group)
        try:
            _local_model(project, group, guesses)
        except DamiError as error:
            st.info(elements.plain(error), icon=":material/neurology:")


def _disagreements(group: row_groups.Group, guesses: bool) -> None:
    listed = [("Labels worth a second look", group.doubted)]
    if guesses:
        listed.append(("Predicted otherwise than the centre's label", group.otherwise))
    for title, found in listed:
        if found:
            st.caption(f"{title}: {len(found):,}")
            with st.container(horizontal=True, gap="small"):
                for row in found[:12]:
                    st.button(f"Row {row}", key=f"group_{title}_{row}", on_click=choose_row, args=(row,))


def _bulk(project: Project, group: row_groups.Group) -> None:
    listed = class_list(project.id)
    shown, names = listed.shown, listed.names
    saw, annotator = annotations.last_event(project.id), st.session_state.get("annotator")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        class_id = st.selectbox(
            "Class for all",
            [entry.id for entry in shown],
            index=None,
            format_func=lambda class_id: names[class_id],
            placeholder="Choose",
            width=170,
            key="bulk_class",
        )
        relabel = st.toggle(
            "Labelled ones too", key="bulk_relabel", help="Off: only rows without a label are given the class."
        )
        rows = group.relabelable if relabel else group.open
        st.button(
            f"Label {len(rows):,} rows",
            type="primary",
            disabled=not rows or class_id is None,
            on_click=answers.label_rows,
            args=(project, rows, class_id, saw, annotator),
            key="bulk_label",
        )
        for action in MARKS:
            st.button(
                action.capitalize(),
                disabled=not rows,
                on_click=answers.mark_rows,
                args=(project, rows, action, saw, annotator),
                key=f"bulk_{action}",
            )


def _guesses(project: Project, group: row_groups.Group) -> None:
    model = models.latest(project.id)
    assert model is not None
    said = shown_predictions(project, model)
    codes = said.codes[group.rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(said.classes))
    order = np.argsort(-counts, kind="stable")
    st.text("Predicted: " + ", ".join(f"{said.classes[k].name} {counts[k]:,}" for k in order if counts[k]))


def _local_model(project: Project, group: row_groups.Group, guesses: bool) -> None:
    mean = row_groups.mean_model(project, group.rows)
    over = f"the mean local model of {mean.n_rows:,} of these rows" if mean.n_rows < len(group.rows) else "their mean"
    if not guesses or len(mean.classes) < 2:
        st.caption(f"Local models: {over}. The longer a bar, the more the feature counts.")
        weights = np.sqrt((mean.weights**2).sum(axis=0))
        sides = (NEUTRAL, NEUTRAL)
    else:
        by_value = class_list(project.id).by_value
        model = models.latest(project.id)
        assert model is not None
        said = shown_predictions(project, model)
        codes = said.codes[group.rows]
        ids = [said.classes[k].id for k in np.argsort(-np.bincount(codes[codes >= 0], minlength=len(said.classes)))]
        place = {by_value[value].id: k for k, value in enumerate(mean.classes)}
        first, second = (next(entry for entry in said.classes if entry.id == class_id) for class_id in ids[:2])
        st.caption(
            f"Local models: {over}. To the right it speaks for {elements.plain(first.name)}, to the left for "
            f"{elements.plain(second.name)}."
        )
        weights = mean.weights[place[first.id]] - mean.weights[place[second.id]]
        sides = (class_color(second.id), class_color(first.id))
    frame = pd.DataFrame({"feature": mean.features, "weight": weights})
    elements.figure(plots.local_model_bars(frame, colors=sides), "group_model")
