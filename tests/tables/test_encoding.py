"""Encoder: finite, standardised, every feature from its column, and the same after a file."""

import copy
import io
import zipfile
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, rankdata
from sklearn.base import clone

from dami.errors import ModelError, TableError
from dami.networks.mlp import MLP
from dami.tables import column_transformers, encoding
from dami.tables.demos import DEMOS, load_demo
from dami.tables.encoding import Encoder


def mixed(n: int = 120, seed: int = 0) -> pd.DataFrame:
    """A table with a column of each kind."""
    rng = np.random.default_rng(seed)
    gaps = rng.random(n) < 0.2
    words = ["delivery", "late", "damaged", "fine", "parcel", "thanks", "never", "again"]
    return pd.DataFrame(
        {
            "id": np.arange(n) + 100,
            "number": rng.normal(50, 9, n),
            "gappy": np.where(gaps, np.nan, rng.exponential(3, n)),
            "count": rng.integers(0, 5, n),
            "flag": rng.random(n) < 0.4,
            "unsure": pd.array(np.where(gaps, None, rng.random(n) < 0.5), dtype="boolean"),
            "two": pd.Series(rng.choice(["yes", "no"], n), dtype="str"),
            "color": pd.Series(np.where(gaps, None, rng.choice(["red", "green", "blue"], n)), dtype="str"),
            "street": pd.Series([f"{rng.choice(words)}-{rng.integers(40)}" for _ in range(n)], dtype="str"),
            "comment": pd.Series([" ".join(rng.choice(words, 6)) for _ in range(n)], dtype="str"),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
            "mess": pd.Series([3, "a", 2.5, None] * (n // 4), dtype=object),
            "late": np.where(gaps, "broken", rng.integers(0, 99, n).astype(str))
            if n < 0
            else rng.integers(0, 99, n).astype(str),
            "same": 7,
            "nothing": None,
        }
    )


@cache
def fitted() -> tuple[pd.DataFrame, Encoder, np.ndarray]:
    """`mixed`, an encoder that has learnt it, and its features; no test changes them."""
    frame = mixed()
    encoder = Encoder().fit(frame)
    return frame, encoder, encoder.transform(frame)


def test_every_kind() -> None:
    frame, encoder, X = fitted()
    assert X.dtype == np.float32
    assert X.shape == (len(frame), len(encoder.feature_names_out_))
    assert np.isfinite(X).all()
    np.testing.assert_allclose(X.mean(axis=0), 0, atol=1e-4)
    for feature in X.T:
        values = np.unique(feature.round(5))
        if len(values) == 2:  # yes or no: one unit apart
            assert values[1] - values[0] == pytest.approx(1, abs=1e-4)
        else:
            assert feature.std() == pytest.approx(1, abs=1e-3)
    assert set(encoder.left_out_) == {"id", "same", "nothing"}
    assert set(encoder.columns_of_) == set(frame.columns) - {"id", "same", "nothing"}
    assert len(set(encoder.feature_names_out_)) == X.shape[1]


def test_numbers_are_what_standardising_by_hand_gives() -> None:
    frame, encoder, X = fitted()
    names = list(encoder.feature_names_out_)
    filled = frame["gappy"].fillna(frame["gappy"].median())
    missing = frame["gappy"].isna().astype(float)
    for name, wanted in (("number", frame["number"]), ("gappy", filled)):
        np.testing.assert_allclose(X[:, names.index(name)], (wanted - wanted.mean()) / wanted.std(ddof=0), atol=1e-5)
    np.testing.assert_allclose(X[:, names.index("gappy is missing")], missing - missing.mean(), atol=1e-5)


def test_ranks_are_the_normal_deviations_of_midranks_and_a_wrong_cell_leaves_them() -> None:
    frame = pd.DataFrame({"x": np.random.default_rng(0).exponential(3, 2000), "k": np.arange(2000) % 4})
    encoder = Encoder(left_out=[]).fit(frame)
    assert encoder.feature_names_out_.tolist() == ["x", "x (rank)", "k", "k (rank)"]
    assert encoder.columns_of_.tolist() == ["x", "x", "k", "k"]
    X = encoder.transform(frame)
    normal = norm.ppf(rankdata(frame["x"]) / 2001)
    inner = abs(normal) < 2
    heights = X[:, 1] * encoder.scaler_.scale_[1] + encoder.scaler_.mean_[1]
    np.testing.assert_allclose(heights[inner], normal[inner], atol=0.05)
    assert (heights[~inner] == np.clip(heights[~inner], -2.5, 2.5)).all()
    of_k = X[:, 3] * encoder.scaler_.scale_[3] + encoder.scaler_.mean_[3]
    np.testing.assert_allclose(of_k[:4], norm.ppf([0.125, 0.375, 0.625, 0.875]), atol=1e-5)
    frame.loc[7, "x"] *= 10_000
    spoilt = Encoder(left_out=[]).fit(frame).transform(frame)
    others = np.arange(2000) != 7
    assert abs(spoilt[others, 0] - X[others, 0]).max() > 1 and abs(spoilt[others, 1] - X[others, 1]).max() < 0.1
    beyond = encoder.transform(pd.DataFrame({"x": [-1e9, 1e9, np.nan], "k": [0, 3, 1]}))
    assert beyond[0, 1] == X[:, 1].min() and beyond[1, 1] == X[:, 1].max() and abs(beyond[2, 1]) < 0.1


def test_yes_and_no_have_no_rank_and_what_hardly_varies_has_none() -> None:
    rare = np.zeros(1000)
    rare[:3] = [1, 2, 3]
    frame = pd.DataFrame({"flag": np.arange(1000) % 2, "rare": rare, "x": np.arange(1000) ** 2})
    assert Encoder(left_out=[]).fit(frame).feature_names_out_.tolist() == ["flag", "rare", "x", "x (rank)"]


@pytest.mark.parametrize("demo", ["penguins"])
def test_a_wrong_cell_of_a_row_without_a_label_costs_no_accuracy(demo: str) -> None:
    frame = load_demo(demo)
    labels = frame.pop(DEMOS[demo].target).astype(str).to_numpy()
    numbers = frame.select_dtypes("number").columns
    order = np.random.default_rng(0).permutation(len(frame))
    labeled, others = order[:60], order[60:]
    spoilt = frame.copy()
    spoilt[numbers] = spoilt[numbers].astype(float)
    spoilt.loc[others[-1], numbers] *= 10_000
    reached = {}
    for name, rows in (("as it is", frame), ("spoilt", spoilt)):
        encoder = Encoder().fit(rows)
        for kind in ("all", "without ranks"):
            kept = np.ones(len(encoder.columns_of_), bool)
            if kind == "without ranks":
                kept[encoder.ranked_] = False
            X = encoder.transform(rows)[:, kept]
            network = MLP(random_state=0).fit(X[labeled], labels[labeled])
            reached[name, kind] = network.score(X[others[:-1]], labels[others[:-1]])
    assert reached["as it is", "all"] > 0.97
    assert reached["spoilt", "without ranks"] < 0.9  # the fault
    assert reached["spoilt", "all"] > 0.97  # and its cure


def test_a_file_from_before_there_were_ranks_gives_what_it_gave() -> None:
    frame, encoder, X = fitted()
    kept = np.setdiff1d(np.arange(X.shape[1]), encoder.ranked_)
    old = copy.deepcopy(encoder)
    old.scaler_.mean_, old.scaler_.scale_ = encoder.scaler_.mean_[kept], encoder.scaler_.scale_[kept]
    old.scaler_.var_, old.scaler_.n_features_in_ = encoder.scaler_.var_[kept], len(kept)
    for name in ("kept_", "feature_names_out_", "columns_of_"):
        setattr(old, name, getattr(encoder, name)[kept])
    del old.knots_
    assert "knots_" not in vars(old)
    again = Encoder.from_bytes(old.to_bytes())
    np.testing.assert_array_equal(again.transform(frame), X[:, kept])
    assert not any("(rank)" in name for name in again.feature_names_out_)


def test_categories_are_one_hot() -> None:
    frame, encoder, X = fitted()
    for value in ("red", "green", "blue"):
        feature = X[:, list(encoder.feature_names_out_).index(f"color = {value}")]
        assert (feature[frame["color"] == value] > 0).all()
        assert (feature[frame["color"] != value] < 0).all()


def test_columns_of_by_changing_one_column_at_a_time(any_table: pd.DataFrame) -> None:
    frame = any_table.drop(columns="label").iloc[:300, :25]
    _check_columns_of(frame, Encoder().fit(frame))


def test_columns_of_every_kind() -> None:
    _check_columns_of(*fitted()[:2])


def _check_columns_of(frame: pd.DataFrame, encoder: Encoder) -> None:
    turned = [frame.assign(**{name: frame[name].to_numpy()[::-1]}) for name in frame.columns]
    whole = pd.concat([frame, *turned], ignore_index=True).astype(frame.dtypes)
    X, *changed = np.split(encoder.transform(whole), len(turned) + 1)  # at once: rows do not depend on each other
    moved_at_all = np.zeros(X.shape[1], dtype=bool)
    for name, features in zip(frame.columns, changed, strict=True):
        moved = (features != X).any(axis=0)
        assert set(encoder.columns_of_[moved]) <= {name}
        moved_at_all |= moved
    assert moved_at_all.mean() > 0.9  # a few features read the same from both ends


def test_real_tables_are_finite_and_not_wide(any_table: pd.DataFrame) -> None:
    frame = any_table.drop(columns="label")
    encoder = Encoder().fit(frame)
    X = encoder.transform(frame)
    assert np.isfinite(X).all()
    assert X.shape[1] <= 60 + 5 * frame.shape[1]
    for column in np.unique(encoder.columns_of_):
        places = np.flatnonzero(encoder.columns_of_ == column)
        assert (np.diff(places) == 1).all()  # the features of a column stand together


def test_rows_do_not_depend_on_each_other() -> None:
    frame, encoder, X = fitted()
    np.testing.assert_allclose(encoder.transform(frame.iloc[[7]]), X[[7]], atol=1e-5)
    np.testing.assert_allclose(encoder.transform(frame.iloc[::-1]), X[::-1], atol=1e-5)
    np.testing.assert_array_equal(encoder.transform(frame[frame.columns[::-1]].assign(more=1)), X)


def test_blocks_and_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    frame, encoder, X = fitted()
    monkeypatch.setattr(encoding, "BLOCK_ROWS", 50)
    np.testing.assert_allclose(encoder.transform(frame), X, atol=1e-5)
    monkeypatch.setattr(encoding, "FIT_ROWS", 60)
    first, second = (Encoder(random_state=3).fit(frame).transform(frame) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert np.isfinite(first).all()


def test_unseen_values_are_neutral() -> None:
    frame, encoder, _ = fitted()
    new = frame.head(3).copy()
    for name, value in (("color", "violet"), ("two", "maybe"), ("street", "☃"), ("comment", "")):
        new[name] = value
    new["two"] = pd.Series(["maybe", None, "yes"], dtype="str")
    X = encoder.transform(new)
    assert np.isfinite(X).all()
    assert (X[:, encoder.columns_of_ == "color"] == 0).all()
    assert (X[:2, encoder.columns_of_ == "two"] == 0).all()
    assert (X[2:, encoder.columns_of_ == "two"] != 0).all()


def test_other_types_at_transform() -> None:
    frame, encoder, X = fitted()
    as_read = frame.copy()
    as_read["number"] = frame["number"].map(repr)
    as_read["flag"] = frame["flag"].map({True: "true", False: "False"})
    as_read["day"] = frame["day"].dt.strftime("%Y-%m-%d")
    np.testing.assert_allclose(encoder.transform(as_read), X, atol=1e-5)
    broken = frame.head(2).assign(number="nonsense", day="never", flag=None)
    assert np.isfinite(encoder.transform(broken)).all()


def test_everything_missing_at_transform() -> None:
    frame, encoder, _ = fitted()
    nothing = pd.DataFrame({name: [None, None] for name in frame.columns})
    assert np.isfinite(encoder.transform(nothing)).all()


def test_infinite_and_huge_numbers() -> None:
    frame = pd.DataFrame({"x": [1.0, np.inf, -np.inf, 4.0, 5.0], "y": [1e300, -1e300, 0, 1e-300, 5]})
    encoder = Encoder().fit(frame)
    X = encoder.transform(frame)
    assert np.isfinite(X).all()
    assert any("“x” holds 2 infinite values, such as “inf”, taken" in note for note in encoder.notes_)
    assert np.abs(encoder.transform(pd.DataFrame({"x": [1e308], "y": [0]}))).max() <= encoding.LIMIT


def test_large_offsets_keep_their_digits() -> None:
    frame = pd.DataFrame(
        {
            "stamp": 1.7e9 + np.arange(50.0) % 7,
            "day": pd.Timestamp("2024-05-05") + pd.to_timedelta(np.arange(50) % 9, "s"),
        }
    )
    encoder = Encoder().fit(frame)
    X = encoder.transform(frame)
    assert len(np.unique(X[:, encoder.columns_of_ == "stamp"][:, 0])) == 7
    assert len(np.unique(X[:, encoder.columns_of_ == "day"][:, 0])) == 9


def test_chosen_columns() -> None:
    frame = mixed()
    encoder = Encoder(left_out=["number", "color"]).fit(frame)
    assert set(encoder.left_out_) == {"number", "color", "same", "nothing"}
    assert "id" in encoder.columns_of_
    assert encoder.left_out_["number"] == "it was left out by hand"


def test_like_a_scikit_learn_transformer() -> None:
    encoder = Encoder(left_out=["a"], random_state=5)
    assert encoder.get_params() == {"left_out": ["a"], "random_state": 5, "kinds": None}
    fresh = clone(encoder.fit(mixed()[["number", "color"]]))
    assert fresh.get_params() == encoder.get_params()
    assert not hasattr(fresh, "columns_of_")
    assert list(encoder.get_feature_names_out()) == list(encoder.feature_names_out_)


def test_many_texts_stay_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    assert column_transformers.TEXT_FEATURES <= 1_000
    monkeypatch.setattr(column_transformers, "TEXT_FEATURES", 60)
    values = np.random.default_rng(0).choice([f"v{j}" for j in range(25)], (100, 10))
    frame = pd.DataFrame(values, dtype="str").add_prefix("t")
    assert Encoder().fit_transform(frame).shape[1] <= 60


REFUSED = {
    "no rows": (mixed().head(0), "no rows"),
    "no columns": (pd.DataFrame(index=range(3)), "no columns"),
    "one row": (mixed().head(1), "left out"),
    "all left out": (mixed()[["same", "nothing"]], "All 2 columns are left out"),
    "one column left out": (mixed()[["same"]], "“same”: it is constant"),
    "two of a name": (pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]), "two columns called “a”"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    frame, part = REFUSED[name]
    with pytest.raises(TableError, match=part):
        Encoder().fit(frame)


def test_missing_column_is_named() -> None:
    frame, encoder, _ = fitted()
    with pytest.raises(TableError, match="“color”"):
        encoder.transform(frame.drop(columns="color"))
    encoder.transform(frame.drop(columns=["id", "same", "nothing"]))  # the model never saw them


def test_one_column() -> None:
    for name in ("number", "gappy", "two", "color", "street", "comment", "day", "mess", "unsure"):
        X = Encoder().fit_transform(mixed()[[name]])
        assert np.isfinite(X).all()
        assert X.shape[1] >= 1


CELLS = {
    "number": st.none() | st.floats() | st.integers(-(2**60), 2**60),
    "text": st.none() | st.text(max_size=8),
    "few": st.none() | st.sampled_from(["a", "b", "nan", "?"]),
    "any": st.none() | st.text(max_size=3) | st.floats() | st.booleans() | st.dates() | st.datetimes(),
    "date": st.none() | st.datetimes(),
}


@settings(max_examples=settings.default.max_examples // 3)
@given(data=st.data(), kinds=st.lists(st.sampled_from(list(CELLS)), min_size=1, max_size=4), n=st.integers(1, 30))
def test_anything_is_encoded_or_refused(data: st.DataObject, kinds: list[str], n: int) -> None:
    frame = pd.DataFrame(
        {
            f"{k} {i}": pd.Series(data.draw(st.lists(CELLS[k], min_size=n, max_size=n)), dtype=object)
            for i, k in enumerate(kinds)
        }
    )
    encoder = Encoder()
    try:
        X = encoder.fit_transform(frame)
    except TableError:
        return
    assert X.shape == (n, len(encoder.columns_of_))
    assert X.dtype == np.float32
    assert np.isfinite(X).all()
    assert set(encoder.columns_of_) | set(encoder.left_out_) == set(frame.columns)
    other = pd.DataFrame(
        {
            name: pd.Series(data.draw(st.lists(CELLS[name.split()[0]], min_size=2, max_size=2)), dtype=object)
            for name in frame
        }
    )
    assert np.isfinite(encoder.transform(other)).all()


def test_file_round_trip() -> None:
    frame, encoder, _ = fitted()
    encoder = copy.deepcopy(encoder).set_params(left_out=["id"], random_state=4)
    back = Encoder.from_bytes(encoder.to_bytes())
    assert back.get_params() == encoder.get_params()
    assert list(back.columns_of_) == list(encoder.columns_of_)
    assert list(back.feature_names_out_) == list(encoder.feature_names_out_)
    assert back.left_out_ == encoder.left_out_
    unseen = frame.assign(color="violet")
    for table in (frame, unseen):
        np.testing.assert_array_equal(back.transform(table), encoder.transform(table))


def test_broken_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = mixed()[["number", "color"]]
    data = Encoder().fit(frame).to_bytes()
    for broken in (b"", b"no zip", data[: len(data) // 2]):
        with pytest.raises(ModelError):
            Encoder.from_bytes(broken)
    monkeypatch.setattr("skrub.__version__", "99.0")
    with pytest.raises(ModelError, match="99"):
        Encoder.from_bytes(data)


class Stranger:
    """A type that no encoder holds."""


def test_foreign_types_are_refused() -> None:
    import skops.io

    data = skops.io.dumps({"skrub": "0", "params": {}, "state": {"kept_": Stranger()}})
    with pytest.raises(ModelError, match="Stranger"):
        Encoder.from_bytes(data)
    assert zipfile.is_zipfile(io.BytesIO(data))
