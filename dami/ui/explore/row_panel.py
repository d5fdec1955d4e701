"""Shows one row: its label, the network's guess if the annotator asks for it, its local model, its values."""

import numpy as np
import pandas as pd
import streamlit as st

from dami.errors import DamiError
from dami.store import annotations
from dami.store.records import Project
from dami.ui import elements
from dami.views import plots
from dami.views.colors import NEUTRAL, class_color
from dami.workspace.annotating import row_cards
from dami.workspace.projects.labels import audit_rows, class_list
from dami.workspace.projects.stored_tables import written


def row_panel(project: Project, row: int, labels: dict[int, int], trained: bool, guesses: bool) -> None:
    listed = class_list(project.id)
    given = annotations.current(project.id).get(row)
    if row in labels:
        who = "by you" if given and given.source == "human" else "by the oracle" if given else "in the table"
        st.text(f"Labelled {listed.names[labels[row]]} {who}")
    else:
        st.text(f"Not labelled ({given.action})" if given else "Not labelled")
    if note := annotations.notes(project.id).get(row):
        st.text(f"Note: {note}")
    if not trained:
        st.info("The local linear model is shown once a network is trained.", icon=":material/neurology:")
    else:
        if guesses and row in audit_rows(project):
            guesses = False
            st.caption("A row of the audit: the guess stays hidden, it would lead you and the estimate with you.")
        try:
            _local_model(project, row, guesses)
        except DamiError as error:
            st.info(elements.plain(error), icon=":material/neurology:")
    opened = written(project.table_id)
    names = [str(name) for name in opened.frame.columns if name != project.target]
    values = pd.DataFrame(
        {"column": [*map(elements.breakable, names)], "value": [opened.texts(name, [row]).iloc[0] for name in names]}
    )
    st.table(values.map(elements.plain), hide_index=True, border="horizontal", height=220)


def _local_model(project: Project, row: int, guesses: bool) -> None:
    local = row_cards.local_model(project, row)
    if not guesses:
        st.caption(
            "In this row's region the network is exactly a linear model. The longer a bar, the more the feature "
            "counts; for which class is shown with the model's guesses."
        )
        lengths = np.sqrt((local.weights**2).sum(axis=0))
        weights = pd.DataFrame({"feature": local.features, "weight": lengths})
        elements.figure(plots.local_model_bars(weights, colors=(NEUTRAL, NEUTRAL)), "local_model")
        return
    by_value = class_list(project.id).by_value
    best = np.argsort(-local.probabilities, kind="stable")
    first, second = (by_value[local.classes[place]] for place in best[:2])
    shares = [f"{local.probabilities[place]:.0%}" for place in best[:2]]
    st.text(f"The network says {first.name} ({shares[0]}), then {second.name} ({shares[1]})")
    st.caption(
        "In this row's region the network is exactly this linear model. To the right: the higher the value, the "
        f"more it speaks for {elements.plain(first.name)}; to the left, for {elements.plain(second.name)}."
    )
    weights = pd.DataFrame({"feature": local.features, "weight": local.weights[best[0]] - local.weights[best[1]]})
    sides = (class_color(second.id), class_color(first.id))
    elements.figure(plots.local_model_bars(weights, colors=sides), "local_model")
