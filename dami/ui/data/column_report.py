"""Shows how the columns of a table were read, and lets a person say what a column is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from dami import wording
from dami.tables.columns import Column
from dami.tables.kinds import CHOICES
from dami.tables.readings import parted
from dami.ui import elements, state
from dami.ui.data.meanings import BY_RULE, Change, ask, changed
from dami.views.plots import shorten_apart
from dami.workspace.projects import stored_tables

NEAR = 5  # sentences about columns that are nearly of another kind
NAME = 24  # characters of a column's name in the list
KINDS = {
    "number": "number",
    "category": "category",
    "text": "text",
    "date": "date",
    "place": "place: latitude and longitude",
    "yes/no": "yes/no",
    "identifier": "identifier: names the row",
    "out": "out: the model does not see it",
}
HELP = (
    "A number is measured or counted: near values are alike. A category has a few values that are alike or not. A text "
    "has several words. A place is two numbers. An identifier or a column that is out stays on every card, but the "
    "model does not see it. What was written stays as it is; only what it means to the model changes."
)


def column_report(table_id: str, target: str | None, change: Change, left_out: Collection[str] = ()) -> None:
    """Show how each column was read, and offer to change it.

    Parameters
    ----------
    change : called with the kind that a person has given to a column; None for the kind that the rules find
    left_out : columns that a person has left out of the project, whatever they hold; a kind lets them in again
    """
    described = [
        replace(column, kind="out", chosen="out", reason="you left it out", question=None, nearly=None)
        if column.name in left_out
        else column
        for column in stored_tables.columns(table_id, target)
    ]
    titles = shorten_apart([c.name for c in described], NAME)
    listed = pd.DataFrame(
        {
            "column": titles,
            "holds": [c.kind for c in described],
            "why": [c.reason for c in described],
            "understood": [understood(c) for c in described],
            "missing": [_whole_percent(c.missing) for c in described],
            "values": [c.n_unique for c in described],
            "spread": [[count / max(c.histogram) for count in c.histogram] for c in described],
            "examples": [", ".join(c.examples) for c in described],
        }
    )
    all_understood = not any(c.not_understood for c in described)
    st.dataframe(
        listed,
        hide_index=True,
        height=min(560, 38 + 35 * len(listed)),
        column_config={
            "column": st.column_config.TextColumn(
                pinned=True, width=180 if max(map(len, titles), default=0) > 16 else 120
            ),
            "holds": st.column_config.TextColumn(width=80),
            "why": st.column_config.TextColumn(
                help="An identifier, or a column that is out, is not seen by the model; it is still on every card.",
                width=220 if all_understood else 150,
            ),
            "understood": st.column_config.TextColumn(
                help="Cells that have no meaning of this kind count as missing for the model. They stay as they are.",
                width=115 if all_understood else 215,
            ),
            "missing": st.column_config.NumberColumn(format="percent", help="Share of rows without a value", width=65),
            "values": st.column_config.NumberColumn(help="Distinct values", width=60),
            "spread": st.column_config.BarChartColumn(
                help="Numbers: from low to high. Texts: most frequent first.", width=130, y_min=0, y_max=1
            ),
        },
    )
    _tell_near([c for c in described if c.nearly])
    _changer(table_id, described, change)


def _tell_near(columns: Sequence[Column]) -> None:
    """Name the columns of texts that are nearly all numbers or dates, which only a person can call so."""
    if not columns:
        return
    lines = [elements.plain(f"In “{c.name}”, {c.nearly}") for c in columns[:NEAR]]
    if len(columns) > NEAR:
        lines.append(f"So it is with {wording.count(len(columns) - NEAR, 'further column')}.")
    st.info("\n".join(f"- {line}" for line in lines) if lines[1:] else lines[0], icon=":material/help:")


def understood(column: Column) -> str:
    """Return how much of a column its kind understood, with examples of what it did not."""
    share = f"{column.n_understood:,} of {column.n_filled:,}" if column.n_filled else ""
    return f"{share}; not understood: {wording.quoted(column.not_understood, 3)}" if column.not_understood else share


def _whole_percent(share: float) -> float:
    """Return a share in whole percents; some is never shown as none, or as all."""
    return min(max(round(share, 2), 0.01), 0.99) if 0 < share < 1 else share


def _changer(table_id: str, described: Sequence[Column], change: Change) -> None:
    if not described:
        return
    by_name = {c.name: c for c in described}

    def tell(kinds: Mapping[str, str | None]) -> None:
        with elements.keep_error("kind_error"):
            change(kinds)

    asked = [place for place, column in enumerate(described) if column.question and not column.chosen]
    which = f"kind_of_{table_id}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Is a column something else?",
            list(by_name),
            index=asked[0] if asked else 0,
            key=which,
            format_func=dict(zip(by_name, shorten_apart([*by_name], NAME), strict=True)).__getitem__,
            width=230 if max(map(len, by_name)) > 16 else 170,
        )
        column = by_name[name]
        choices = [BY_RULE, *CHOICES] if column.chosen else list(CHOICES)
        key = f"kind_{table_id}_{name}"
        st.selectbox(
            "It is",
            choices,
            index=choices.index(parted(column.chosen or column.kind)[0]),
            key=key,
            format_func=lambda kind: KINDS.get(kind, kind),
            help=HELP,
            # Who is quicker than the page means the column that they have just chosen.
            on_change=lambda: changed(state.sent(which) or name, key, tell),
            width=250,
        )
        if column.question is not None:
            said = column.chosen if column.chosen in column.question.meanings else None
            ask(name, column.question, said, said is not None, f"{key}_reading", tell)
    for column in described:
        if column.chosen and column.n_filled and not column.n_understood:
            st.warning(
                elements.plain(
                    f"“{column.name}” is read as {column.kind}, as you chose, but 0 of its {column.n_filled:,} cells "
                    f"are understood, not {wording.quoted(column.not_understood, 3)}: the model does not see it."
                ),
                icon=":material/help:",
            )
