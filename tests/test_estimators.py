"""MLP and Encoder as scikit-learn's own tools use them, on a table of every kind of column, with gaps."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator

import dami
from dami.errors import TableError
from dami.tables.demos import load_demo

# Checks that fail, each with the reason in a line: there are none.
EXCEPTIONS: dict[str, dict[str, str]] = {"MLP": {}, "Encoder": {}}
NEEDS_A_VARIABLE = {"check_array_api_input"}  # of other libraries' arrays: scikit-learn runs it with SCIPY_ARRAY_API=1


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """On networks this small a second one only waits, and waits badly beside other work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    "estimator", [dami.MLP(steps=25, members=2), dami.Encoder()], ids=lambda estimator: type(estimator).__name__
)
def test_scikit_learns_own_checks(estimator):
    expected = EXCEPTIONS[type(estimator).__name__]
    results = check_estimator(estimator, on_fail=None, on_skip=None, expected_failed_checks=expected)
    of_status = {status: {r["check_name"] for r in results if r["status"] == status} for status in ("xfail", "skipped")}
    assert [(r["check_name"], r["exception"]) for r in results if r["status"] == "failed"] == []
    assert of_status == {"xfail": set(expected), "skipped": NEEDS_A_VARIABLE}
    assert len(results) > 40


@pytest.mark.parametrize(
    "check",
    [
        "check_transformer_get_feature_names_out",
        "check_transformer_get_feature_names_out_pandas",
        "check_set_output_transform",
        "check_set_output_transform_pandas",
        "check_global_output_transform_pandas",
    ],
)
@pytest.mark.filterwarnings("ignore:X (has|does not have)")  # the checks mix frames and arrays on purpose
def test_the_checks_of_scikit_learns_own_transformers(check):
    getattr(estimator_checks, check)("Encoder", dami.Encoder())


@pytest.fixture(scope="module")
def penguins() -> tuple[pd.DataFrame, pd.Series]:
    frame = load_demo("penguins")
    assert frame.drop(columns="label").isna().any().any() and frame.dtypes.nunique() > 1
    return frame.drop(columns="label"), frame["label"]


def pipeline(**settings) -> Pipeline:
    """Encoder and network, of two members: more would take longer and show no more of scikit-learn's tools."""
    settings = {"members": 2, **settings}
    return Pipeline([("encode", dami.Encoder()), ("classify", dami.MLP(random_state=0, **settings))])


def test_a_pipeline_is_the_two_by_hand(penguins, few_steps):
    X, y = penguins
    fitted = pipeline().fit(X, y)
    encoder = dami.Encoder().fit(X)
    by_hand = dami.MLP(members=2, random_state=0).fit(encoder.transform(X), y)
    assert np.array_equal(fitted.predict_proba(X), by_hand.predict_proba(encoder.transform(X)))
    assert np.array_equal(fitted.decision_function(X), by_hand.decision_function(encoder.transform(X)))
    assert fitted.classes_.tolist() == sorted(y.unique())
    assert fitted[:-1].get_feature_names_out().tolist() == encoder.feature_names_out_.tolist()
    copy = clone(fitted)
    assert copy.get_params()["classify__random_state"] == 0 and not hasattr(copy["classify"], "layers_")
    assert np.array_equal(copy.fit(X, y).predict(X), fitted.predict(X))


def test_cross_validation_by_area_under_the_curve(penguins):
    X, y = penguins
    several = cross_val_score(pipeline(steps=50), X, y, cv=2, scoring="roc_auc_ovr")
    two = cross_val_score(pipeline(steps=50), X, y == "Adelie", cv=3, scoring="roc_auc")
    assert several.min() > 0.98 and two.min() > 0.98
    guess = np.random.default_rng(0).permutation(y.to_numpy())
    assert abs(cross_val_score(pipeline(steps=50), X, guess, cv=2, scoring="roc_auc_ovr").mean() - 0.5) < 0.1


def test_a_grid_search_finds_what_can_learn(penguins):
    X, y = penguins
    search = GridSearchCV(
        pipeline(), [{"classify__steps": [1, 100]}, {"encode__left_out": [["island"]], "classify__steps": [1]}], cv=2
    )
    search.fit(X.iloc[::2], y.iloc[::2])
    assert search.best_params_["classify__steps"] == 100
    assert (search.predict(X.iloc[1::2]) == y.iloc[1::2]).mean() > 0.95


