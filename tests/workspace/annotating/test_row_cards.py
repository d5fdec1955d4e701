import numpy as np
import pandas as pd
import pytest

from dami.errors import ProjectError
from dami.networks.mlp import MLP
from dami.store import models
from dami.workspace.annotating import row_cards
from dami.workspace.projects import begin as projects
from dami.workspace.projects import stored_tables
from dami.workspace.training.encoded_pool import encoded
from dami.workspace.training.model_arrays import artifacts


def by_column(card):
    return {entry["column"]: entry for entry in card["values"]}


def test_a_card_shows_the_row_as_it_is(desk, frame):
    frame["count"] = np.arange(60) + 1_234_567  # whole numbers beside fractions
    frame["share"] = np.where(np.arange(60) == 3, 0.1 + 0.2, 2_500_000.0)
    frame["born"] = pd.Timestamp("2020-03-01") + pd.to_timedelta(np.arange(60), "D")
    project = desk.begin(frame.drop(columns=["color", "name"]))
    shown = {name: entry["value"] for name, entry in by_column(row_cards.cards(project, [3])[0]).items()}
    assert set(shown) == {"weight", "legs", "age", "count", "share", "born"}  # the target is no part of the question
    assert shown["count"] == "1234570" and shown["share"] == "0.30000000000000004" and shown["born"] == "2020-03-04"
    assert shown["legs"] == str(frame["legs"][3])
    assert float(shown["weight"]) == pytest.approx(frame["weight"][3], rel=1e-9)
    second = by_column(row_cards.cards(project, [3, 5, 3])[1])
    assert second["share"]["value"] == "2500000" and second["count"]["value"] == "1234572"


def test_numbers_stay_numbers_where_all_columns_are_numbers(desk):
    frame = pd.DataFrame({"a": range(1_000_000, 1_000_040), "b": np.linspace(0, 1, 40), "kind": [0, 1] * 20})
    project = desk.begin(frame)
    assert by_column(row_cards.cards(project, [2])[0])["a"]["value"] == "1000002"


def test_missing_values_are_empty_and_never_unusual(desk, frame):
    row = int(np.flatnonzero(frame["age"].isna())[0])
    frame["legs"] = frame["legs"].astype("Int64")
    frame.loc[row, "legs"] = pd.NA
    frame["seen"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(60) ** 2, "h")
    frame.loc[row, ["color", "seen"]] = [None, pd.NaT]
    project = desk.begin(frame)
    values = by_column(row_cards.cards(project, [row])[0])
    for name in ("age", "legs", "color", "seen"):
        assert (values[name]["value"], values[name]["unusual"]) == ("", None)


def test_the_name_of_a_row_is_its_title_and_left_out_of_the_model(desk, project, frame):
    card = row_cards.cards(project, [7])[0]
    assert card["title"] == frame["name"][7]
    assert by_column(card)["name"]["left_out"] and by_column(card)["name"]["unusual"] is None
    assert not by_column(card)["weight"]["left_out"]


def test_a_card_knows_the_present_label_of_its_row(desk, frame):
    frame.loc[frame.index >= 10, "kind"] = None
    project = desk.begin(frame, mode="label")  # cat, dog, owl, cat, ... came with the table
    cards = row_cards.cards(project, [0, 1, 5, 30, 31])
    assert [card["class"] for card in cards] == [0, 1, 2, None, None]
    desk.press(project, [{"row": 0, "class": 2}, {"row": 1, "action": "unsure"}, {"row": 30, "class": 1}])
    assert [card["class"] for card in row_cards.cards(project, [30, 0, 1, 5])] == [1, 2, None, 2]
    desk.press(project, [{"row": 0, "action": "undo", "undoes": {"client": "tab", "seq": 1}}])
    assert row_cards.cards(project, [0])[0]["class"] == 0


def test_a_card_keeps_the_hidden_label_of_practice(desk, project):
    assert [card["class"] for card in row_cards.cards(project, [0, 1])] == [None, None]
    desk.press(project, [{"row": 1, "class": 2}])
    assert [card["class"] for card in row_cards.cards(project, [0, 1])] == [None, 2]


def test_unusual_values_are_those_beyond_the_outer_percent(desk):
    rng = np.random.default_rng(3)
    n = 500
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=n),
            "word": rng.choice(["a", "b", "c"], n, p=[0.6, 0.39, 0.01]),
            "flag": rng.random(n) < 0.004,
            "kind": rng.choice(["g", "h"], n),
        }
    )
    frame.loc[:2, "word"] = "seldom"
    project = desk.begin(frame)
    marks = [by_column(card) for card in row_cards.cards(project, list(range(n)))]
    ordered = np.sort(frame["x"].to_numpy())
    at = 0.01 * (n - 1)  # linear interpolation between order statistics, written out
    low = ordered[int(at)] + (at % 1) * (ordered[int(at) + 1] - ordered[int(at)])
    at = 0.99 * (n - 1)
    high = ordered[int(at)] + (at % 1) * (ordered[int(at) + 1] - ordered[int(at)])
    assert [m["x"]["unusual"] for m in marks] == [
        "low" if x < low else "high" if x > high else None for x in frame["x"]
    ]
    count = {word: sum(frame["word"] == word) for word in set(frame["word"])}
    assert [m["word"]["unusual"] for m in marks] == ["rare" if count[w] / n < 0.01 else None for w in frame["word"]]
    assert {m["flag"]["unusual"] for m in marks} == {None}
    assert marks[0]["word"]["unusual"] == "rare"


