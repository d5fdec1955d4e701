"""Asks for the query strategy: when a project begins, and later whenever the annotator wants another one."""

import streamlit as st

from dami.selection.strategies import RECOMMENDED, STRATEGIES
from dami.store.records import Mode, Project
from dami.ui import elements, state
from dami.workspace.projects.begin import choose_strategy, default_strategy


def options() -> list[str]:
    """Return the names of all strategies, the recommended one first."""
    return [RECOMMENDED, *(name for name in STRATEGIES if name != RECOMMENDED)]


def title(name: str) -> str:
    """Return a strategy's title; the title of the recommended one says so."""
    return f"{STRATEGIES[name].title} (recommended)" if name == RECOMMENDED else STRATEGIES[name].title


def first_strategy(mode: Mode) -> str:
    """Ask for the strategy in the form that begins a project, and return its name."""
    names = options()
    chosen = st.selectbox(
        "Which rows are asked for",
        names,
        names.index(default_strategy(mode)),
        format_func=title,
        key=f"first_strategy_{mode}",
        help="The query strategy. It can be changed at any time on Label; Compare shows how each would do.",
    )
    st.caption(STRATEGIES[chosen].summary)
    return chosen


def strategy_choice(project: Project) -> None:
    """Show the project's strategy, and let the annotator choose another one."""
    key = f"strategy_{project.id}"

    def chosen() -> None:
        if strategy := state.sent(key):
            choose_strategy(project, strategy)

    names = options()
    is_there = project.strategy in names
    asked_by = STRATEGIES[project.strategy].title if is_there else elements.plain(project.strategy)
    if not is_there:  # the package that adds this strategy is no longer installed
        st.warning(elements.plain(f"{STRATEGIES.lacks(project.strategy)} Choose another one."))
    with st.popover(f"Asked by {asked_by}", icon=":material/conversion_path:"):
        st.radio(
            "Which rows are asked for",
            names,
            names.index(project.strategy) if is_there else None,
            format_func=title,
            captions=[STRATEGIES[name].summary for name in names],
            key=key,
            on_change=chosen,
            help="Another strategy takes over with the next selection; the row on screen and the one after it stay.",
        )
