"""The bytes of a fitted encoder: skops with the types it may hold listed, never pickle."""

from __future__ import annotations

import zipfile
from typing import Any

import numpy as np
import skops.io
import skrub

from dami.errors import ModelError

NAME_ARRAYS = ("feature_names_out_", "columns_of_", "feature_names_in_")
TRUSTED = {
    "numpy.dtype",
    "skrub._apply_to_each_col.ApplyToEachCol",
    "skrub._check_input.CheckInputDataFrame",
    "skrub._clean_categories.CleanCategories",
    "skrub._clean_null_strings.CleanNullStrings",
    "skrub._dataframe._common.is_any_date",
    "skrub._dataframe._common.is_categorical",
    "skrub._dataframe._common.is_numeric",
    "skrub._datetime_encoder.DatetimeEncoder",
    "skrub._drop_uninformative.DropUninformative",
    "skrub._duration_to_float.DurationToFloat",
    "skrub._string_encoder.StringEncoder",
    "skrub._table_vectorizer.PassThrough",
    "skrub._table_vectorizer.ShortReprDict",
    "skrub._table_vectorizer.TableVectorizer",
    "skrub._table_vectorizer._created_by_predicate",
    "skrub._to_datetime.ToDatetime",
    "skrub._to_float.ToFloat",
    "skrub._to_str.ToStr",
    "skrub.selectors._base.All",
    "skrub.selectors._base.And",
    "skrub.selectors._base.Cols",
    "skrub.selectors._base.Filter",
    "skrub.selectors._base.Sub",
    "skrub.selectors._selectors._cardinality_below",
}


def dumps(params: dict[str, Any], state: dict[str, Any]) -> bytes:
    """Return parameters and learned attributes as a compressed skops file."""
    content = {
        "skrub": skrub.__version__,
        "params": {key: list(value) if isinstance(value, tuple | set) else value for key, value in params.items()},
        "state": {key: value.tolist() if key in NAME_ARRAYS else value for key, value in state.items()},
    }
    return skops.io.dumps(content, compression=zipfile.ZIP_DEFLATED, compresslevel=1)


def loads(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what `dumps` was given.

    Raises
    ------
    ModelError : broken bytes, a type that encoders do not hold, or another version of skrub.
    """
    try:
        untrusted = set(skops.io.get_untrusted_types(data=data)) - TRUSTED
        if untrusted:
            raise ModelError(f"The encoder holds {sorted(untrusted)[0]}, none of its parts: do not trust the file.")
        content = skops.io.loads(data, trusted=sorted(TRUSTED))
        version, params, state = content["skrub"], content["params"], content["state"]
    except ModelError:
        raise
    except Exception as error:  # of zip, JSON or attributes, in any layer
        raise ModelError(
            "The encoder of this model cannot be read: the file is broken. Train the model again."
        ) from error
    if version.split(".")[:2] != skrub.__version__.split(".")[:2]:
        raise ModelError(f"The encoder is from skrub {version}; here is {skrub.__version__}. Train the model again.")
    return params, {key: np.array(value, dtype=object) if key in NAME_ARRAYS else value for key, value in state.items()}