def test_columns_stand_in_the_order_of_their_contribution(desk, project, frame):
    before = row_cards.cards(project, [4])[0]["values"]
    assert [entry["contribution"] for entry in before] == [None] * 5
    desk.work(project)
    desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    row = 4
    values = row_cards.cards(project, [row])[0]["values"]
    # The definition, by hand: sum over a column's features of |H W_x[:, j]| |x_j - median_j|.
    pool = encoded(project)
    weights = numeric_jacobian(artifacts(project.id, 1).layers, pool.X[row].astype(float))
    lengths = np.linalg.norm(weights - weights.mean(0), axis=0)
    moved = lengths * np.abs(pool.X[row] - np.median(pool.X, axis=0))
    total = pd.Series(moved).groupby(np.array(pool.columns_of)).sum()
    for entry in values:
        if entry["column"] in total:
            assert entry["contribution"] == pytest.approx(total[entry["column"]] / total.max(), rel=1e-3, abs=1e-4)
        else:
            assert entry["contribution"] is None and entry["left_out"]
    shares = [entry["contribution"] for entry in values if entry["contribution"] is not None]
    assert shares == sorted(shares, reverse=True) and shares[0] == 1
    assert values[-1]["column"] == "name"


def numeric_jacobian(layers, x):
    """W_x by differences: inside a linear region they are exact up to rounding."""

    def logits(z):
        for k, (W, b) in enumerate(layers):
            z = W.astype(float) @ z + b
            if k < len(layers) - 1:
                z = np.maximum(z, 0)
        return z

    h = 1e-6
    steps = np.eye(len(x)) * h
    return np.array([(logits(x + s) - logits(x - s)) / (2 * h) for s in steps]).T


def test_two_hundred_columns(desk):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(80, 200)), columns=[f"c{k}" for k in range(200)])
    frame["kind"] = np.where(frame["c0"] > 0, "up", "down")
    project = desk.begin(frame)
    desk.work(project)
    desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    cards = row_cards.cards(project, list(range(80)))
    assert all(len(card["values"]) == 200 for card in cards)
    assert [card["row"] for card in cards] == list(range(80))


@pytest.mark.parametrize("row", [-1, 60, 10**12])
def test_no_card_and_no_local_model_of_a_row_that_is_not_there(desk, project, frame, row):
    with pytest.raises(ProjectError, match=f"no row {row}"):
        row_cards.cards(project, [row])
    desk.work(project)
    desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    with pytest.raises(ProjectError, match=f"no row {row}"):
        row_cards.local_model(project, row)


def test_search_finds_rows_by_number_and_by_text(project, frame):
    assert row_cards.search(project, " 17 ")[0]["row"] == 17
    hits = row_cards.search(project, frame["name"][23].upper())
    assert [hit["row"] for hit in hits] == [23]
    assert frame["name"][23] in hits[0]["text"] and frame["kind"][23] not in hits[0]["text"].split(" · ")
    assert len(row_cards.search(project, "00000000-")) == row_cards.HITS
    for nothing in ("", "   ", "owl", "(.*", "99999999999999999999"):
        assert row_cards.search(project, nothing) == []


def test_search_finds_amounts_by_what_stands_in_them(desk):
    lines = [f"{'cat' if k % 2 else 'dog'};${k + 1}.25;{k + 2}.234,50 €;0.{k + 10:02}50" for k in range(20)]
    data = "\n".join(["kind;price;total;share", *lines, "cat;$12.50;77.111,00 €;0.9912"]).encode()
    table = stored_tables.open_file(data, "amounts.csv").table
    assert [values.dtype.kind for _, values in stored_tables.table(table).items()][1:] == ["f"] * 3
    amounts = projects.begin(table, "Amounts", target="kind", mode="practise")
    found = {
        query: [hit["row"] for hit in row_cards.search(amounts, query)] for query in ("12.50", "111,00", "50", "0.12")
    }
    assert found == {"12.50": [20], "111,00": [20], "50": [20, *range(19)], "0.12": [2]}


def test_the_local_model_is_the_network_there(desk, project, frame):
    with pytest.raises(ProjectError, match="No network"):
        row_cards.local_model(project, 0)
    desk.work(project)
    desk.label_queue(project, frame["kind"], 10)
    desk.work(project)
    network = MLP.from_layers(artifacts(project.id, 1).layers, models.latest(project.id).summary.classes)
    X = encoded(project).X
    for row in range(0, 60, 7):
        local = row_cards.local_model(project, row)
        weights = numeric_jacobian(artifacts(project.id, 1).layers, X[row].astype(float))
        np.testing.assert_allclose(local.weights, weights - weights.mean(0), atol=1e-4 * np.abs(weights).max())
        np.testing.assert_allclose(local.probabilities, network.predict_proba(X[row : row + 1])[0], atol=1e-5)
        np.testing.assert_array_equal(local.x, X[row])
        assert local.classes == ["cat", "dog", "owl"] and len(local.features) == len(local.columns) == X.shape[1]
        # weights @ x is the logits up to the bias and a shift common to all classes: differences move with x alike.
        moved = X[row] + np.float32(1e-4)
        change = network.logits(moved[None])[0] - network.logits(X[row : row + 1])[0]
        np.testing.assert_allclose(change - change.mean(), local.weights @ (moved - X[row]), atol=2e-4)
