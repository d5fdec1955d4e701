"""Makes a table of the input of a transformer: checks the columns of frames, and arrays as scikit-learn does."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from dami.errors import TableError
from dami.tables.checked_table import checked_table
from dami.tables.table import Table


def as_frame(frame: Any) -> pd.DataFrame:
    """Return a table to learn from as a frame. The columns of an array get the names "column 0", "column 1", ...

    Raises
    ------
    TableError : the input is not a table, or has no rows or no columns.
    """
    if isinstance(frame, Table):
        frame = frame.to_learn()
    if not isinstance(frame, pd.DataFrame):
        array = np.asarray(frame)
        if array.ndim != 2:
            raise TableError(f"Expected a table, got {type(frame).__name__}.")
        frame = pd.DataFrame(array, columns=[f"column {k}" for k in range(array.shape[1])])
    if not len(frame):
        raise TableError("The table has no rows.")
    if not len(frame.columns):
        raise TableError("The table has no columns besides the target.")
    return frame


def table_to_fit(estimator: BaseEstimator, X: Any) -> pd.DataFrame:
    """Return the table to fit on. Set `n_features_in_` and, if the columns have names, `feature_names_in_`.

    Raises
    ------
    TableError : a frame has no rows, no columns, two columns of one name, or a list in a cell.
    ValueError, TypeError : an input that is not a frame is not a matrix of at least two rows.
    """
    if isinstance(X, Table):
        X = X.to_learn()
    if isinstance(X, pd.DataFrame):
        frame = checked_table(X)
        validate_data(estimator, frame, reset=True, skip_check_array=True)
        return frame
    return _named(estimator, _matrix(estimator, X, reset=True, at_least=2))  # nobody can compare a single row


def table_to_transform(estimator: BaseEstimator, X: Any) -> pd.DataFrame:
    """Return the table with the column names of the table that the estimator was fitted on.

    If the estimator was fitted on a frame, a frame is returned as it is: its columns are found by their names.

    Raises
    ------
    TableError, ValueError, TypeError : as in `table_to_fit`, and if columns without names differ in number.
    """
    if not isinstance(X, pd.DataFrame):
        return _named(estimator, _matrix(estimator, X, reset=False, at_least=1))
    frame = checked_table(X)
    if hasattr(estimator, "feature_names_in_"):
        return frame
    validate_data(estimator, frame, reset=False, skip_check_array=True)
    return frame.set_axis(_names(estimator), axis=1)


def check_names(estimator: BaseEstimator, names: npt.ArrayLike) -> None:
    """Raise ValueError if the names differ from those of the columns that the estimator was fitted on."""
    given = np.asarray(names, dtype=object)
    if len(given) != estimator.n_features_in_:
        raise ValueError(
            f"input_features should have length equal to number of features ({estimator.n_features_in_}), "
            f"got {len(given)}."
        )
    if hasattr(estimator, "feature_names_in_") and list(given) != list(estimator.feature_names_in_):
        raise ValueError("input_features is not equal to feature_names_in_.")


def _matrix(estimator: BaseEstimator, X: Any, reset: bool, at_least: int) -> np.ndarray:
    matrix: np.ndarray = validate_data(
        estimator, X, reset=reset, dtype=None, ensure_all_finite=False, ensure_min_samples=at_least
    )
    return matrix


def _names(estimator: BaseEstimator) -> list[str]:
    return list(getattr(estimator, "feature_names_in_", [f"x{k}" for k in range(estimator.n_features_in_)]))


def _named(estimator: BaseEstimator, matrix: np.ndarray) -> pd.DataFrame:
    return checked_table(pd.DataFrame(matrix, columns=_names(estimator)).infer_objects())
