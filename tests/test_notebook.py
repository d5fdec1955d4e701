"""What a notebook shows by itself: reasons, the map, curves; each holds the numbers that it says it holds."""

import numpy as np
import pandas as pd
import pytest
import torch

import dami
from dami.errors import ModelError
from dami.networks import batch, mlp
from dami.selection.explain import contributions
from dami.studies.comparison import curves
from dami.tables.demos import load_demo


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True, scope="module")
def brief():
    """Train briefly: how good a network is, none of these tests asks."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (mlp, batch):
            patch.setattr(module, "STEPS", 20)
        yield


@pytest.fixture(scope="module")
def penguins():
    frame = load_demo("penguins")
    return frame.drop(columns="label"), frame["label"]


@pytest.fixture(scope="module")
def learner(penguins):
    frame, species = penguins
    return dami.ActiveLearner("dami", random_state=0).fit(frame, species.where(frame.index % 25 == 0))


@pytest.fixture(scope="module")
def records(penguins):
    return dami.simulate(*penguins, strategies=["random", "dami-plus"], seeds=3, n_initial=20, batch_size=10, rounds=2)


# --- reasons ---


@pytest.mark.parametrize("strategy", ["dami", "dami-plus", "margin", "badge"])
def test_a_reason_draws_what_each_column_contributes(penguins, strategy):
    frame, species = penguins
    learner = dami.ActiveLearner(strategy, random_state=0).fit(frame, species.where(frame.index % 25 == 0))
    reason = learner.query(3).explain(2)
    row = learner.query(3).indices[2]
    values, columns = contributions(learner.network_, learner.X_, learner.encoder_.columns_of_)
    expected = pd.Series(values[row], columns).sort_values()
    bars = reason.plot().data[0]
    assert list(bars.customdata) == expected.index.tolist()  # the largest on top
    np.testing.assert_allclose(bars.x, expected, rtol=1e-5)
    assert len(set(bars.marker.color)) == 1  # no class is spoken for
    assert reason.plot().layout.title.text.replace("<br>", " ") == reason.text


def test_before_there_is_a_network_it_draws_deviations(penguins):
    frame, _ = penguins
    selection = dami.ActiveLearner(random_state=0).fit(frame).query(2)
    found = selection.explain(1).contributions().set_index("column")["deviations"]
    X = dami.Encoder().fit(frame).transform(frame)
    by_hand = np.abs(X[selection.indices[1]] - np.median(X, axis=0))
    columns = dami.Encoder().fit(frame).columns_of_
    for name in frame:
        assert found[name] == pytest.approx(by_hand[columns == name].sum(), rel=1e-5)
    assert "median" in selection.explain(1).plot().layout.xaxis.title.text


def test_a_reason_stays_words_and_numbers(learner):
    reason = learner.query(2).explain(0)
    assert reason == dami.Explanation(reason.text, reason.numbers) and "contributions" not in repr(reason)
    assert reason.numbers["step"] == 1 and "labelled" in reason.text


def test_a_reason_belongs_to_the_network_that_asked(penguins):
    frame, species = penguins
    learner = dami.ActiveLearner(random_state=0).fit(frame, species.where(frame.index % 25 == 0))
    selection = learner.query(2)
    before = selection.explain(0).contributions()
    learner.teach(selection.indices, species[selection.indices])
    pd.testing.assert_frame_equal(selection.explain(0).contributions(), before)


def test_several_rounds_ahead_explain_themselves(penguins):
    frame, species = penguins
    learner = dami.ActiveLearner("dami-plus", random_state=0).fit(frame, species.where(frame.index % 25 == 0))
    selection = learner.query_ahead(6, batch=3)
    values, columns = contributions(learner.network_, learner.X_, learner.encoder_.columns_of_)
    found = selection.explain(5).contributions()
    assert found["column"].tolist() == columns
    np.testing.assert_allclose(found["logits"], values[selection.indices[5]], rtol=1e-5)


def test_encoded_rows_have_features_for_columns(learner):
    encoded = dami.ActiveLearner(random_state=0).fit_encoded(learner.X_, learner.labels_)
    names = encoded.query(1).explain(0).contributions()["column"]
    assert names.tolist() == [f"feature {j}" for j in range(learner.X_.shape[1])]


def test_a_notebook_shows_figure_and_words(learner, monkeypatch):
    import plotly.io

    monkeypatch.setattr(plotly.io.renderers, "default", "plotly_mimetype")
    reason = learner.query(1).explain(0)
    shown = reason._repr_mimebundle_()
    assert shown["text/plain"] == reason.text
    assert shown["application/vnd.plotly.v1+json"]["data"][0]["type"] == "bar"
    alone = dami.Explanation("because", {})
    assert alone._repr_mimebundle_() == {"text/plain": "because"}
    with pytest.raises(ModelError, match="explain"):
        alone.plot()


# --- the map ---


def traces(figure):
    return {trace.name: trace for trace in figure.data}


@pytest.fixture(scope="module")
def few(penguins):
    """Nine birds, five of them with a label: their map is exact, and made without UMAP's compiler."""
    frame, species = (part.iloc[::40].reset_index(drop=True) for part in penguins)
    return frame, species, species.where(frame.index % 2 == 0)


