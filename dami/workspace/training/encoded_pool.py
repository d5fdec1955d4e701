"""Encodes the pool of a project: a worker computes it once, and every process that needs it maps it into memory."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dami.errors import DamiError
from dami.store import files
from dami.store.records import Project
from dami.workspace.projects.stored_tables import table, written

if TYPE_CHECKING:
    from dami.tables.encoding import Encoder

BLOCK_ROWS = 50_000  # between two reports of progress
VERSION = 5  # raised whenever the encoder would give other numbers for the same table


@dataclass(frozen=True)
class Encoded:
    """The pool as the network sees it.

    Attributes
    ----------
    X : ndarray of float32, shape (n_rows, n_features)
    features : names of the encoded features, (n_features,)
    columns_of : the column each feature came from, (n_features,)
    left_out : column that the network does not see -> the reason
    medians : medians of the features, (n_features,); a row's contributions are measured from them
    """

    X: np.ndarray
    features: list[str]
    columns_of: list[str]
    left_out: dict[str, str]
    medians: np.ndarray

    @property
    def ranks(self) -> np.ndarray:
        """Which features are the ranks of the feature before them, (n_features,) bool."""
        known = list(zip(self.columns_of, self.features, strict=True))
        following = zip(known[1:], known, strict=False)
        return np.array([False, *(here == (before[0], f"{before[1]} (rank)") for here, before in following)])


def _folder(project: Project) -> Path:
    excluded = sorted({*project.left_out, *([project.target] if project.target else [])})
    key = hashlib.sha256(json.dumps([VERSION, excluded]).encode()).hexdigest()[:16]
    path = files.table_path(project.table_id)
    return path.with_name(f"{path.stem}.encoded") / key


def cached(project: Project) -> Encoded | None:
    """Return the encoded pool if a worker has made it, else None; a cache that cannot be read counts as missing."""
    folder = _folder(project)
    try:
        facts = json.loads((folder / "features.json").read_text())
        X = files.read_array(folder / "X.npy")
        return Encoded(X, facts["features"], facts["columns_of"], facts["left_out"], np.array(facts["medians"]))
    except (OSError, ValueError, KeyError, DamiError):
        return None


def encoded(project: Project, on_rows: Callable[[int, int], None] | None = None) -> Encoded:
    """Return the encoded pool, and make it if it is missing. Only workers call this, since it imports skrub.

    Parameters
    ----------
    on_rows : called with the number of rows encoded so far, and the number of rows of the table
    """
    if found := cached(project):
        return found
    visible = _visible(project)
    encoder = fitted_encoder(project)
    X = np.empty((len(visible), len(encoder.feature_names_out_)), np.float32)
    for start in range(0, len(X), BLOCK_ROWS):
        if on_rows:
            on_rows(start, len(X))
        X[start : start + BLOCK_ROWS] = encoder.transform(visible.iloc[start : start + BLOCK_ROWS])
    folder = _folder(project)
    facts: dict[str, Any] = {
        "features": [str(name) for name in encoder.feature_names_out_],
        "columns_of": [str(name) for name in encoder.columns_of_],
        "left_out": {**project.left_out, **encoder.left_out_},
        "medians": np.median(X, axis=0).tolist(),
    }
    files.write_array(folder / "X.npy", X)
    files.write_atomic(folder / "features.json", json.dumps(facts).encode())
    return Encoded(X, **{**facts, "medians": np.array(facts["medians"])})


def fitted_encoder(project: Project) -> "Encoder":
    """Fit the encoder of a project and return it; the same table gives the same encoder."""
    from dami.tables.encoding import Encoder

    frame = _visible(project)
    frame.attrs = written(project.table_id).to_learn().attrs  # a model file reads new rows alike
    return Encoder().fit(frame)


def _visible(project: Project) -> pd.DataFrame:
    """Return the columns that the network may see: all except the target and those that a person left out."""
    hidden = [*project.left_out, *([project.target] if project.target else [])]
    return table(project.table_id).drop(columns=hidden, errors="ignore")
