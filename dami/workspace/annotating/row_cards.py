"""Makes cards of rows: their values, which values are unusual, and the contributions under the local model."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from dami.errors import ProjectError
from dami.store import annotations, models
from dami.store.records import Project
from dami.tables.columns import may_name_rows
from dami.workspace.annotating.pad_wire import Card, CardValue, Hit
from dami.workspace.projects.labels import known
from dami.workspace.projects.stored_tables import columns, require_rows, table, written
from dami.workspace.training.encoded_pool import cached
from dami.workspace.training.model_arrays import artifacts
from dami.workspace.training.rounds import require_same_table, require_trained

LONGEST = 2000  # characters of one value; the card folds what is longer than a line
HITS = 20
IN_LINE = 6  # values
RARE = 0.01
FRACTION = r"^[+-]?[0-9]*[.,][0-9]+(?:[eE][+-]?[0-9]+)?$"


def cards(project: Project, rows: list[int], number: int | None = None) -> list[Card]:
    """Return the cards of some rows; the columns are sorted by their contribution if there is a local model.

    Raises
    ------
    ProjectError
        If a row is not in the table.
    """
    opened = written(project.table_id)
    frame = opened.frame
    require_rows(rows, len(frame))
    names = [name for name in frame.columns if name != project.target]
    described = {column.name: column for column in columns(project.table_id, project.target)}
    marks = _marks(project.table_id)
    model = models.latest(project.id) if number is None else models.get(project.id, number)
    weights = artifacts(project.id, model.number, len(frame)).contributions if model else None
    order = {name: k for k, name in enumerate(model.summary.columns)} if model else {}
    values = {name: frame[name].iloc[rows].tolist() for name in names}  # by column: a row of the frame would mix types
    cells = {name: opened.texts(name, rows).str.slice(0, LONGEST).tolist() for name in names}
    naming = [column for name in names if may_name_rows(column := described[name], len(frame))]
    titles = [column.name for column in sorted(naming, key=lambda column: column.kind != "identifier")]
    labels, notes = known(project), annotations.notes(project.id)
    found: list[Card] = []
    for at, row in enumerate(rows):
        contribution: dict[str, float] = {}
        if weights is not None and not np.isnan(weights[row]).any():
            contribution = {name: float(weights[row, k]) for name, k in order.items()}
        largest: float = max(contribution.values(), default=0.0) or 1.0
        entries: list[CardValue] = []
        for name in names:
            share = contribution[name] / largest if name in contribution else None
            left_out = described[name].left_out is not None or name in project.left_out
            entries.append(
                {
                    "column": name,
                    "value": cells[name][at],
                    "contribution": share,
                    "unusual": None if left_out else marks[name](values[name][at]),
                    "left_out": left_out,
                }
            )
        entries.sort(key=lambda entry: contribution.get(entry["column"], 0.0), reverse=True)
        title = next((cells[name][at] for name in titles if cells[name][at]), None)
        found.append(
            {"row": row, "title": title, "class": labels.get(row), "note": notes.get(row, ""), "values": entries}
        )
    return found


@lru_cache(maxsize=8)
def _marks(table_id: str) -> dict[str, Any]:
    """Return for each column a function from a value to "low", "high", "rare" or None."""
    frame = table(table_id)
    marks: dict[str, Any] = {}
    for name in frame.columns:
        values = frame[name]
        if pd.api.types.is_bool_dtype(values):
            marks[name] = _nothing
        elif pd.api.types.is_numeric_dtype(values):
            numbers = values.to_numpy(dtype=float, na_value=np.nan)
            numbers = numbers[np.isfinite(numbers)]
            marks[name] = _outside(*np.percentile(numbers, [1, 99])) if len(numbers) else _nothing
        else:
            shares = values.astype("string").value_counts(normalize=True)
            seldom = frozenset(shares.index[shares < RARE]) if len(shares) <= 200 else frozenset()
            marks[name] = _among(seldom)
    return marks


def _nothing(value: object) -> None:
    return None


def _outside(low: float, high: float) -> Any:
    def mark(value: Any) -> str | None:
        if pd.isna(value):
            return None
        return "low" if value < low else "high" if value > high else None

    return mark


def _among(seldom: frozenset[str]) -> Any:
    return lambda value: "rare" if str(value) in seldom else None


def search(project: Project, query: str) -> list[Hit]:
    """Return the first rows whose number is the query or whose cells contain it, each with a line of its values.

    A cell that is a fraction alone is found by its beginning: two digits stand somewhere in most fractions.
    """
    opened = written(project.table_id)
    query = query.strip()
    if not query:
        return []
    rows: list[int] = []
    if query.isascii() and query.isdigit() and int(query) < len(opened):
        rows.append(int(query))
    for name in opened.frame.columns:
        if len(rows) >= HITS:
            break
        if name == project.target:
            continue
        texts = opened.texts_column(name)
        hits = pc.match_substring(texts, query, ignore_case=True)
        if opened.frame[name].dtype.kind == "f":
            begun = pc.starts_with(texts, query, ignore_case=True)
            hits = pc.if_else(pc.match_substring_regex(texts, FRACTION), begun, hits)
        rows += np.flatnonzero(hits.to_numpy(zero_copy_only=False))[:HITS].tolist()
    rows = list(dict.fromkeys(rows))[:HITS]
    return [{"row": row, "text": line(project, row)} for row in rows]


def line(project: Project, row: int) -> str:
    """Return a row's first values as one line, as they were written; never its label."""
    opened = written(project.table_id)
    names = [name for name in opened.frame.columns if name != project.target][:IN_LINE]
    return " · ".join(text for text in (opened.texts(name, [row]).iloc[0][:LONGEST] for name in names) if text)


@dataclass(frozen=True)
class LocalModel:
    """The linear model that the network is around a row.

    Attributes
    ----------
    features, columns : (n_features,) names of the features, and the column that each feature came from
    x : (n_features,) the row as encoded: 0 is the average, 1 a standard deviation above it
    classes : (n_classes,) names
    weights : (n_classes, n_features); their mean over the classes is subtracted, as no probability depends on it
    probabilities : (n_classes,) of the row's classes
    """

    features: list[str]
    columns: list[str]
    x: np.ndarray
    classes: list[str]
    weights: np.ndarray
    probabilities: np.ndarray


def local_model(project: Project, row: int) -> LocalModel:
    """Return the exact local model of one row, from the stored network.

    Raises
    ------
    ProjectError
        If there is no network, its file or the encoded pool is missing, the table has grown since, or there is no
        such row.
    """
    from scipy.special import softmax

    from dami.networks.regions import linear_regions

    model = require_trained(project)
    layers, pool = artifacts(project.id, model.number).layers, cached(project)
    if layers is None:
        raise ProjectError("The network's file is gone or damaged: train again to make it anew.")
    require_same_table(project, model)
    if pool is None:
        raise ProjectError("The table is being read anew: look again in a moment.")
    require_rows([row], len(pool.X))
    x = np.array(pool.X[row : row + 1])
    regions = linear_regions(layers, x)
    logits = regions.weights[0] @ x[0] + regions.biases[0]
    return LocalModel(
        pool.features,
        pool.columns_of,
        x[0],
        list(model.summary.classes),
        regions.weights[0] - regions.weights[0].mean(0),
        softmax(logits),
    )
