"""Predictions of new rows, their exact local models, and what is said of rows that do not fit."""

import numpy as np
import pandas as pd
import pytest

from dami.errors import TableError
from dami.selection import prediction_tables
from dami.selection.learner import ActiveLearner
from dami.selection.model_file import Model
from dami.tables.encoding import Encoder
from dami.tables.new_rows import check_rows


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    kinds = np.arange(90) % 3
    return pd.DataFrame(
        {
            "weight": kinds * 3 + rng.normal(size=90),
            "color": rng.choice(["grey", "brown", "white"], size=90),
            "born": pd.date_range("2021-03-01", periods=90, freq="29h"),
            "kind": np.array(["cat", "dog", "owl"])[kinds],
        }
    )


@pytest.fixture(scope="module")
def model(frame: pd.DataFrame) -> Model:
    learner = ActiveLearner(random_state=0).fit(frame.drop(columns="kind"), frame["kind"].where(frame.index < 60))
    return Model(learner.encoder_, learner.network_)


def test_own_columns_stay_and_clashes_get_another_name(model: Model, frame: pd.DataFrame):
    rows = frame.assign(row=7, prediction="mine", prediction_in_table="mine too").set_index("weight", drop=False)
    said = prediction_tables.predictions(model, rows)
    own = [*("weight", "color", "born", "kind"), *("row_in_table", "prediction_in_table_", "prediction_in_table")]
    assert list(said.columns) == [
        *("row", *own, "prediction", "confidence"),
        *(f"probability {name}" for name in ("cat", "dog", "owl")),
    ]
    assert said["row"].tolist() == list(range(90)) and (said["prediction_in_table_"] == "mine").all()
    assert said["prediction"].tolist() == model.predict(frame).tolist()
    shares = said.filter(like="probability ").to_numpy()
    np.testing.assert_allclose(shares, model.predict_proba(frame), atol=1e-6)
    assert (said["confidence"] == shares.max(axis=1)).all()


def test_local_weights_give_the_logits_of_every_row(model: Model, frame: pd.DataFrame, monkeypatch):
    whole = pd.concat(prediction_tables.local_weights(model, frame))
    monkeypatch.setattr(prediction_tables, "BLOCK_NUMBERS", 500)
    seen: list[tuple[int, int]] = []
    blocks = list(prediction_tables.local_weights(model, frame, lambda done, n: seen.append((done, n))))
    assert len(blocks) > 3 and seen[0] == (0, 90) and [done for done, _ in seen] == sorted({done for done, _ in seen})
    pd.testing.assert_frame_equal(pd.concat(blocks, ignore_index=True), whole)
    assert whole["row"].tolist() == np.repeat(np.arange(90), 3).tolist()
    assert whole["class"].tolist() == ["cat", "dog", "owl"] * 90
    X = Encoder().fit(frame.drop(columns="kind")).transform(frame)
    for row in (0, 41, 89):
        of_row = whole[whole["row"] == row].filter(like="weight ")
        assert list(of_row) == [f"weight {name}" for name in model.encoder.feature_names_out_]
        logits = of_row.to_numpy() @ X[row] + whole.loc[whole["row"] == row, "bias"]
        np.testing.assert_allclose(logits, model.network.logits(X[row : row + 1])[0], atol=1e-4)


def test_rows_that_do_not_fit_are_told_in_words(model: Model, frame: pd.DataFrame):
    encoder = model.encoder
    assert check_rows(encoder, frame) == []
    with pytest.raises(TableError, match=r"lack the column “weight”.*they have “mass”, “color”"):
        check_rows(encoder, frame.rename(columns={"weight": "mass"}))
    with pytest.raises(TableError, match=r"lack the columns “weight”, “born”"):
        check_rows(encoder, frame[["color"]])
    heavy = frame.assign(weight="heavy")
    with pytest.raises(TableError, match=r"“weight” held numbers.*90 of its 90 .*“heavy” in row 0"):
        check_rows(encoder, heavy)
    with pytest.raises(TableError, match="“born” held dates"):
        check_rows(encoder, frame.assign(born=frame["color"]))
    odd = frame.astype({"weight": object, "color": object})
    odd.loc[5, "weight"] = "heavy"
    odd.loc[[7, 8], "color"] = "pink"
    odd.loc[9, ["weight", "color"]] = None  # missing is nothing odd
    first, second = check_rows(encoder, odd)
    assert "what is no number counts as missing (1 cell, such as “heavy”)" in first
    assert "2 rows have a value" in second and "pink" in second
    assert np.isfinite(model.predict_proba(odd)).all()
