"""Shows how the network stands among its rivals: a sentence, a table of their scores, and what that means."""

import numpy as np
import pandas as pd
import streamlit as st

from dami.store import jobs
from dami.store.records import Model, Project
from dami.studies import rivals
from dami.studies.rivals import Standings
from dami.ui import elements
from dami.workspace.app_folder import page_file
from dami.workspace.comparing import rivals_job
from dami.workspace.projects.labels import audit_rows, known, without

WHAT = (
    "Three classifiers of other kinds, its rivals, learn from the same labels: logistic regression, a random forest "
    "and gradient boosting. Each of the four is asked about rows that it has not seen, a fifth at a time."
)
HOW = (
    "A difference is in points of accuracy, rival less network; its bounds hold for all three rivals at once, for one "
    "look: whoever compares after every round will some day see one by chance. The network, too, is trained again "
    "without each fifth, so its accuracy here is not quite the one above. The mean of network and random forest is no "
    "rival, and has no bounds: it is what the two say together."
)


@elements.failing
def rivals_panel(project: Project, model: Model) -> None:
    """Draw the section of the newest network; if only an older one was compared, say so."""
    elements.show_notice("rivals")
    st.caption(WHAT)
    newest, active = rivals_job.newest(project), rivals_job.running(project)
    is_done = newest is not None and newest[0] == model.number
    if active is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Stop", icon=":material/stop:", on_click=stop, args=(active.id,), key="rivals_stop")
            number = rivals_job.RivalsRequest.of(active).model
            st.caption(f"Network {number} is being compared; the result appears here.")
    elif not is_done:
        _offer(project, model)
    if newest is not None:
        number, found = newest
        if not is_done:
            st.warning(
                f"What follows is of network {number}, an older one: network {model.number} has not been compared.",
                icon=":material/history:",
            )
        _show(found, is_done)


def start(project: Project) -> None:
    with elements.keep_error("rivals"):
        rivals_job.start(project)


def stop(job: int) -> None:
    with elements.keep_error("rivals"):
        jobs.cancel(job)


def _offer(project: Project, model: Model) -> None:
    """Draw the button that starts a comparison, or say what it lacks; and how the last one ended."""
    last = rivals_job.ended_without_result(project, model)
    if last is not None and last.state == "failed":
        elements.show_error(last.message)
    labels = without(audit_rows(project), known(project))
    lacking = rivals.obstacle(np.array(list(labels.values())))
    if lacking:
        st.info(elements.plain(lacking), icon=":material/edit_note:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Compare network {model.number} with its rivals",
            icon=":material/balance:",
            on_click=start,
            args=(project,),
            key="rivals_start",
        )
        stopped = last is not None and last.state == "cancelled"
        st.caption("Stopped before it was finished." if stopped else "It takes seconds, and changes nothing.")


def _show(found: Standings, is_newest: bool) -> None:
    if found.obstacle:
        st.info(elements.plain(found.obstacle), icon=":material/edit_note:")
        return
    st.markdown(f"**{elements.plain(found.sentence)}**")
    st.table(_table(found), hide_index=True, border="horizontal", width="content")
    st.caption(f"{rivals.CAUTION} {HOW}")
    if found.instead is not None and is_newest:
        who = rivals.named(found.instead)
        st.markdown(
            f"For the rows without a label, you may export the predictions of {who} instead. Unless you do, "
            "they are the network's. What is asked for, the map, local models and model files remain its own anyway."
        )
        st.page_link(page_file("export"), label="Export", icon=":material/arrow_forward:")


def _table(found: Standings) -> pd.DataFrame:
    apart = {one.rival: one for one in found.differences}
    rows = []
    for score in found.scores:
        one = apart.get(score.model)
        rows.append(
            {
                "model": score.model,
                "accuracy": f"{score.accuracy:.1%}",
                "difference": "" if one is None else _signed(one.value),
                "95\N{NO-BREAK SPACE}% bounds": "" if one is None else f"{_signed(one.low)} to {_signed(one.high)}",
                "balanced accuracy": f"{score.balanced_accuracy:.1%}",
                "log loss": f"{score.log_loss:.3f}",
            }
        )
    return pd.DataFrame(rows).map(elements.plain)


def _signed(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "\N{MINUS SIGN}")
