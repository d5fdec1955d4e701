"""Encodes a table as X: finite, standardised numbers, each feature with the column that it came from.

The kind of a column at `fit` (see `kinds`) decides its features:

- *numbers, yes/no*: the value; missing ones are the median.
- *categories* with few values: one feature for each value (a single feature for two values); a missing value counts as
  a value. A value that `fit` has not seen is the average of the seen values: 0 in each of its features.
- *categories with many values, texts*: letter n-grams, reduced by a singular value decomposition (skrub's
  StringEncoder).
- *places*: latitude and longitude, two numbers.
- *dates*: seconds, and year, month, day, hour and weekday.
- *yes/no, by a person's choice*: as categories, one for each meaning, and what says neither is missing (see `yes_no`).
- A column with missing values gets one more feature, which says whether the row's value is missing. Categories with few
  values do not need it.
- *numbers, degrees, seconds* with three values or more get one more feature: the rank of the value among all rows, as
  the deviation of a normal variable of that rank. The feature is linear between 64 stored quantiles, the knots. Beyond
  them it is constant. One wrong cell of a million ruins a column's mean and standard deviation, but not its ranks.

"Few" is what 1,000 features leave to each column of texts, at least 4 and at most 30. The n-grams of the others become
as many features as the square root of their distinct texts (the median over these columns), within the same bounds.
Features that are the same in all rows are dropped. The others are centered. Those that do not say yes or no are divided
by their standard deviation. Among a million rows, no row can lie further than 1,000 deviations from the mean, so new
values are cut off there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from dami import wording
from dami.errors import TableError
from dami.tables.codes import Codes
from dami.tables.column_transformers import Transformer, apply, categories_of, fit_transformers, names_of
from dami.tables.column_values import (
    arrow_texts,
    as_places,
    as_texts,
    infinity_notes,
    is_numeric,
    missing_in,
    numbers_in,
    read_as,
)
from dami.tables.estimator_inputs import check_names, table_to_fit, table_to_transform
from dami.tables.kinds import Glance, as_shown, check_choices, choose_columns, glance
from dami.tables.newer_files import AsBefore, by_codes, with_names_of
from dami.tables.number_formats import counts_as_missing, told
from dami.tables.ranks import KNOTS, rank_knots
from dami.tables.readings import parted
from dami.tables.table import Table
from dami.tables.yes_no import NEITHER, NO_WORDS, ONES, alike, respelled, say_neither, what_they_say

FIT_ROWS = 50_000  # rows that decide about medians, categories and n-grams
BLOCK_ROWS = 50_000  # rows transformed at once
LIMIT = 1_000.0  # standard deviations
AXES = ("latitude", "longitude")


class Encoder(TransformerMixin, BaseEstimator):
    """Encode tables as float32, finite and standardised.

    Parameters
    ----------
    left_out : names of columns that the model does not see; None: those that the rules find. With an empty list, the
        encoder keeps all columns that it can use.
    kinds : column -> the kind that a person has given it (`kinds.CHOICES`), where the rules are wrong, with the reading
        of its texts if they leave it open: "date, day first", "number, decimal comma"; None: what `open_table` was
        told, which the table carries in ``attrs["kinds"]``.
    random_state : seed of the sample of rows that `fit` takes above 50,000 rows, and of the decomposition of texts.

    Attributes
    ----------
    feature_names_out_ : (d,) name of each feature.
    columns_of_ : (d,) column that each feature came from.
    left_out_ : columns that are no features, each with the reason in words.
    kinds_ : column -> the kind that a person has given it, with the reading that its texts have shown.
    words_ : column that a person calls yes/no -> the words that say so, in small letters; without any it is a category.
    yes_no_ : columns of numbers, or truth values, that say yes and no.
    codes_ : column of a statistics program -> what its codes mean, see `codes.Codes`.
    readings_ : column -> how the rules read its texts, such as "number, decimal comma", where that shows.
    notes_ : sentences about the values that were mended (infinite numbers, and what says neither yes nor no).

    Notes
    -----
    Two fits on equal tables give equal features. 32,561 x 14 take about two seconds, and memory for one block of
    50,000 rows besides the result.
    """

    feature_names_out_: np.ndarray
    columns_of_: np.ndarray
    left_out_: dict[str, str]
    kinds_: dict[str, str]
    words_: dict[str, list[str]]
    yes_no_: list[str]
    codes_: dict[str, dict[str, Any]]
    readings_: dict[str, str]
    notes_: list[str]
    transformers_: dict[str, Transformer]

    def __init__(
        self,
        left_out: Sequence[str] | None = None,
        random_state: int = 0,
        kinds: Mapping[str, str] | None = None,
    ) -> None:
        self.left_out = left_out
        self.random_state = random_state
        self.kinds = kinds

    def fit(self, X: Table | pd.DataFrame | npt.ArrayLike, y: object = None) -> Self:
        """Learn the encoding of a table (n, m); the columns of an array are called x0, x1, ...

        A `Table` of `open_table` tells how its texts were read, which a frame of its values does not.

        Raises
        ------
        TableError, ValueError : no rows, no columns, or none that differs between rows; or `kinds` names what is not
            there.
        """
        if isinstance(X, Table) and self.kinds is not None:  # as `read` takes new rows
            X = X.with_kinds({**dict.fromkeys(X.kinds), **self.kinds})
        frame = table_to_fit(self, X)
        said = None if isinstance(X, Table) else self.kinds
        chosen = frame.attrs.get("kinds", {}) if said is None else said
        check_choices(chosen, frame.columns if self.kinds is not None else None)
        bare = _bare(frame)
        columns = {name: glance(bare[name], name, chosen.get(name)) for name in bare.columns}
        self.readings_ = _readings(columns, frame)
        rows = sampled_rows(len(frame), self.random_state)
        return self._learn(columns, frame if len(rows) == len(frame) else frame.iloc[rows])

    def fit_sample(self, columns: Mapping[str, Glance], sample: pd.DataFrame) -> Self:
        """`fit` on a table that need not be in memory as a whole.

        Parameters
        ----------
        columns : what was seen of each whole column, in the order of the table
        sample : (k, m) the rows of the table that `sampled_rows` names
        """
        sample = table_to_fit(self, sample)
        self.readings_ = _readings(columns, sample)
        return self._learn(columns, sample)

    def _learn(self, columns: Mapping[str, Glance], sample: pd.DataFrame) -> Self:
        self.kinds_ = {name: seen.chosen for name, seen in columns.items() if seen.chosen}
        self.codes_ = {name: said for name, said in sample.attrs.get("codes", {}).items() if name in columns}
        sample = _bare(sample)
        self.left_out_, kinds = choose_columns(columns, self.left_out)
        lost = {name: (kind, columns[name].n_lost) for name, kind in kinds.items()}
        self.notes_ = infinity_notes({name: n for name, (kind, n) in lost.items() if kind == "number"}, sample)
        self.notes_ += _notes_of_yes_no({name: columns[name] for name, kind in kinds.items() if kind == "text"}, sample)
        # Which columns are read as what: the order is that of the table throughout.
        self.numbers_ = [name for name, kind in kinds.items() if kind in ("number", "date")]
        self.places_ = [name for name, kind in kinds.items() if kind == "place"]
        self.dates_ = [name for name, kind in kinds.items() if kind == "date"]
        self.texts_ = [name for name, kind in kinds.items() if kind == "text"]
        self.yes_no_ = [name for name in self.numbers_ if columns[name].kind == "yes/no"]
        self.words_ = {name: list(seen.words) for name, seen in columns.items() if seen.words and name in kinds}
        self.transformers_ = fit_transformers(*self._texts_and_dates(sample), self.random_state)
        few = self.few_
        self.indicated_ = [
            name for name in kinds if name not in few and missing_in(sample, name, self.read_as(name)).any()
        ]
        raw, names, sources = self._raw(sample), *self._raw_names()
        self.imputer_ = SimpleImputer(strategy="median", keep_empty_features=True).fit(raw)
        raw = self._filled(raw)
        order = {name: place for place, name in enumerate(columns)}
        varies = raw.max(axis=0) > raw.min(axis=0)
        n_numbers = len(self.numbers_) + 2 * len(self.places_)
        knots = {j: found for j in range(n_numbers) if (found := rank_knots(raw[:, j])) is not None}
        # A feature that stands there twice is, the second time, its rank.
        kept = [*np.flatnonzero(varies), *knots]
        self.kept_ = np.array(sorted(kept, key=lambda j: (order[sources[j]], j)), dtype=np.intp)
        if len(self.kept_) == 0:
            raise TableError(
                "No column differs between the rows, so there is nothing to learn from. Add columns or rows."
            )
        self.knots_ = np.array([knots[j] for j in self.kept_[self.ranked_]]).reshape(-1, 2, KNOTS)
        self.scaler_ = _scaler(self._chosen(raw))
        self.feature_names_out_ = np.array(names, dtype=object)[self.kept_]
        self.feature_names_out_[self.ranked_] = [f"{name} (rank)" for name in self.feature_names_out_[self.ranked_]]
        self.columns_of_ = np.array(sources, dtype=object)[self.kept_]
        without = set(kinds) - set(self.columns_of_)
        self.left_out_ |= dict.fromkeys(without, "its values do not differ between the rows")
        return self

    def read(self, table: Table) -> Table:
        """Return new rows with the kinds and readings that their columns had in the table of `fit`.

        Where that table had codes with labels, as files of statistics programs do, a cell means one of them, whether it
        holds the code or the label. Each cell stays as it was written.
        """
        table = with_names_of(getattr(self, "feature_names_in_", ()), table)
        names = [name for name in table.frame if name in {*table.kinds, *self.kinds_}]
        kinds = {name: self.kinds_.get(name) for name in names}
        codes = {name: Codes(**said) for name, said in self.codes_.items()}
        words = {name: self.words_.get(name, []) for name, kind in self.kinds_.items() if kind == "yes/no"}
        by_rules = [name for name in self.numbers_ if name not in self.kinds_ and name not in self.yes_no_]
        readings = {name: self.read_as(name) for name in by_rules}
        cells = self.few_ | {name: [] for name in self.numbers_}
        texts = [name for name in self.texts_ if name not in self.kinds_]
        return AsBefore(kinds, readings, codes, words, texts, cells).read(table)

    def by_codes(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a bare frame with what its cells mean where the table of `fit` had codes with labels."""
        return by_codes(frame, {name: Codes(**said) for name, said in self.codes_.items()}, self.kinds_)

    def transform(self, X: Table | pd.DataFrame | npt.ArrayLike) -> np.ndarray:
        """Encode a table. A frame has the columns of `fit` in any order and may have more; an array has them in place.

        A `Table` of `open_table` is read as the table of `fit` was, see `read`. A bare frame holds values; where the
        table of `fit` had codes with labels, it may hold either.

        Returns
        -------
        X (n, d) float32, finite.

        Raises
        ------
        TableError, ValueError : no rows, or a column is missing.
        """
        check_is_fitted(self, "kept_")
        given = table_to_transform(self, self.read(X).frame if isinstance(X, Table) else X)
        frame = self.spelled_alike(_bare(self.by_codes(given)))
        needed = list(dict.fromkeys(self.columns_of_))
        lacking = [name for name in self.inputs_ if name not in frame.columns]
        if lacking:
            names, columns = wording.quoted(lacking, 5), wording.noun(len(lacking), "column")
            raise TableError(
                f"The table lacks the {columns} {names}, which the model was trained on ({len(needed)} in all)."
            )
        result = np.empty((len(frame), len(self.kept_)), dtype=np.float32)
        for start in range(0, len(frame), BLOCK_ROWS):
            block = frame.iloc[start : start + BLOCK_ROWS]
            raw = self._filled(self._raw(block))
            scaled = np.asarray(self.scaler_.transform(self._chosen(raw)))
            self._neutralize_unseen(block, scaled)
            result[start : start + BLOCK_ROWS] = np.clip(scaled, -LIMIT, LIMIT)
        return result

    def spelled_alike(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return new rows whose texts say yes and no, and spell whole numbers, as the table of `fit` does."""
        spelled: dict[str, pd.Series] = {}
        for name, known in self.alike_.items():
            if name in frame and not (name in self.numbers_ and is_numeric(frame[name])):
                spelled[name] = respelled(as_texts(frame[name]), known, self.few_.get(name, ()))
        return frame.assign(**spelled)

    def get_feature_names_out(self, input_features: npt.ArrayLike | None = None) -> np.ndarray:
        """Return `feature_names_out_`, as scikit-learn asks for it.

        Raises
        ------
        ValueError : the input features are given, and are not those of `fit`.
        """
        check_is_fitted(self, "kept_")
        if input_features is not None:
            check_names(self, input_features)
        return self.feature_names_out_

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    # --- the parts of X ---

    @property
    def inputs_(self) -> list[str]:
        """The columns that are read."""
        return [*self.numbers_, *self.places_, *self.texts_]

    def read_as(self, name: str) -> str:
        """Return what a column is read as: "text", "place", or "number" or "date" with the reading that `fit` found."""
        if name in self.texts_ or name in self.places_:
            return "text" if name in self.texts_ else "place"
        kind = "date" if name in self.dates_ else "number"
        chosen = self.kinds_.get(name) or self.readings_.get(name, kind)
        return chosen if parted(chosen)[0] == kind else kind

    @property
    def few_(self) -> dict[str, list[str]]:
        """The categories of each column of texts that has few."""
        found = {name: categories_of(transformer) for name, transformer in self.transformers_.items()}
        return {name: categories for name, categories in found.items() if categories is not None}

    @property
    def alike_(self) -> dict[str, dict[str, str]]:
        """The words that mean a value of each column of texts without codes, or of yes/no by the rules."""
        few = self.few_
        texts = [name for name in self.texts_ if name not in self.words_ and name not in self.codes_]
        return dict.fromkeys(self.yes_no_, ONES) | {name: alike(few.get(name, [])) for name in texts}

    def _texts_and_dates(self, frame: pd.DataFrame) -> tuple[dict[str, pd.Series], dict[str, pd.Series]]:
        """Return the columns that have a transformer, by name."""
        dates = {name: read_as(frame[name], self.read_as(name)) for name in self.dates_}
        return {name: self._as_texts(frame, name) for name in self.texts_}, dates

    def _as_texts(self, frame: pd.DataFrame, name: str) -> pd.Series:
        """Return a column as texts (n,); of one that a person calls yes/no, as the words that say it."""
        return what_they_say(as_texts(frame[name]), self.words_.get(name, ()))

    def _raw(self, frame: pd.DataFrame) -> np.ndarray:
        """Return all features before imputing and scaling, (n, k) float64 with NaN where missing."""
        n = len(frame)
        numbers = [numbers_in(frame, name, self.read_as(name)) for name in self.numbers_]
        numbers += [degrees for name in self.places_ for degrees in as_places(frame[name]).T]
        indicators = [missing_in(frame, name, self.read_as(name)) for name in self.indicated_]
        parts = [np.column_stack([*numbers, *indicators]) if numbers or indicators else np.empty((n, 0))]
        texts, dates = self._texts_and_dates(frame)
        parts += [apply(self.transformers_[name], values) for name, values in (texts | dates).items()]
        return np.hstack(parts).astype(np.float64, copy=False)  # (n, numbers + places + indicators + transformers')

    def _filled(self, raw: np.ndarray) -> np.ndarray:
        """Return `_raw` with medians where values are missing, and less the medians: an array, whatever set_config."""
        return np.asarray(self.imputer_.transform(raw)) - self.imputer_.statistics_

    @property
    def ranked_(self) -> np.ndarray:
        """The features that are ranks, (r,): each ranks the feature before it and has a row in `knots_`."""
        return np.flatnonzero(self.kept_[1:] == self.kept_[:-1]) + 1

    def _chosen(self, raw: np.ndarray) -> np.ndarray:
        """Return the features of `_filled` that are kept, (n, d), with ranks where they are asked for."""
        chosen = raw[:, self.kept_]
        for at, (knots, heights) in zip(self.ranked_, self.knots_, strict=True):
            chosen[:, at] = np.interp(chosen[:, at], knots, heights)
        return chosen

    def _raw_names(self) -> tuple[list[str], list[str]]:
        """Return (names, columns) of the features of `_raw`."""
        names = [f"{name} (seconds)" if name in self.dates_ else name for name in self.numbers_]
        names += [f"{name} ({axis})" for name in self.places_ for axis in AXES]
        names += [f"{name} is missing" for name in self.indicated_]
        sources = [*self.numbers_, *(name for name in self.places_ for _ in AXES), *self.indicated_]
        for column, transformer in self.transformers_.items():
            made = names_of(transformer, column)
            names, sources = names + made, sources + [column] * len(made)
        return names, sources

    def _neutralize_unseen(self, frame: pd.DataFrame, scaled: np.ndarray) -> None:
        """Set the features of categories that `fit` has not seen to 0, the average, in place."""
        for name, categories in self.few_.items():
            texts = self._as_texts(frame, name)
            features = self.columns_of_ == name
            seen = texts.isin(categories)
            if f"{name} is missing" in self.feature_names_out_[features]:
                seen |= texts.isna()
            unseen = ~seen.to_numpy()
            if unseen.any():
                scaled[np.ix_(unseen, features)] = 0.0

    # --- files ---

    def to_bytes(self) -> bytes:
        """Return the fitted encoder as a skops file (no pickle); it records skrub's version."""
        from dami.tables import encoder_file  # skops imports all of scikit-learn, and torch with it

        check_is_fitted(self, "kept_")
        learnt = {key: value for key, value in vars(self).items() if key.endswith("_")}
        return encoder_file.dumps(self.get_params(), learnt)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the encoder that `to_bytes` wrote.

        Raises
        ------
        ModelError : the bytes are something else, hold a type that encoders do not, or another skrub wrote them.
        """
        from dami.tables import encoder_file

        params, state = encoder_file.loads(data)
        encoder = cls(**params)
        for key, value in state.items():
            setattr(encoder, key, value)
        return encoder


def _bare(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame without its attrs, of which pandas makes a deep copy for each column that is taken out."""
    return pd.DataFrame(frame)


def _readings(columns: Mapping[str, Glance], frame: pd.DataFrame) -> dict[str, str]:
    """Return how the rules read columns of texts: as the frame says, else as its own texts show."""
    bare = _bare(frame)
    shown = {name: as_shown(bare[name], said) for name, seen in columns.items() if (said := seen.read_as)}
    known = {**shown, **frame.attrs.get("readings", {})}
    return {name: said for name, said in known.items() if _names_reading(said, columns.get(name))}


def _names_reading(choice: str, seen: Glance | None) -> bool:
    """Return whether a choice names a reading of what the rules read a column as."""
    kind, reading = parted(choice)
    return seen is not None and seen.chosen is None and reading is not None and seen.read_as == kind


def _notes_of_yes_no(columns: Mapping[str, Glance], sample: pd.DataFrame) -> list[str]:
    """Return a sentence for each column of yes/no with texts that say neither, with an example of the sample."""
    notes = []
    for name, seen in columns.items():
        if seen.kind != "yes/no" or not seen.n_lost:
            continue
        texts = arrow_texts(as_texts(sample[name]).dropna())
        strange = say_neither(texts, seen.words) if seen.words else np.ones(len(texts), dtype=bool)
        if not strange.any():
            notes.append(f"In “{name}”, {NEITHER} counts as missing ({wording.count(seen.n_lost, 'cell')}).")
            continue
        rows = np.zeros(len(texts), dtype=np.int64)
        rows[np.flatnonzero(strange)[0]] = seen.n_lost  # of the whole column
        tell = partial(counts_as_missing, name, NEITHER) if seen.words else partial(told, name, NO_WORDS)
        notes.append(tell(texts, strange, rows))
    return notes


def sampled_rows(n_rows: int, random_state: int) -> np.ndarray:
    """Return the positions, ascending, of the rows that an encoder learns from: at most 50,000."""
    if n_rows <= FIT_ROWS:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(random_state).choice(n_rows, FIT_ROWS, replace=False))


def _scaler(raw: np.ndarray) -> StandardScaler:
    """Center all features, (n, k); divide by their standard deviation those that are more than yes and no.

    If rare categories and rarely missing values were divided too, their rows would lie ten times farther from the rest
    than any number does, and a strategy that picks the farthest row would ask for little else.
    """
    scaler = StandardScaler().fit(raw)
    low, high = raw.min(axis=0), raw.max(axis=0)
    yes_no = (high - low == 1) & ((raw == low) | (raw == high)).all(axis=0)
    scaler.scale_[yes_no] = 1.0
    return scaler
