"""What a model says of new rows, as tables: the likeliest class of each row, and the linear model that it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from dami.networks.regions import linear_regions
from dami.selection.model_file import Model

BLOCK_NUMBERS = 2_000_000  # weights in memory at once


def predictions(model: Model, frame: pd.DataFrame) -> pd.DataFrame:
    """The prediction for every row of a table.

    Returns
    -------
    DataFrame
        ``row`` (0-based), the table's own columns, ``prediction``, ``confidence`` (probability of the prediction) and
        ``probability NAME`` for each class. Own columns that are called so get ``_in_table`` behind their names.

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
        **{f"probability {name}": shares[:, k].round(6) for k, name in enumerate(model.classes_)},
    }
    own.columns = _free([str(name) for name in own.columns], {"row", *said})
    return pd.concat([pd.DataFrame({"row": np.arange(len(own))}), own, pd.DataFrame(said)], axis=1)


def local_weights(
    model: Model, frame: pd.DataFrame, on_rows: Callable[[int, int], None] | None = None
) -> Iterator[pd.DataFrame]:
    """The exact linear model that the network is around each row: `logits = weights @ features + bias`.

    Parameters
    ----------
    on_rows : called with the rows done so far, and the rows of the table

    Yields
    ------
    DataFrame
        Block by block, a row per row and class: ``row``, ``class``, ``bias`` and ``weight NAME`` for each encoded
        feature; the weights of row r are a (C, d) matrix as they stand.
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
    """The names, those that are taken with something behind them."""
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
