"""Asks for the lesson's points and network. The points are made up, drawn by hand, or two columns of the tab's table.

Each choice is a part of the address, so that a link shows the same picture to others.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from dami.store.records import Project
from dami.studies import lesson
from dami.studies.lesson import BOX, Points
from dami.ui import state
from dami.views import lesson_plots
from dami.workspace.projects import labels, stored_tables

OWN = "own"  # two columns of the tab's project
DRAWN = "drawn"  # points that people put by hand; also the name of their parameter in the address
LEAST_LABELED = 10
LEAST_DRAWN = 4


@dataclass(frozen=True)
class Setting:
    """The values of the fields above the lesson; the address holds the same values."""

    data: str
    seed: int
    widths: tuple[int, ...]
    points: Points

    @property
    def key(self) -> str:
        drawn = st.query_params.get(DRAWN, "") if self.data == DRAWN else ""
        return f"{self.data}{drawn}_{self.seed}_{'_'.join(map(str, self.widths))}"


def setting(project: Project | None) -> Setting:
    """Draw the fields that all steps share, and return their values."""
    kinds = [*lesson.DATA, DRAWN, *([OWN] if project is not None else [])]
    titles = {name: title for name, (title, _, _) in lesson.DATA.items()}
    titles |= {DRAWN: "Drawn by hand", OWN: "Two columns of my table"}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        start = kinds.index(state.choice_in_address("data", kinds, "moons"))
        data = st.selectbox("Data", kinds, start, format_func=lambda name: titles[name], key="lesson_data", width=220)
        state.put_in_address("data", data)
        width = st.number_input(
            "Units a layer", 1, 32, 8, key="width", bind="query-params", width=140, help="The network's width."
        )
        depth = st.number_input(
            "Layers", 1, 3, 2, key="depth", bind="query-params", width=110, help="Hidden layers: the network's depth."
        )
        seed = st.number_input(
            "Seed", 0, 999, 1, key="seed", bind="query-params", width=110, help="Other points, other first weights."
        )
        if data == OWN:
            points = _own_points(project)
    if data == DRAWN:
        points = _drawn_points()
    elif data != OWN:
        points = lesson.points(data, seed)
    return Setting(data, int(seed), (int(width),) * int(depth), points)


def _own_points(project: Project | None) -> Points:
    """Return two columns of numbers of the project's table, for the labelled rows."""
    assert project is not None
    frame = stored_tables.table(project.table_id)
    numeric = [
        name
        for name in frame.columns
        if name != project.target and pd.api.types.is_numeric_dtype(frame[name]) and frame[name].nunique() > 2
    ]
    if len(numeric) < 2:
        _stop("This table has fewer than two columns of numbers. Choose other data, or open another table.")
    across = st.selectbox("Across", numeric, index=0, key="across", bind="query-params", width=170)
    up = st.selectbox("Up", numeric, index=1, key="up", bind="query-params", width=170)
    known = labels.known(project)
    rows = np.array(sorted(known), dtype=int)
    values = frame[[across, up]].to_numpy(dtype=float, na_value=np.nan)[rows] if across != up else np.empty((0, 2))
    if across == up:
        _stop("Choose two different columns.")
    whole = np.isfinite(values).all(axis=1)
    rows, values = rows[whole], values[whole]
    ids = sorted({known[row] for row in rows})
    if len(rows) < LEAST_LABELED or len(ids) < 2:
        _stop(
            f"The lesson takes rows that you have labelled: {LEAST_LABELED} of two classes or more, with both numbers. "
            f"There are {len(rows)} now; label some more and come back."
        )
    names = labels.class_list(project.id).names
    y = np.array([ids.index(known[row]) for row in rows])
    return lesson.of_columns(values, y, [names[class_id] for class_id in ids], (across, up))


def _drawn_points() -> Points:
    """Draw a plane on which a click puts a point, and return the points; the address holds them all."""
    text = _kept()
    points = lesson.drawn(text)
    counts = np.bincount(points.y, minlength=lesson.MOST_CLASSES)
    enough = len(points.classes) > 1 and (counts[: len(points.classes)] >= LEAST_DRAWN).all()
    with st.expander("Draw points", icon=":material/draw:", expanded=not enough, key="drawing"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            names = [chr(65 + k) for k in range(lesson.MOST_CLASSES)]
            st.segmented_control("Class of the next points", names, default="A", required=True, key="pencil")
            st.button("Undo", icon=":material/undo:", on_click=_keep, args=(text[:-3],), disabled=not text)
            st.button("Clear", icon=":material/delete:", on_click=_keep, args=("",), disabled=not text)
        key = f"canvas_{len(text)}"  # a new key, so that people can click the same place again after an undo
        sides = range(len(lesson.DIGITS))
        places = [(i, j) for i in sides for j in sides]

        def clicked() -> None:
            event = state.sent(key)
            picked = [p["customdata"] for p in (event.selection.points if event else []) if "customdata" in p]
            if picked:
                column, row = places[int(picked[0])]
                # Added to the newest points, because another click may have come since this plane was drawn.
                _keep(lesson.put(_kept(), names.index(state.sent("pencil") or "A"), column, row))

        figure = lesson_plots.canvas_figure(
            [lesson.grid_place(*place) for place in places], points.X, points.y, box=BOX, classes=points.classes
        )
        st.plotly_chart(figure, key=key, on_select=clicked, selection_mode="points", config={"displayModeBar": False})
        st.caption("Click to put a point there. The address holds them all: a link shows others the same picture.")
    if not enough:
        _stop(f"Draw at least {LEAST_DRAWN} points of each class, of two classes or three.")
    return points


def _kept() -> str:
    return str(st.query_params.get(DRAWN) or st.session_state.get(DRAWN) or "")


def _keep(text: str) -> None:
    st.session_state[DRAWN] = text
    if text:
        st.query_params[DRAWN] = text
    else:
        st.query_params.pop(DRAWN, None)


def _stop(words: str) -> None:
    st.info(words, icon=":material/school:")
    st.stop()
