"""Shows the advice when to stop, its reasons, and the controls of the audit, which makes the advice better."""

import streamlit as st

from dami.selection.stopping import AuditResult
from dami.store import audits
from dami.store.records import Project
from dami.ui import elements, state
from dami.views import plots
from dami.workspace.annotating import audit_sample, stopping_advice

ICONS = {"unknown": "hourglass_empty", "go on": "arrow_forward", "settled": "balance", "stop": "flag"}
AUDIT_HELP = (
    "Rows drawn at random from those without an answer. You label them like all others, but the network does not learn "
    "from them, so they say honestly how accurate it is on the rest. Their number is fixed before."
)


def draw(project: Project) -> None:
    size = state.sent("audit_size")
    if size is None:
        return
    with elements.keep_error("audit_error"):
        audit_sample.draw(project, int(size))
    elements.rerun(["label_pad", "label_advice"])


def release(project: Project) -> None:
    with elements.keep_error("audit_error"):
        audit_sample.release(project)
    elements.rerun(["label_pad", "label_advice", "progress"])


def stopping_panel(project: Project) -> None:
    """Draw the advice and the audit's controls. It has to be quick, because it is drawn again after every round."""
    status = stopping_advice.status(project)
    advice = status.advice
    with st.container(border=True, gap="small"):
        st.markdown(f":material/{ICONS[advice.verdict]}: **When to stop.** {elements.plain(advice.sentence)}")
        with st.container():  # with or without something in it, what follows keeps its place
            elements.show_notice("audit_error")
            if audits.open_audit(project.id) is not None:
                _open_audit(project, status.audit)
        # The server knows whether it is open. So a network that draws the panel anew does not close it, and the browser
        # loads no Plotly for curves that nobody sees.
        reasons = st.expander(
            "Why, and how to know better", icon=":material/query_stats:", key="stopping_why", on_change="rerun"
        )
        if reasons.open:
            with reasons:
                _reasons(project, status)


def _reasons(project: Project, status: stopping_advice.StoppingStatus) -> None:
    advice = status.advice
    if advice.reasons:
        st.markdown("\n".join(f"- {elements.plain(sentence)}" for sentence in advice.reasons))
    if advice.missing:
        st.caption("What would make the advice better")
        st.markdown("\n".join(f"- {elements.plain(sentence)}" for sentence in advice.missing))
    if audits.open_audit(project.id) is None and status.changes:
        _offer_audit(project)
    if status.changes:
        labels, shares = zip(*status.changes, strict=True)
        st.caption("Share of the predictions that each round changed")
        elements.figure(plots.progress_curve(labels, shares, "changed", share=True), "changes")
    if status.radii:
        st.caption("Covering radius after so many labels, all under the present network")
        curve = plots.progress_curve(status.radii.labels, status.radii.radii, "distance")
        elements.figure(curve, "radii")


def _open_audit(project: Project, result: AuditResult | None) -> None:
    done = audit_sample.progress(project) or {"answered": 0, "size": 0}
    with st.container(horizontal=True, vertical_alignment="center"):
        if result is not None and result.complete:
            low, high = result.bounds
            st.markdown(
                f"Audit: the network is right on {result.correct} of {result.labeled} rows, so on "
                f"**{low:.0%} to {high:.0%}** of the rest (95 %)."
            )
        else:
            st.markdown(f"Audit: {done['answered']} of {done['size']} rows judged. They are asked first.")
        st.button(
            "Release the rows",
            on_click=release,
            args=(project,),
            help="Ends the estimate and lets the network learn from these rows.",
        )


def _offer_audit(project: Project) -> None:
    left = len(audit_sample.remainder(project))
    if not left:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        proposed = audit_sample.proposed_size(project)
        st.number_input("Rows in the audit", 1, left, proposed, key="audit_size", width=160, help=AUDIT_HELP)
        st.button("Draw an audit", icon=":material/casino:", on_click=draw, args=(project,))