def test_calibration():
    frame = load_demo("titanic").iloc[::3]
    X, y = frame.drop(columns="label"), frame["label"]
    seen, unseen = np.arange(len(X)) % 2 == 0, np.arange(len(X)) % 2 == 1
    of_plain = pipeline(members=None).fit(X[seen], y[seen]).predict_proba(X[unseen])[:, 1]

    def brier(p: np.ndarray) -> float:
        return float(((p - y[unseen]) ** 2).mean())

    for method in ("isotonic", "temperature"):
        calibrated = CalibratedClassifierCV(pipeline(members=None), method=method, cv=2, ensemble=False).fit(
            X[seen], y[seen]
        )
        shares = calibrated.predict_proba(X[unseen])[:, 1]
        assert brier(shares) < brier(of_plain)  # a network of some 150 rows is too sure of itself
        assert roc_auc_score(y[unseen], shares) == pytest.approx(roc_auc_score(y[unseen], of_plain), abs=0.05)


def test_output_as_a_frame_has_names_and_index(penguins):
    X, y = penguins
    X = X.set_axis(X.index + 1000)
    encoder = dami.Encoder().set_output(transform="pandas")
    shown = encoder.fit_transform(X)
    assert shown.columns.tolist() == encoder.feature_names_out_.tolist()
    assert shown.index.equals(X.index) and (shown.dtypes == np.float32).all()
    assert np.array_equal(shown.to_numpy(), dami.Encoder().fit(X).transform(X))
    framed = make_pipeline(clone(encoder), dami.MLP(random_state=0)).fit(X, y)
    assert framed[-1].feature_names_in_.tolist() == shown.columns.tolist()
    assert accuracy_score(y, framed.predict(X)) > 0.97


def test_an_encoder_that_gives_frames_serves_learner_and_file(penguins, few_steps):
    X, y = penguins
    encoder = dami.Encoder().set_output(transform="pandas").fit(X)
    learner = dami.ActiveLearner(random_state=0, encoder=encoder).fit(X, y.where(X.index < 200))
    plain = dami.ActiveLearner(random_state=0).fit(X, y.where(X.index < 200))
    assert np.array_equal(learner.predict_proba(X), plain.predict_proba(X))
    back = dami.Encoder.from_bytes(encoder.to_bytes())
    assert np.array_equal(back.transform(X), encoder.transform(X).to_numpy())


def test_arrays_and_frames_of_the_same_numbers_are_one(penguins):
    X = penguins[0].select_dtypes("number")
    of_frame, of_array = dami.Encoder().fit(X), dami.Encoder().fit(X.to_numpy())
    expected = of_frame.transform(X)
    assert np.array_equal(of_array.transform(X.to_numpy()), expected)
    assert of_array.columns_of_.tolist() == [f"x{X.columns.get_loc(name)}" for name in of_frame.columns_of_]
    assert not hasattr(of_array, "feature_names_in_") and of_array.n_features_in_ == X.shape[1]
    with pytest.warns(UserWarning, match="fitted without feature names"):
        assert np.array_equal(of_array.transform(X), expected)
    with pytest.warns(UserWarning, match="valid feature names"):
        assert np.array_equal(of_frame.transform(X.to_numpy()), expected)
    back = dami.Encoder.from_bytes(of_array.to_bytes())
    assert np.array_equal(back.transform(X.to_numpy()), expected) and not hasattr(back, "feature_names_in_")
    with pytest.raises(ValueError, match="2 features"):
        of_array.transform(X.to_numpy()[:, :2])
    mixed = dami.Encoder().fit(penguins[0].to_numpy())
    assert np.array_equal(mixed.transform(penguins[0].to_numpy()), dami.Encoder().fit_transform(penguins[0]))


def test_what_cannot_be_learnt_from_is_said(penguins):
    X, y = penguins
    with pytest.raises(ValueError, match="1 class"):
        pipeline().fit(X, pd.Series("Adelie", index=y.index))
    with pytest.raises(TableError, match="no rows"):
        pipeline().fit(X.head(0), y.head(0))
    with pytest.raises(ValueError, match="input_features"):
        dami.Encoder().fit(X).get_feature_names_out(["a", "b"])
