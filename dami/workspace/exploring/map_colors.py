"""Colors every row on the map by what a person wants to see: prediction, confidence, distance, a column."""

import base64
import json
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from dami.errors import ProjectError
from dami.store import rooms
from dami.store.records import Project
from dami.tables.table import Table
from dami.views.colors import HIGHLIGHT, NEUTRAL, PALETTE, class_color, class_colors
from dami.workspace.exploring.map_wire import CategoryColors, NumberColors
from dami.workspace.projects.labels import shown_predictions
from dami.workspace.projects.stored_tables import table, written
from dami.workspace.training.model_arrays import artifacts
from dami.workspace.training.rounds import require_trained
from dami.workspace.workshop.class_progress import VERDICTS, answered, verdicts

TITLES = {
    "label": "Given label",
    "prediction": "Prediction",
    "confidence": "Confidence",
    "distance": "Distance to the nearest labelled row",
    "changed": "Prediction changed by the last round",
    "agreement": "What the room makes of it",
}

AGREEMENT = [PALETTE[5], PALETTE[2], HIGHLIGHT, PALETTE[6]]  # one for each of VERDICTS
SHORT = {"label": "Label", "confidence": "Confidence", "distance": "Distance", "changed": "What changed"}


def title(by: str) -> str:
    """Return the title of a legend, for a key of `TITLES` or ``column:<name>``."""
    kind, _, column = by.partition(":")
    return TITLES.get(by) or f"Column: {column or kind}"


def query(by: str, revision: int) -> str:
    """Return the query string that asks for these colors; the revision keeps a browser from showing old ones."""
    return urlencode({"by": by, "v": revision})


def colors(project: Project, by: str) -> str:
    """Return the color of every row as JSON text, for a key of `TITLES` or ``column:<name>``."""
    kind, _, column = by.partition(":")
    if kind == "column":
        opened = written(project.table_id)
        if column not in opened.frame or column == project.target:  # known labels may be hidden from who asks
            raise ProjectError(f"The table has no column {column!r}.")
        return _column_colors(column, opened)
    room = rooms.of_project(project.id) if kind == "agreement" else None
    if room is not None and room.project == project.id:
        codes = verdicts(room, answered(room))
        names = ["no label", *VERDICTS]  # the map draws the first ones below the others
        return _categories(TITLES[kind], names, [NEUTRAL, *AGREEMENT], np.where(codes == 255, 0, codes + 1))
    model = require_trained(project)
    place = artifacts(project.id, model.number, len(table(project.table_id)))
    if kind == "distance" and place.distances is not None:
        return _number_colors(TITLES["distance"], place.distances)
    if kind == "changed" and place.changed is not None:
        return _categories(TITLES["changed"], ["changed", "the same"], [HIGHLIGHT, NEUTRAL], ~place.changed)
    if kind in ("confidence", "prediction"):
        said = shown_predictions(project, model)
        if kind == "confidence":
            return _number_colors(TITLES["confidence"], said.probabilities.max(1))
        palette = [class_color(entry.id) for entry in said.classes]
        codes = np.where(said.codes < 0, 255, said.codes)
        return _categories("Prediction", [entry.name for entry in said.classes], palette, codes)
    raise ProjectError(f"The map cannot be colored by {by!r}.")


def _categories(title: str, names: list[str], palette: list[str], codes: np.ndarray) -> str:
    """Return `CategoryColors` as JSON text; a row whose code is no position in `names` has no known category."""
    body: CategoryColors = {
        "kind": "category",
        "title": title,
        "names": names,
        "palette": palette,
        "codes": _base64(codes),
    }
    return json.dumps(body)


def _column_colors(name: str, opened: Table) -> str:
    values = opened.frame[name]
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > 8:
        return _number_colors(name, values.to_numpy(dtype=float, na_value=np.nan))
    text = opened.texts(name).replace("", "(missing)")
    shown = list(text.value_counts().index[:7])
    codes = text.map({value: k for k, value in enumerate(shown)}).fillna(len(shown)).to_numpy(dtype="u1")
    names = [*shown, *(["other values"] if (codes == len(shown)).any() else [])]
    return _categories(name, names, class_colors(len(names)), codes)


def _number_colors(title: str, values: np.ndarray) -> str:
    """Return `NumberColors` as JSON text; the scale ends at the 1st and 99th percentile, against outliers."""
    finite = np.isfinite(values)
    low, high = np.percentile(values[finite], [1, 99]) if finite.any() else (0.0, 1.0)
    span = max(float(high - low), 1e-12)
    codes = np.full(len(values), 255, dtype="u1")
    codes[finite] = np.clip((values[finite] - low) / span * 254, 0, 254).astype("u1")
    body: NumberColors = {
        "kind": "number",
        "title": title,
        "low": float(low),
        "high": float(high),
        "values": _base64(codes),
    }
    return json.dumps(body)


def _base64(codes: np.ndarray) -> str:
    return base64.b64encode(np.asarray(codes, dtype="u1").tobytes()).decode()