def test_the_map_shows_every_row_once(few):
    frame, species, labels = few
    learner = dami.ActiveLearner(random_state=0).fit(frame, labels)
    selection = learner.query(3)
    drawn = traces(learner.plot_map(selection))
    rows = np.concatenate([drawn[name].customdata for name in ("no label", *species.unique())])
    assert sorted(rows) == list(range(9))
    for name in species.unique():
        assert list(drawn[name].customdata) == np.flatnonzero(labels == name).tolist()
    asked, others = drawn["asked for"], drawn["no label"]
    assert list(asked.customdata) == selection.indices.tolist() and list(asked.text) == ["1", "2", "3"]
    places = {row: (x, y) for row, x, y in zip(others.customdata, others.x, others.y, strict=True)}
    assert list(zip(asked.x, asked.y, strict=True)) == [places[row] for row in selection.indices]


def test_the_map_shows_what_the_model_says(few):
    frame, _, labels = few
    learner = dami.ActiveLearner(random_state=0).fit(frame, labels)
    drawn, guesses = traces(learner.plot_map(predicted=True)), learner.predict(frame)
    for name in set(guesses[labels.isna()]):
        pale = drawn[f"predicted {name}"]
        assert list(pale.customdata) == np.flatnonzero((guesses == name) & labels.isna()).tolist()
        assert pale.marker.color == drawn[name].marker.color
    assert "no label" not in drawn


def test_the_map_stays_until_the_network_changes_and_then_follows(few):
    frame, species, _ = few
    learner = dami.ActiveLearner(random_state=0).fit(frame, classes=sorted(species.unique()))

    def places():
        drawn = [trace for trace in learner.plot_map().data if trace.name != "asked for"]
        rows = np.concatenate([trace.customdata for trace in drawn])
        return np.column_stack([np.concatenate([trace[axis] for trace in drawn]) for axis in "xy"])[np.argsort(rows)]

    def expected(previous=None):
        return dami.project_map(learner.regions_.representation, previous)

    assert np.array_equal(places(), dami.project_map(learner.X_))
    learner.teach([0, 4, 8], species[[0, 4, 8]])
    first = places()
    assert np.array_equal(first, expected()) and np.array_equal(places(), first)
    learner.teach([1, 2], species[[1, 2]])
    assert np.array_equal(places(), expected(first.astype(np.float32)))
    assert not np.allclose(places(), expected())


def test_names_on_the_map_are_shown_as_typed():
    from dami.views.map_plot import map_figure

    figure = map_figure([[0, 0], [1, 1], [np.nan, np.nan]], [0, -1, 0], ["<b>x</b>"], predicted=[0, 0, 0])
    assert [trace.name for trace in figure.data] == ["predicted &lt;b&gt;x&lt;/b&gt;", "&lt;b&gt;x&lt;/b&gt;"]
    assert [list(trace.customdata) for trace in figure.data] == [[1], [0]]
    assert "<b>" not in figure.data[0].hovertemplate


# --- records ---


def test_records_draw_means_and_bounds_best_first(records):
    figure = records.plot()
    lines = {trace.name: trace for trace in figure.data if trace.name}
    assert next(iter(lines)) == "DAMI-plus" and set(lines) == {"DAMI-plus", "Random"}
    mean = records.groupby(["strategy", "n_labeled"])["balanced_accuracy"].mean()
    np.testing.assert_allclose(lines["Random"].y, mean["random"])
    assert list(lines["Random"].x) == [20, 30, 40]
    bounds = curves(records).set_index("strategy").loc["random"]
    band = next(trace for trace in figure.data if trace.legendgroup == "Random" and trace.name is None)
    np.testing.assert_allclose(sorted(band.y), sorted([*bounds["lower"], *bounds["upper"]]))
    assert "ROC" in records.plot("auroc").layout.yaxis.title.text


def test_records_are_an_ordinary_frame(records, tmp_path):
    plain = pd.DataFrame(records)
    assert type(plain) is pd.DataFrame and records.equals(plain) and plain.equals(records)
    pd.testing.assert_frame_equal(records, plain)
    some = ["strategy", "seed", "n_labeled", "accuracy"]
    pd.testing.assert_frame_equal(plain[some], records[some])
    for part in (
        records.head(2),
        records[records["seed"] == 0],
        pd.concat([records, plain]),
        records.assign(table="x"),
    ):
        assert type(part) is dami.Records
    for part in (records.groupby("strategy").mean(), records[["seed", "auroc"]], records.describe(), records.T):
        assert type(part) is pd.DataFrame
    assert type(records["auroc"]) is pd.Series
    records.to_csv(tmp_path / "records.csv", index=False)
    plain.to_csv(tmp_path / "plain.csv", index=False)
    assert (tmp_path / "records.csv").read_bytes() == (tmp_path / "plain.csv").read_bytes()
    back = dami.Records(pd.read_csv(tmp_path / "records.csv"))
    assert len(back.plot().data) == len(records.plot().data)


def test_what_cannot_be_drawn_is_said(records):
    with pytest.raises(ValueError, match="'speed'; they hold accuracy, balanced_accuracy, auroc"):
        records.plot("speed")
    with pytest.raises(ValueError, match="more than one"):
        pd.concat([records, records]).plot()
    one = records[(records["seed"] == 0) & (records["strategy"] == "random")]
    assert len(one.plot().data) == 1  # no bounds of a single seed
