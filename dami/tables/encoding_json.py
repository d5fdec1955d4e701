"""Describes a fitted encoder in JSON: for each feature, the column that it came from and how it is computed.

The description is complete: another program can compute the features without skrub, scikit-learn or DAMI. The module
`standalone_encoder` is such a program. Large arrays (what reduces n-grams) are base64 of their little-endian bytes,
with their shape.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pandas as pd
from sklearn.preprocessing import OneHotEncoder
from skrub import DatetimeEncoder

from dami.tables.codes import Codes
from dami.tables.column_transformers import shown_categories
from dami.tables.column_values import HUGE
from dami.tables.encoding import AXES, LIMIT, Encoder
from dami.tables.patterns import ALWAYS_MISSING, SIGNS_MISSING
from dami.tables.places import PLACES
from dami.tables.readings import describe_dates, describe_numbers, parted
from dami.tables.yes_no import spellings

FORMAT = "dami-encoding-4"


def describe_encoder(encoder: Encoder) -> dict[str, Any]:
    """Return a description, fit for JSON, of how a fitted encoder computes its features.

    Returns
    -------
    dict
        ``format``; ``how``: sentences that say what the words below mean; ``missing``: texts that mean a missing value;
        ``limit``; ``columns``: name -> the kind of its values, with its categories or n-grams; ``features``: in
        their order, each with its name, its column, the part of it, and the numbers that center and scale it.
    """
    raw = _raw_features(encoder)
    features = []
    knots = dict(zip(encoder.ranked_, encoder.knots_, strict=True))
    for k, at in enumerate(encoder.kept_):
        taken = dict(raw[at])
        median = float(encoder.imputer_.statistics_[at])
        if taken["take"] not in ("equals", "is missing", "component"):
            taken["missing"] = median
        # The encoder subtracts the median first, then what is left of the mean.
        taken["subtract"] = median + float(encoder.scaler_.mean_[k])
        if k in knots:
            taken["knots"], taken["heights"] = (knots[k][0] + median).tolist(), knots[k][1].tolist()
            taken["subtract"] = float(encoder.scaler_.mean_[k])
        taken["divide"] = float(encoder.scaler_.scale_[k])
        features.append({"name": str(encoder.feature_names_out_[k]), **taken})
    return {
        "format": FORMAT,
        "how": _how(),
        "missing": list(ALWAYS_MISSING),
        "signs": list(SIGNS_MISSING),
        "limit": LIMIT,
        "columns": _columns(encoder, {feature["column"] for feature in features}),
        "features": features,
    }


def _how() -> list[str]:
    return [
        "A feature is (taken - subtract) / divide, cut off at -limit and limit; take says what is taken of its column.",
        "knots, heights: what is taken is replaced by the height at it, linear between knots and the same beyond the "
        "outermost: how high the value ranks among the rows that the encoding was learnt from.",
        "An empty cell, and a text that stands in missing, is no value, unless it is a category of its column.",
        "codes: what a cell of the column means is looked up first: its text in texts, without spaces around it in "
        "texts, in small letters in loose, and if it is a number, without the zeros that change nothing (01, 1.0) in "
        "numbers; null is no value. Else it means what it says, but with only_labels a number means nothing. Of two "
        "ways, the whole column is read in the one that finds more, or in the first. With by_code, typed numbers stay "
        "as they are.",
        "alike: a text that is none of the column's categories is the one that it is without spaces around it (both in "
        "Unicode's form NFC). Else it is put in small letters, and a whole number without .0 (1.00 is 1): if it stands "
        "in alike then, it means what stands beside it there.",
        "signs: where a column has alike, a text that stands in signs is no value, unless it is a category then.",
        "Numbers in texts: a sign of units before or behind is taken off, brackets around are a minus, a dash of minus "
        "is one; what parts groups of three digits is taken out, and decimal is the decimal sign (without one, a comma "
        "is, unless it parts groups). What fits number then is a number; with a decimal comma, what has a point before "
        "a digit is none, unless all texts fit number as they are. Where more texts of the column fit a pattern of "
        "times, each is its seconds.",
        "Dates in texts: ISO 8601, else the text fits a pattern of dates, whose group date has the format beside it "
        "(strptime, months by three letters, blanks for what stands between), and whose other groups are a time: half "
        "is a or p, zone is what its clock is ahead of UTC. Where two formats stand beside a pattern, all texts have "
        "the first of each, or all the last, whichever reads more texts; if both read as many, a text that they read "
        "differently is no value.",
        "value: the number; true and false are 1 and 0, but no numbers in texts where decimal is given; what is no "
        f"finite number is no value, and no value is the number that the feature names as missing; numbers beyond "
        f"{HUGE:g} are cut off.",
        "seconds, year, month, day, hour, weekday: of a date in UTC; seconds count from 1970-01-01, weekdays from 1 "
        "for Monday; no value is the number that the feature names as missing.",
        "latitude, longitude: of a place, in degrees: the text fits a pattern of its column, whose groups are "
        "degrees (lat, lon), minutes (lat_min) and seconds (lat_sec); less than 0 with a minus (lat_sign) or a letter "
        "for south or west (lat_side); beyond 90 or 180 it is no place; no place is the number that the feature names "
        "as missing.",
        "is missing: 1 where the column has no value, else 0.",
        "equals: 1 where the text is the feature's value, else 0. Where the text is none of the column's categories, "
        "all features of the column are 0 in the end (also where it has no value, unless missing_counts). Where the "
        "column has spellings, its texts are trimmed and put in small letters first, whole numbers without .0; each "
        "that is a spelling is the category that stands for it, and any other is no value.",
        "component: the text in small letters is parted at its blanks, each word gets a blank before and behind, and "
        "all its pieces of 3, then of 4 letters are counted (a word shorter than a piece counts once, whole). The "
        "counts of terms times idf, divided by the root of the sum of their squares, times components (a row each), "
        "divided by scale. No value is the empty text.",
        "Whole numbers among texts have no .0; arrays are base64 of little-endian numbers (dtype, shape).",
    ]


def _raw_features(encoder: Encoder) -> list[dict[str, Any]]:
    """Return the column and its part for every feature before some are dropped, in the order of `Encoder._raw`."""
    found: list[dict[str, Any]] = [
        {"column": name, "take": "seconds" if name in encoder.dates_ else "value"} for name in encoder.numbers_
    ]
    found += [{"column": name, "take": axis} for name in encoder.places_ for axis in AXES]
    found += [{"column": name, "take": "is missing"} for name in encoder.indicated_]
    for name, transformer in encoder.transformers_.items():
        if isinstance(transformer, DatetimeEncoder):  # plain days have no hour
            found += [{"column": name, "take": part} for part in transformer.extracted_features_]
        elif isinstance(transformer, OneHotEncoder):
            for value in shown_categories(transformer):
                taken = {"take": "is missing"} if pd.isna(value) else {"take": "equals", "value": str(value)}
                found.append({"column": name, **taken})
        else:
            components = range(transformer.n_components_)
            found += [{"column": name, "take": "component", "component": k} for k in components]
    return found


def _columns(encoder: Encoder, used: set[str]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name in encoder.numbers_:
        kind, reading = parted(encoder.read_as(name))
        columns[name] = {"read_as": kind, **(describe_dates(reading) if kind == "date" else describe_numbers(reading))}
    for name in encoder.places_:
        columns[name] = {"read_as": "place", "patterns": list(PLACES)}
    for name, transformer in encoder.transformers_.items():
        if name in encoder.few_:
            counted = f"{name} is missing" in encoder.feature_names_out_[encoder.columns_of_ == name]
            columns[name] = {"read_as": "category", "categories": encoder.few_[name], "missing_counts": bool(counted)}
            if name in encoder.words_:
                columns[name]["spellings"] = spellings(encoder.words_[name])
        elif name in encoder.texts_:
            columns[name] = {"read_as": "text", **_n_grams(transformer)}
    for name, known in encoder.alike_.items():
        columns[name]["alike"] = known
    for name in columns.keys() & encoder.codes_.keys():
        by_code = parted(encoder.kinds_.get(name, ""))[0] == "number"
        columns[name]["codes"] = Codes(**encoder.codes_[name]).description(by_code)
    return {name: columns[name] for name in encoder.feature_names_in_ if name in columns and name in used}


def _n_grams(step: Any) -> dict[str, Any]:
    terms = sorted(step.vectorizer_.vocabulary_, key=step.vectorizer_.vocabulary_.get)
    components = step.tsvd_.components_ if hasattr(step, "tsvd_") else np.eye(step.n_components_, len(terms))
    return {
        "pieces": list(step.ngram_range),
        "terms": terms,
        "idf": _packed(step.vectorizer_.idf_, "<f8"),
        "components": _packed(components, "<f4"),
        "scale": float(step.scaling_factor_),
    }


def _packed(array: np.ndarray, dtype: str) -> dict[str, Any]:
    content = np.ascontiguousarray(array, dtype=dtype)
    return {"dtype": dtype, "shape": list(content.shape), "base64": base64.b64encode(content.tobytes()).decode()}
