"""Draws the lesson's steps: each has a few sentences and a task. The address determines all that a step shows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from dami import wording
from dami.networks.geometry import decision_boundary, most_regions, region_polygons
from dami.networks.regions import linear_regions
from dami.studies import lesson
from dami.studies.lesson import BOX, SNAPSHOTS, Points
from dami.ui import elements
from dami.ui.learn.points import DRAWN, OWN, Setting
from dami.views import lesson_plots
from dami.workspace.app_folder import page_file

KEPT = 64  # results in the cache, because a class looks at the same ones
TITLES = {"dami": "DAMI", "margin": "Margin", "random": "Random"}
RACE_SEEDS, RACE_ROUNDS = 5, 10


# ---- computed once for all who look at the same ---------------------------------------------------------------------


@st.cache_data(max_entries=KEPT, show_spinner=False)
def _networks(points: Points, widths: tuple[int, ...], seed: int) -> list[lesson.Network]:
    """Return the networks after the numbers of training steps in SNAPSHOTS."""
    start = lesson.untrained(widths, len(points.classes), seed)
    return lesson.trained(points.X, points.y, start, SNAPSHOTS)


@st.cache_data(max_entries=KEPT * RACE_SEEDS, show_spinner=False)
def _race(data: str, widths: tuple[int, ...], seed: int) -> dict[str, list[float]]:
    return lesson.race(lesson.by_name(data)(seed), widths, seed, RACE_ROUNDS)


@st.cache_data(max_entries=KEPT, show_spinner=False)
def _learnt(points: Points, widths: tuple[int, ...], seed: int, labeled: tuple[int, ...]) -> lesson.Network:
    """Return the network trained on these labels only."""
    rows = list(labeled)
    [network] = lesson.trained(points.X[rows], points.y[rows], lesson.untrained(widths, len(points.classes), seed))
    return network


def _ground(network: lesson.Network) -> tuple[list, np.ndarray]:
    polygons = region_polygons(network, BOX)
    return polygons, decision_boundary(polygons)


def _regions(chosen: Setting, network: lesson.Network, **marks: Any) -> go.Figure:
    points = chosen.points
    return lesson_plots.regions_figure(
        *_ground(network), points.X, points.y, box=BOX, axes=points.axes, classes=points.classes, **marks
    )


# ---- the steps ------------------------------------------------------------------------------------------------------


def fold(chosen: Setting) -> None:
    st.markdown(
        "A ReLU unit weighs its inputs, adds a number, and gives 0 where the sum is negative. It folds the plane along "
        "one line: flat on one side, a slope on the other. Turn it and shift it."
    )
    left, right = st.columns([1, 2], gap="large")
    with left:
        turn = st.slider("Direction (degrees)", -180, 180, 30, 5, key="turn", bind="query-params")
        shift = st.slider("Shift", -2.0, 2.0, 0.0, 0.1, key="shift", bind="query-params")
        st.latex(rf"\max(0,\; {np.cos(np.radians(turn)):.2f}\,x {np.sin(np.radians(turn)):+.2f}\,y {shift:+.1f})")
    with right:
        elements.figure(lesson_plots.fold_figure(np.radians(turn), shift, BOX), "fold")


def regions_appear(chosen: Setting) -> None:
    st.markdown(
        "Every unit adds a fold, and the folds cut the plane into regions; a deeper unit's fold bends where it crosses "
        "those below. In each region the network is one linear function. Make it wider, then deeper, and count."
    )
    network = lesson.untrained(chosen.widths, len(chosen.points.classes), chosen.seed)
    n = len(region_polygons(network, BOX))
    left, right = st.columns(2)
    left.metric("Regions in the picture", f"{n:,}", border=True)
    right.metric(
        "No such network has more than",
        f"{most_regions(chosen.widths):,}",
        border=True,
        help="The bound of theory, for the whole plane. One layer comes near it; deep networks stay far below.",
    )
    elements.figure(_regions(chosen, network), "appear")


def training_moves(chosen: Setting) -> None:
    st.markdown(
        "Training moves the folds to where the classes meet; the red line is where the prediction changes. Play it, or "
        "stop at any step. Where do the regions become small?"
    )
    networks = _networks(chosen.points, chosen.widths, chosen.seed)
    at = st.select_slider("Training step", list(SNAPSHOTS), SNAPSHOTS[-1], key="at", bind="query-params")
    frames = [
        (
            f"step {step}: {lesson.accuracy(network, chosen.points):.0%} of the points it learns from are right",
            *_ground(network),
        )
        for step, network in zip(SNAPSHOTS, networks, strict=True)
    ]
    points = chosen.points
    figure = lesson_plots.training_figure(
        frames, SNAPSHOTS.index(at), points.X, points.y, box=BOX, axes=points.axes, classes=points.classes
    )
    elements.figure(figure, "training")


def each_is_linear(chosen: Setting) -> None:
    st.markdown(
        "Point at a region: within it the network is exactly this linear model. Go across a fold to the next one: how "
        "much of it changes? DAMI describes a row by the weights of its region."
    )
    network = _networks(chosen.points, chosen.widths, chosen.seed)[-1]
    elements.figure(_regions(chosen, network), "linear")


def as_local_models(chosen: Setting) -> None:
    st.markdown(
        "The same points twice: where they lie, and as the local models that the network has around them. Points of "
        "one region fall onto each other on the right, however far apart they are on the left."
    )
    network = _networks(chosen.points, chosen.widths, chosen.seed)[-1]
    left, right = st.columns(2)
    with left:
        elements.figure(_regions(chosen, network), "there")
    with right:
        points, exact = plane(linear_regions(network, chosen.points.X).representation)
        figure = lesson_plots.representation_figure(points, chosen.points.y, classes=chosen.points.classes)
        elements.figure(figure, "models")
        if not exact:
            st.caption("With three classes a local model has four numbers here; drawn are its two main directions.")


def farthest_first(chosen: Setting) -> None:
    points = chosen.points
    labeled = lesson.first_labels(points, chosen.seed)
    network = _learnt(points, chosen.widths, chosen.seed, tuple(labeled))
    flat, exact = plane(linear_regions(network, points.X).representation)
    covered = "The circles show what is covered." if exact else "On the right, drawn in its two main directions."
    st.markdown(
        f"{len(labeled)} points have a label, two of each class, and the network has learnt from these alone. DAMI "
        f"asks for the point whose local model is farthest from all labelled ones, then again. {covered}"
    )
    n = st.slider("Asked for so far", 0, 12, 1, key="asked", bind="query-params")
    left, right = st.columns(2)
    asked = lesson.ask("dami", network, points.X, labeled, n, chosen.seed)
    with left:
        elements.figure(_regions(chosen, network, labeled=labeled, asked=asked.rows), "asked_there")
    with right:
        radius = asked.radii[-1] if asked.radii and exact else None
        figure = lesson_plots.representation_figure(
            flat, points.y, labeled=labeled, asked=asked.rows, classes=points.classes, radius=radius
        )
        elements.figure(figure, "asked_models")
        if asked.radii:
            st.caption(
                f"Covering radius: {asked.radii[-1]:.3g}. No point's local model is farther from a labelled one."
            )
    st.caption("On the same network, the others ask for:")
    columns = st.columns(2)
    for column, name in zip(columns, ("margin", "random"), strict=True):
        with column:
            st.markdown(f"**{TITLES[name]}**")
            rows = lesson.ask(name, network, points.X, labeled, n, chosen.seed).rows
            elements.figure(_regions(chosen, network, labeled=labeled, asked=rows), f"asked_{name}")


def guess(chosen: Setting) -> None:
    st.markdown(
        "Where will DAMI ask next? Click on a point without a label. The farther its local model is from the "
        "labelled ones, by rank among all points, the more you score."
    )
    points = chosen.points
    game = st.session_state.setdefault(f"guess_{chosen.key}", {"labeled": [], "scores": [], "last": None})
    labeled = game["labeled"] or lesson.first_labels(points, chosen.seed)
    network = _learnt(points, chosen.widths, chosen.seed, tuple(labeled))

    def clicked() -> None:
        event = st.session_state.get("guess_plot")
        picked = event.selection.points if event else []
        row = int(picked[0]["customdata"]) if picked and "customdata" in picked[0] else None
        if row is None or row in labeled or game["last"] is not None:
            return
        asked = lesson.ask("dami", network, points.X, labeled, 1, chosen.seed).rows[0]
        game["scores"].append(score(linear_regions(network, points.X).representation, labeled, row))
        game["last"] = (row, asked)

    def go_on() -> None:
        game["labeled"] = [*labeled, *asked]  # also where a second press of the button comes late
        game["last"] = None

    asked = [] if game["last"] is None else [game["last"][1]]
    figure = _regions(chosen, network, labeled=labeled, asked=asked)
    figure.update_layout(clickmode="event+select", dragmode=False)
    st.plotly_chart(
        figure, key="guess_plot", on_select=clicked, selection_mode="points", config={"displayModeBar": False}
    )
    if game["last"] is not None:
        won = game["scores"][-1]
        st.text(f"{won} of 100 points. DAMI asks for the point in the circle: its local model is the farthest.")
        st.button("Label it, and guess again", on_click=go_on, type="primary")
    if game["scores"]:
        guesses = wording.count(len(game["scores"]), "guess", "guesses")
        st.caption(f"{guesses}, {np.mean(game['scores']):.0f} points on average.")


def when_it_loses(chosen: Setting) -> None:
    if chosen.data in (OWN, DRAWN):
        st.info("Choose one of the made-up data sets for this step: it draws new points for every run.")
        return
    st.markdown(
        "DAMI looks for local models that it has not seen; it does not look where classes meet. Where they overlap "
        "(the banana), nobody gains much, and with few labels there are few regions to choose among. Compare the data "
        "sets: where is DAMI ahead, and where is margin?"
    )
    races, told, words = [], st.empty(), "Labelling the points with three strategies…"
    for seed in range(RACE_SEEDS):
        told.progress(seed / RACE_SEEDS, words)  # here a click on another step ends this one
        races.append(_race(chosen.data, chosen.widths, seed))
    told.empty()
    curves = lesson.mean_race(races)
    first = 2 * len(chosen.points.classes)
    figure = lesson_plots.race_figure(curves, [first + 2 * k for k in range(RACE_ROUNDS + 1)], TITLES)
    elements.figure(figure, "race")
    means = {name: float(values.mean()) for name, values in curves.items()}
    order = sorted(means, key=lambda name: -means[name])
    st.text(
        f"Mean of {RACE_SEEDS} runs, averaged over all labels: "
        + ", ".join(f"{TITLES[name]} {means[name]:.1%}" for name in order)
        + ". Five runs say little about small differences; Compare does this properly on a table."
    )


def on_your_own(chosen: Setting) -> None:
    if chosen.data != OWN:
        st.info(
            "Open a table and label a few rows; then choose “Two columns of my table” as data, here or at any step.",
            icon=":material/table_view:",
        )
        st.page_link(page_file("data"), label="Open a table", icon=":material/arrow_forward:")
        return
    st.markdown(
        "Two columns of your own table, with the rows that you have labelled. All steps work on them: choose two "
        "columns that tell the classes apart, and two that do not."
    )
    network = _networks(chosen.points, chosen.widths, chosen.seed)[-1]
    st.metric(
        "Right on the rows that it has learnt from",
        f"{lesson.accuracy(network, chosen.points):.0%}",
        help="A network of this size may learn few rows by heart: this says nothing about other rows.",
    )
    elements.figure(_regions(chosen, network), "own_regions")


STEPS: dict[int, tuple[str, Callable[[Setting], None]]] = {
    1: ("A unit folds the plane", fold),
    2: ("Regions appear", regions_appear),
    3: ("Training moves them", training_moves),
    4: ("Each is a linear model", each_is_linear),
    5: ("Points as local models", as_local_models),
    6: ("Farthest first", farthest_first),
    7: ("Guess the next query", guess),
    8: ("When DAMI loses", when_it_loses),
    9: ("Your own table", on_your_own),
}


# ---- small things ---------------------------------------------------------------------------------------------------


def plane(representation: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return (n, d) representations as (n, 2) points, and whether all of them is shown, not two main directions."""
    if representation.shape[1] == 2:
        return representation.astype(float), True
    centered = representation - representation.mean(axis=0)
    _, _, directions = np.linalg.svd(centered, full_matrices=False)
    return centered @ directions[:2].T, False


def score(representation: np.ndarray, labeled: list[int], row: int) -> int:
    """Return in percent how many unlabelled points lie nearer to a labelled one than `row` does, by representation."""
    centers = representation[labeled]
    nearest = ((representation[:, None] - centers) ** 2).sum(axis=2).min(axis=1)
    others = np.delete(nearest, labeled)
    return round(100 * float((others < nearest[row]).sum()) / max(1, len(others) - 1))
