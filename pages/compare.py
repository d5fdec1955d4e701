"""Draws the page Compare: does DAMI beat random on this table? Curves appear while seeds finish."""

from typing import Any

import streamlit as st

from dami.selection.strategies import STRATEGIES
from dami.ui import elements, state
from dami.ui.compare.findings_panel import results, steps
from dami.workspace.app_folder import page_file
from dami.workspace.comparing import comparison_settings, experiment_job, findings
from dami.workspace.comparing.comparison_settings import Settings

project = state.require_project("Compare")
elements.heading(
    "Compare",
    "Does DAMI beat random on this table? Known labels answer each strategy's questions, from the same start.",
    project,
    fragments=["compare", "compare_steps"],
)

labels = experiment_job.known_labels(project)
ready = experiment_job.readiness(project, labels)
shown = findings.last(project, labels)
active = shown is not None and shown.active
PERSIST: dict[str, Any] = {"persist_state": "session"}


def start() -> None:
    settings = chosen_settings()
    if settings is not None:
        with elements.keep_error("compare_error"):
            experiment_job.start(project, *settings)


def stop() -> None:
    experiment_job.stop(project.id)


def chosen_settings() -> tuple[Settings, int] | None:
    """Return the settings from the fields, also as they changed after the page was drawn; None if one is gone."""
    names = ("strategies", "initial", "batch", "rounds", "seeds")
    values = [state.sent(f"compare_{name}_{project.id}") for name in names]
    if None in values:
        return None
    chosen, initial, batch, rounds, seeds = values
    return Settings(tuple(name for name in STRATEGIES if name in chosen), initial, batch, rounds), seeds


def advanced(base: Settings, seeds: int) -> tuple[Settings, int]:
    """Draw the fields of the settings, which start with derived values; return the settings and the number of seeds."""
    with st.expander("Advanced", icon=":material/tune:"):
        st.multiselect(
            "Strategies",
            list(STRATEGIES),
            [name for name in base.strategies if name in STRATEGIES],
            key=f"compare_strategies_{project.id}",
            format_func=findings.title,
            help="  \n".join(f"**{findings.title(name)}**: {STRATEGIES[name].summary}" for name in STRATEGIES),
            **PERSIST,
        )
        columns = st.columns(4)
        for column, (name, label, value, most, why) in zip(
            columns,
            (
                (
                    "seeds",
                    "Seeds",
                    seeds,
                    comparison_settings.MOST_SEEDS,
                    "Splits and starts; more of them narrow the bounds.",
                ),
                ("initial", "Initial labels", base.n_initial, 1000, "Drawn at random, the same for all strategies."),
                ("batch", "Labels a round", base.batch_size, 1000, "Between two trainings, asked at once."),
                (
                    "rounds",
                    "Rounds at most",
                    base.rounds,
                    200,
                    "A run ends earlier where half of the pool is labelled.",
                ),
            ),
            strict=True,
        ):
            column.number_input(label, 1, most, value, key=f"compare_{name}_{project.id}", help=why, **PERSIST)
        settings, seeds = chosen_settings() or (base, seeds)
        st.caption(comparison_settings.plan(settings, ready.n_rows))
    return settings, seeds


elements.show_notice("compare_error")

if not ready.ready:
    st.info(elements.plain(ready.sentence), icon=":material/edit_note:")
    if not labels.whole:
        st.page_link(page_file("label"), label="Label rows", icon=":material/arrow_forward:")
else:
    base, base_seeds = comparison_settings.defaults(ready.n_rows), comparison_settings.SEEDS
    if shown is not None and not shown.stale:
        base, base_seeds = shown.settings, shown.seeds
    place = st.container(horizontal=True, vertical_alignment="center")
    settings, seeds = advanced(base, base_seeds)
    with place:
        if active:
            st.button("Stop", icon=":material/stop:", on_click=stop, help="The seeds that are finished stay.")
        else:
            status = findings.comparison_status(project, labels, settings, seeds)
            done = shown is not None and shown.key == status.key and status.left == 0
            st.button(
                "Compared" if done else status.button,
                type="primary",
                icon=":material/check:" if done else ":material/play_arrow:",
                disabled=done,
                help="All seeds are done: another number of them, or another setting, is under Advanced."
                if done
                else None,
                on_click=start,
            )
        st.caption(elements.plain(ready.sentence))

if shown is None and ready.caution:
    st.caption(elements.plain(ready.caution))
poll = 1.0 if active else None
elements.fragment(results, run_every=poll, key="compare")(
    project, labels, ready.ready, shown is not None and bool(shown.finished)
)
elements.fragment(steps, key="compare_steps")(project, labels)
