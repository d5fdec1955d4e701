"""Writes and reads a fitted encoder as a skops file. The file may hold only listed types; pickle is never used."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import skops.io
import skrub
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler
from skops.io.exceptions import UntrustedTypesFoundException

from dami.errors import ModelError
from dami.tables.column_transformers import Transformer

NAME_ARRAYS = ("feature_names_out_", "columns_of_", "feature_names_in_")
NAMELESS: dict[str, list[str]] = {"feature_names_in_": []}  # an encoder that was fitted on an array has no column names
TRUSTED = {
    "numpy.dtype",
    "skrub._datetime_encoder.DatetimeEncoder",
    "skrub._string_encoder.StringEncoder",
    "skrub._to_str.ToStr",
}
# Of files from before 29 November 2026, in which all columns of texts and dates had one transformer together.
TRUSTED_BEFORE = {
    "skrub._apply_to_each_col.ApplyToEachCol",
    "skrub._check_input.CheckInputDataFrame",
    "skrub._clean_categories.CleanCategories",
    "skrub._clean_null_strings.CleanNullStrings",
    "skrub._dataframe._common.is_any_date",
    "skrub._dataframe._common.is_categorical",
    "skrub._dataframe._common.is_numeric",
    "skrub._drop_uninformative.DropUninformative",
    "skrub._duration_to_float.DurationToFloat",
    "skrub._table_vectorizer.PassThrough",
    "skrub._table_vectorizer.ShortReprDict",
    "skrub._table_vectorizer.TableVectorizer",
    "skrub._table_vectorizer._created_by_predicate",
    "skrub._to_datetime.ToDatetime",
    "skrub._to_float.ToFloat",
    "skrub.selectors._base.All",
    "skrub.selectors._base.And",
    "skrub.selectors._base.Cols",
    "skrub.selectors._base.Filter",
    "skrub.selectors._base.Sub",
    "skrub.selectors._selectors._cardinality_below",
}


def _is(*kinds: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kinds)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _are_transformers(value: Any) -> bool:
    return isinstance(value, dict) and _is_names([*value]) and all(isinstance(v, Transformer) for v in value.values())


def _is_codes(value: Any) -> bool:
    if not (isinstance(value, dict) and {*value} - {"missing"} == {"labels", "are_numbers", "count"}):
        return False
    labels, missing = value["labels"], value.get("missing", [])  # files of before 29 November 2026 have no missing
    return (
        isinstance(labels, dict)
        and _is_names([*labels, *labels.values()])
        and _is_names(missing)
        and {type(value["are_numbers"]), type(value["count"])} == {bool}
    )


# A file must hold exactly these parts. It may come from a stranger, and skops does not check which type stands where.
PARAMS: dict[str, Callable[[Any], bool]] = {
    "left_out": lambda value: value is None or _is_names(value),
    "kinds": lambda value: value is None or (isinstance(value, dict) and _is_names([*value, *value.values()])),
    "random_state": _is(int, np.integer, type(None)),
}
STATE: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(NAME_ARRAYS, _is_names),
    **dict.fromkeys(("notes_", "numbers_", "dates_", "places_", "texts_", "indicated_", "yes_no_"), _is_names),
    "kinds_": lambda value: isinstance(value, dict) and _is_names([*value, *value.values()]),
    "readings_": lambda value: isinstance(value, dict) and _is_names([*value, *value.values()]),
    "left_out_": lambda value: isinstance(value, dict) and _is_names([*value, *value.values()]),
    "words_": lambda value: isinstance(value, dict) and _is_names([*value]) and all(map(_is_names, value.values())),
    "codes_": lambda value: isinstance(value, dict) and _is_names([*value]) and all(map(_is_codes, value.values())),
    "n_features_in_": _is(int),
    "transformers_": _are_transformers,
    "imputer_": _is(SimpleImputer),
    "scaler_": _is(StandardScaler),
    "kept_": lambda value: isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind == "i",
    "knots_": lambda value: isinstance(value, np.ndarray) and value.ndim == 3 and value.dtype.kind == "f",
}
# What files lack that were written before there were ranks or places, or a person could choose kinds and readings,
# or words of yes/no and codes were kept; and what such files have beyond.
WITHOUT_STATE: dict[str, Any] = {
    "knots_": np.empty((0, 2, 1)),
    **{part: {} for part in ("kinds_", "readings_", "words_", "codes_")},
    "places_": [],
    "yes_no_": [],
}
WITHOUT_PARAMS: dict[str, Any] = {"kinds": None}
BEFORE = ("vectorizer_", "few_", "inner_", "inner_names_")


def _fits(content: Any, rules: dict[str, Callable[[Any], bool]]) -> bool:
    return isinstance(content, dict) and set(content) == set(rules) and all(rules[k](v) for k, v in content.items())


def _as_now(state: Any) -> Any:
    """Return what a file holds with the parts that it would have today; what is none of ours as it is."""
    if not isinstance(state, dict):
        return state
    state = WITHOUT_STATE | state
    if "vectorizer_" not in state:
        return state
    columns = [*state["texts_"], *state["dates_"]]
    steps = state["vectorizer_"].transformers_ if columns else {}
    now = {name: steps[f"c{place}"] for place, name in enumerate(columns)}
    return {key: value for key, value in state.items() if key not in BEFORE} | {"transformers_": now}


def dumps(params: dict[str, Any], state: dict[str, Any]) -> bytes:
    """Return parameters and learned attributes as a compressed skops file."""
    content = {
        "skrub": skrub.__version__,
        "params": {key: list(value) if isinstance(value, tuple | set) else value for key, value in params.items()},
        "state": NAMELESS | {key: value.tolist() if key in NAME_ARRAYS else value for key, value in state.items()},
    }
    return skops.io.dumps(content, compression=zipfile.ZIP_DEFLATED, compresslevel=1)


def loads(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the parameters and learned attributes that a file of `dumps` holds.

    Raises
    ------
    ModelError : the bytes are broken or from another version of skrub, they hold a type that encoders do not have, or a
        part is missing, unknown or of a type that `dumps` does not write.
    """
    try:
        content = skops.io.loads(data, trusted=sorted(TRUSTED | TRUSTED_BEFORE))
        version, params, state = content["skrub"], content["params"], _as_now(content["state"])
    except UntrustedTypesFoundException as error:
        [untrusted, *_] = sorted(set(skops.io.get_untrusted_types(data=data)) - TRUSTED - TRUSTED_BEFORE)
        raise ModelError(f"The encoder holds {untrusted}, none of its parts: do not trust the file.") from error
    except Exception as error:  # zip, JSON and attributes can fail in many ways
        raise ModelError(
            "The encoder of this model cannot be read: the file is broken. Train the model again."
        ) from error
    if str(version).split(".")[:2] != skrub.__version__.split(".")[:2]:
        raise ModelError(f"The encoder is from skrub {version}; here is {skrub.__version__}. Train the model again.")
    params = WITHOUT_PARAMS | params if isinstance(params, dict) else params
    if not (_fits(params, PARAMS) and _fits(state, STATE)) or not (
        len(state["kept_"]) == len(state["columns_of_"]) == len(state["feature_names_out_"])
        and len(state["knots_"]) == np.count_nonzero(np.diff(state["kept_"]) == 0)
    ):
        raise ModelError("The encoder of this model has other parts than encoders have. Train the model again.")
    if state["feature_names_in_"] == []:
        del state["feature_names_in_"]
    return params, {key: np.array(value, dtype=object) if key in NAME_ARRAYS else value for key, value in state.items()}
