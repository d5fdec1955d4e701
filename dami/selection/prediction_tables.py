"""Makes tables of what a model says of new rows: the prediction for each row, and the local model of each row."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from dami.networks.regions import linear_regions
from dami.selection.model_file import Model
from dami.tables.text_values import as_text

BLOCK_NUMBERS = 2_000_000  # weights in memory at once


def predictions(model: Model, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the prediction for every row of a table.

    Returns
    -------
    DataFrame
        ``row`` (0-based), the columns of the table, ``prediction``, ``confidence`` (probability of the prediction) and
        ``probability NAME`` for each class. A column of the table with such a name gets ``_in_table`` behind its name.

    Raises
    ------
    DamiError
        As `Model.predict_proba`.
    """
    shares = model.predict_proba(frame)
    own = frame.reset_index(drop=True)
    said = {
        "prediction": model.classes_[shares.argmax(axis=1)],
        "confidence": shares.max(axis=1).round(6),
        **{f"probability {as_text(name)}": shares[:, k].round(6) for k, name in enumerate(model.classes_)},
    }
    own.columns = _free([str(name) for name in own.columns], {"row", *said})
    return pd.concat([pd.DataFrame({"row": np.arange(len(own))}), own, pd.DataFrame(said)], axis=1)


def local_weights(
    model: Model, frame: pd.DataFrame, on_rows: Callable[[int, int], None] | None = None
) -> Iterator[pd.DataFrame]:
    """Yield the exact local model of each row: `logits = weights @ features + bias`.

    Parameters
    ----------
    on_rows : called with the number of rows done so far and the number of rows of the table

    Yields
    ------
    DataFrame
        A block of rows, with a line for each row and class: ``row``, ``class``, ``bias`` and ``weight NAME`` for each
        encoded feature. The C lines of a row hold its weights as a (C, d) matrix.
    """
    names = [f"weight {name}" for name in model.encoder.feature_names_out_]
    n_classes, n_features = len(model.classes_), len(names)
    size = max(1, BLOCK_NUMBERS // (n_classes * n_features))
    for start in range(0, len(frame), size):
        if on_rows:
            on_rows(start, len(frame))
        regions = linear_regions(model.network, model.encoder.transform(frame.iloc[start : start + size]))
        weights, n = regions.weights, len(regions.region_ids)
        block = pd.DataFrame(weights.reshape(n * n_classes, n_features), columns=names)
        block.insert(0, "bias", regions.biases.reshape(-1))
        block.insert(0, "class", np.tile(model.classes_, n))
        block.insert(0, "row", np.repeat(np.arange(start, start + n), n_classes))
        yield block


def _free(names: list[str], taken: set[str]) -> list[str]:
    """Return the names, with an ending behind each name that is taken."""
    everything = {*names, *taken}
    free = []
    for name in names:
        if name in taken:
            name += "_in_table"
            while name in everything:
                name += "_"
            everything.add(name)
        free.append(name)
    return free
