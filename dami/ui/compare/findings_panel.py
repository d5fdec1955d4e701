"""Shows what a comparison has found: verdicts, curves and a table, and on the map what each strategy picked."""

import streamlit as st

from dami import wording
from dami.selection.strategies import STRATEGIES
from dami.store.records import Project
from dami.ui import elements, state
from dami.views import comparison_plots
from dami.workspace.comparing import findings
from dami.workspace.comparing.experiment_job import Known
from dami.workspace.exploring import maps

BAND = (
    "Bands: 95 % bootstrap bounds of the mean over seeds, without what all strategies share in a seed (its split, its "
    "first labels)."
)
MODES = {"labelled": "Labelled so far", "round": "By round"}


def results(project: Project, labels: Known, ready: bool, had_results: bool) -> None:
    """Show the findings so far; draw the whole page again when the comparison ends or has finished its first seed."""
    now = findings.last(project, labels)
    if now is None:
        if ready:
            _nothing_yet()
        return
    active = st.session_state.get("compare_active")
    st.session_state.compare_active = now.active
    if (active and not now.active) or (bool(now.finished) and not had_results):
        elements.rerun()
    if now.stale and not now.active:
        n = now.facts.n_rows if now.facts else None
        of = f"This is of the {n:,} labels of then" if n else "What follows is of the labels of then"
        st.warning(
            f"The labels, or DAMI, have changed since. {of}; compare again for those of now.", icon=":material/history:"
        )
    if now.facts and now.facts.caution:
        st.warning(elements.plain(now.facts.caution), icon=":material/info:")
    if not now.finished:
        with st.container(border=True, height=220, vertical_alignment="center", horizontal_alignment="center"):
            st.markdown(_waiting(now), width="content")
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(_progress(now))
        measure = st.segmented_control(
            "Measure",
            list(findings.MEASURES),
            key="compare_measure",
            default="balanced_accuracy",
            required=True,
            format_func=lambda name: findings.MEASURES[name],
            label_visibility="collapsed",
            help="Balanced accuracy counts every class alike, however rare it is.",
        )
    with st.container(border=True, gap="xsmall"):
        for sentence in findings.verdicts(now, measure):
            st.markdown(elements.plain(sentence))
    with st.container(key="compare_sides"):
        left, right = st.columns([4, 3], gap="medium")
    with left:
        curves = findings.curves(now, measure)
        drawn = comparison_plots.strategy_curves(
            curves,
            findings.MEASURES[measure].lower(),
            {name: findings.title(name) for name in now.settings.strategies},
            list(STRATEGIES),
        )
        elements.figure(drawn, "compare_curves")
        st.caption(f"{BAND} Measured on a third of the rows, which no strategy may ask for. Click a name to hide it.")
    with right:
        _table(now, measure)
        st.download_button(
            "Records as CSV",
            findings.export(now),
            "comparison.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="A row for every strategy, seed and round.",
        )


def _nothing_yet() -> None:
    with st.container(border=True, height=220, vertical_alignment="center", horizontal_alignment="center"):
        st.markdown(
            "Press **Compare**. Six strategies label this table again, ten times over, from the labels that are known; "
            "each is measured on rows that it may not ask for. Curves appear as the runs finish, and you can stop at "
            "any time.",
            width=560,
        )


def _waiting(now: findings.Compared) -> str:
    if now.active:
        return "The first seed is under way; its curves appear here in a moment."
    if now.state == "failed":
        return "The comparison did not come to its first seed. Press Compare to try again."
    return "Stopped before the first seed was finished."


def _progress(now: findings.Compared) -> str:
    done = len(now.finished)
    if now.active:
        return f"**{done} of {now.seeds} seeds** so far; each one sharpens what follows."
    if done < now.seeds:
        return f"**{done} of {now.seeds} seeds**, then stopped: *Go on* runs the rest."
    return f"**{wording.count(done, 'seed')}**, {now.n_rounds} rounds each."


def _table(now: findings.Compared, measure: str) -> None:
    frame = findings.ranking(now, measure)
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        frame,
        hide_index=True,
        placeholder="",
        key="compare_table",
        column_config={
            "strategy": text("Strategy", width=95, pinned=True),
            "rank": number("Rank", width=50, format="%g", help="By the mean area over seeds."),
            "area": number(
                "Area", width=58, format="%.1f", help=f"Mean {findings.MEASURES[measure].lower()} on the way, in %."
            ),
            "difference": number(
                "vs random", width=85, format="%+.1f", help="Points of the area, the mean over seeds."
            ),
            "bounds": text("95 %", width=108, help="Bounds of that mean, by a bootstrap over seeds."),
            "record": text("W / T / L", width=80, help="Seeds on which it won against random, tied, lost."),
            "seconds": number(
                "s a round", width=80, format="%.3f", help="Choosing and training, of one run in its batch."
            ),
        },
    )


def steps(project: Project, labels: Known) -> None:
    """Show the map with the rows that a strategy has labelled up to a round, for one seed."""
    now = findings.last(project, labels)
    if now is None or not now.finished:
        return
    st.subheader("What each strategy picked", anchor=False)
    strategies, n_rounds = list(now.settings.strategies), now.n_rounds
    for key, allowed in (("compare_strategy", strategies), ("compare_seed", now.finished)):
        if st.session_state.get(key) not in allowed:
            st.session_state.pop(key, None)
    if st.session_state.get("compare_round", 0) > n_rounds:
        st.session_state.pop("compare_round", None)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        strategy = st.segmented_control(
            "Strategy",
            strategies,
            default=strategies[0],
            required=True,
            key="compare_strategy",
            format_func=findings.title,
        )
        number = st.slider("Round", 0, n_rounds, 1, key="compare_round", width=320, help="0: the initial labels.")
        mode = st.segmented_control(
            "Colour",
            list(MODES),
            default="labelled",
            required=True,
            key="compare_mode",
            format_func=lambda name: MODES[name],
        )
        seed = st.selectbox("Seed", now.finished, key="compare_seed", width=100)
    rows = findings.picks(project, now, strategy, seed)
    if rows is None:
        st.info("These picks are gone: compare again to have them anew.", icon=":material/history:")
        return
    picture = maps.data(project, None, state.held_map(project))
    marked = findings.step(rows, now.settings, n_rounds, number, mode == "round")
    greyed = findings.held_out(project, now, seed, picture["n"])
    elements.rows_map("compare_map", project, picture, height=520, greyed=greyed, **marked)
    st.caption(elements.plain(findings.step_in_words(project, now, strategy, seed, number)))
