"""Shows how sure the network is against how often it is right, and which classes nothing has tested."""

import plotly.graph_objects as go
import streamlit as st

from dami.store.model_records import Reliability
from dami.store.records import Model, Project
from dami.ui import elements
from dami.views.reliability_plot import reliability_diagram
from dami.workspace.training import class_evidence, reliability

TEST = (
    "Each point stands for about equally many rows; the bars are 95 % bounds (Clopper-Pearson). On the dotted line, a "
    "network is right as often as it says. The sentence calls the confidence off if a test finds it so, which calls at "
    "most 5 in 100 calibrated networks off. With few rows the test misses much: the bounds say how much."
)


def reliability_panel(project: Project, model: Model) -> None:
    """Draw the section; of a network that is not measured, only what has to be said of single classes."""
    quality, found = model.summary.quality, model.summary.reliability
    unproven = class_evidence.sentences(project, model)
    if quality is None and not unproven:
        return
    st.subheader("How far its confidence holds", anchor=False, help=TEST)
    left, right = st.columns(2, gap="large", vertical_alignment="center")
    with left:
        if found is not None:
            st.markdown(elements.plain(reliability.verdict(found)))
            st.markdown(elements.plain(reliability.surest(found)))
        elif quality is not None:
            st.markdown("An earlier version of DAMI has not measured this: Train does it.")
        for sentence in unproven:
            st.markdown(elements.plain(sentence))
        if found is not None and quality is not None and quality.kind == "cross-validated":
            st.caption(
                "Said by members that had not seen the label. These rows were chosen: only an audit tells of the rest."
            )
    if found is not None:
        with right:
            elements.figure(_drawn(found), "reliability")


def _drawn(found: Reliability) -> go.Figure:
    return reliability_diagram(
        [one.confidence for one in found.bins],
        [one.share for one in found.bins],
        [(one.lower, one.upper) for one in found.bins],
        [reliability.point(one) for one in found.bins],
    )
