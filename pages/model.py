"""Draws the page Model: train the network, watch its training, see its settings and its accuracy."""

import pandas as pd
import streamlit as st

from dami.store import jobs, models
from dami.ui import elements, state
from dami.ui.components import curve
from dami.ui.model.reliability_panel import reliability_panel
from dami.ui.model.rivals_panel import rivals_panel
from dami.views import plots
from dami.workspace.app_folder import page_file
from dami.workspace.projects import labels
from dami.workspace.training import quality, rounds

project = state.require_project("Model")
elements.heading(
    "Model", "A small ReLU network, trained from scratch on the labels so far; every setting is derived.", project
)

model = models.trained(project.id)
labeled = len(labels.known(project))


def train() -> None:
    rounds.start(project.id, pace=4.0 if st.session_state.get("slowly") else 0.0)


if model is None and not labels.of_two_classes(project):
    st.info(
        "No network yet: it needs labels of at least two classes. "
        "Until then DAMI asks for rows that are far apart in the table itself.",
        icon=":material/neurology:",
    )
    st.page_link(page_file("label"), label="Label rows", icon=":material/arrow_forward:")
    st.stop()

with st.container(horizontal=True, vertical_alignment="center"):
    st.button("Train", type="primary", icon=":material/play_arrow:", on_click=train)
    st.toggle(
        "Slowly enough to watch",
        value=project.mode == "practise",
        key="slowly",
        help="Stretches training to four seconds; the result is the same.",
    )
    if rounds.is_current(project, model):
        st.caption("The network has seen every label.")
    elif model is not None:
        st.caption("There are newer labels than this network has seen.")

last = jobs.latest(project.id, rounds.KIND)
history = model.summary.history if model else ()
running = rounds.running(project.id)
if running is not None:
    history = running.history
curve(
    "curve",
    {
        "history": history,
        "steps": history[-1].step if history and running is None else None,
        "title": "Loss and accuracy on the labels it is trained on",
    },
)

if model is None:
    st.info(
        f"No network yet, but there are {labeled:,} labels: Train begins now, or the next round on Label does.",
        icon=":material/neurology:",
    )
    st.stop()

facts = model.summary
measured = facts.quality
first, second, third, fourth = st.columns(4)
first.metric("Accuracy", f"{measured.accuracy:.1%}" if measured else "–", border=True)
second.metric("Balanced accuracy", f"{measured.balanced_accuracy:.1%}" if measured else "–", border=True)
third.metric("Linear regions", f"{facts.n_regions:,}", border=True, help="Distinct activation patterns of the rows.")
fourth.metric("Parameters", f"{facts.n_parameters:,}", border=True)
if measured:
    st.caption(f"Accuracy {measured.note}. Network {model.number}, trained on {model.n_labeled:,} labels.")
else:
    why = quality.obstacle(project)
    if why is None:
        why = "was not measured: Train does it." if running is None else "is being measured."
    st.caption(f"Network {model.number}, trained on {model.n_labeled:,} labels. Its accuracy {why}")

reliability_panel(project, model)
left, right = st.columns(2, gap="large")
with left:
    if measured:
        st.subheader("Where it errs", anchor=False)
        elements.figure(plots.confusion_matrix(measured.confusion, measured.names), "confusion")
    st.subheader("Regions", anchor=False)
    n = facts.rows_alone_in_region
    st.markdown(
        f"Inside a **linear region** the network is one linear model. The table's rows lie in "
        f"**{facts.n_regions:,}** regions; **{n:,}** rows have one to themselves, "
        f"and the fullest holds **{facts.largest_region:,}**."
    )
with right:
    st.subheader("The network", anchor=False)
    elements.figure(plots.network_drawing(facts.layer_sizes), "network")

st.subheader("Is this network the right model here?", anchor=False)
rivals_panel(project, model)

st.subheader("What was derived, and why", anchor=False)
derived = pd.DataFrame(facts.derived).rename(columns={"name": "setting"}).astype(str)
st.table(derived.map(elements.plain), hide_index=True, border="horizontal", width="content")
if facts.left_out:
    st.subheader("Columns the model does not see", anchor=False)
    left_out = pd.DataFrame({"column": list(facts.left_out), "reason": list(facts.left_out.values())})
    if len(left_out) > 12:
        st.dataframe(left_out, hide_index=True, width="stretch")
    else:
        st.table(left_out.map(elements.plain), hide_index=True, border="horizontal", width="content")
