"""Features of texts and dates: those of skrub's TableVectorizer, and files from when it made them for all columns."""

import copy
import functools
import json
import warnings
import zipfile

import numpy as np
import pandas as pd
import pytest
import skops.io
import skrub
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder
from skrub import DatetimeEncoder, StringEncoder, TableVectorizer

from dami.errors import ModelError
from dami.tables import encoder_file
from dami.tables.column_transformers import apply, fit_transformers
from dami.tables.encoding import Encoder

WIDTH, N_GRAMS = 30, 21  # what the rules make of these columns


def table(n: int = 500) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    days = pd.Series(pd.Timestamp("2024-02-28 22:10") + pd.to_timedelta(rng.integers(0, 40_000, n), unit="h"))
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=n),
            "color": pd.Series(rng.choice(["red", "green", "N/A?", "ünï"], n), dtype="str"),
            "two": pd.Series(rng.choice(["yes", "no"], n), dtype="str"),
            "text": pd.Series([f"word {i % 499} of {i % 13}, Straße" for i in range(n)], dtype="str"),
            "day": days,
        }
    )
    for place, name in enumerate(["color", "text", "day"]):
        frame.loc[place::9, name] = None
    return frame


def together(frame: pd.DataFrame) -> TableVectorizer:
    """What made the features of all columns until 29 November 2026, on columns c0, c1, ..."""
    vectorizer = TableVectorizer(
        cardinality_threshold=WIDTH + 1,
        low_cardinality=OneHotEncoder(drop="if_binary", handle_unknown="ignore", sparse_output=False, dtype=np.float32),
        high_cardinality=StringEncoder(n_components=N_GRAMS, random_state=0),
        datetime=DatetimeEncoder(add_total_seconds=False, add_weekday=True),
        drop_null_fraction=None,
    )
    return vectorizer.fit(keyed(frame))


def keyed(frame: pd.DataFrame) -> pd.DataFrame:
    columns = [frame[name].astype("category") for name in ("color", "two", "text")]
    return pd.DataFrame({f"c{k}": column for k, column in enumerate([*columns, frame["day"]])})


def odd_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows with values that were not there, and with none."""
    odd = frame.head(30).copy()
    odd.loc[::3, ["color", "two", "text"]] = "never seen"
    odd.loc[1::3, ["color", "two", "text", "day"]] = None
    return odd


def test_each_column_has_the_features_of_skrubs_vectorizer() -> None:
    frame, (_, vectorizer) = table(), fitted()
    texts = {name: frame[name] for name in ("color", "two", "text")}
    found = fit_transformers(texts, {"day": frame["day"]}, 0)
    for rows in (frame, odd_rows(frame)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # unseen categories
            expected = vectorizer.transform(keyed(rows)).to_numpy(dtype=np.float32, na_value=np.nan)
        made = np.hstack([apply(transformer, rows[name]) for name, transformer in found.items()])
        np.testing.assert_array_equal(made, expected)


def test_a_text_nan_is_no_missing_value() -> None:
    frame = pd.DataFrame({"word": pd.Series(["nan", "dada", None] * 20, dtype="str"), "size": np.arange(60) % 7})
    encoder = Encoder().fit(frame)
    assert [name for name in encoder.feature_names_out_ if "word" in name] == [
        "word = dada",
        "word = nan",
        "word is missing",
    ]
    X = encoder.transform(frame)[:3, encoder.columns_of_ == "word"]
    assert [int(row.argmax()) for row in X] == [1, 0, 2]


@functools.cache
def fitted() -> tuple[Encoder, TableVectorizer]:
    """An encoder, and what made its features of texts and dates before: nobody changes them."""
    return Encoder().fit(table()), together(table())


def as_before(encoder: Encoder, vectorizer: object) -> bytes:
    """The encoder's file as it was written when one vectorizer made the features of all texts and dates."""
    data = encoder.to_bytes()
    content = skops.io.loads(data, trusted=sorted(encoder_file.TRUSTED))
    state = {key: value for key, value in content["state"].items() if key != "transformers_"}
    state |= {"vectorizer_": vectorizer, "few_": {}, "inner_": ["color"], "inner_names_": ["color = red"]}
    with pytest.MonkeyPatch.context() as patch:  # indented, as skops wants it, JSON is written ten times as slowly
        patch.setattr(json, "dumps", lambda value, **_: json.JSONEncoder().encode(value))
        return skops.io.dumps({**content, "state": state}, compression=zipfile.ZIP_DEFLATED)


def test_a_file_from_when_all_columns_had_one_vectorizer_opens() -> None:
    frame, (encoder, vectorizer) = table(), fitted()
    before = as_before(encoder, vectorizer)
    again = Encoder.from_bytes(before)
    for rows in (frame, odd_rows(frame)):
        np.testing.assert_array_equal(again.transform(rows), encoder.transform(rows))
    assert again.few_ == encoder.few_
    assert len(again.to_bytes()) < len(before)  # and is written as files are today


def test_a_file_from_before_without_texts_and_dates_opens() -> None:
    frame = table()[["size"]]
    encoder = Encoder().fit(frame)
    again = Encoder.from_bytes(as_before(encoder, None))
    np.testing.assert_array_equal(again.transform(frame), encoder.transform(frame))


@pytest.mark.parametrize("wrong", [None, 3, LogisticRegression(), {"transformers_": {}}, TableVectorizer()])
def test_a_file_from_before_with_another_vectorizer_is_refused(wrong: object) -> None:
    with pytest.raises(ModelError, match=r"cannot be read|other parts"):
        Encoder.from_bytes(as_before(fitted()[0], wrong))


@pytest.mark.parametrize(("held", "said"), [(LogisticRegression(), "other parts"), (skrub.DropCols("a"), "DropCols")])
def test_a_vectorizer_from_before_may_hold_transformers_alone(held: object, said: str) -> None:
    encoder, whole = fitted()
    vectorizer = copy.copy(whole)
    vectorizer.transformers_ = {**whole.transformers_, "c0": held}
    with pytest.raises(ModelError, match=said):
        Encoder.from_bytes(as_before(encoder, vectorizer))
