"""The benchmark of whole systems: its loop against one by hand, its file, and whether its page says what that says."""

import importlib
import json
import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

import dami
from dami.networks.mlp import MLP
from dami.studies import comparison
from dami.studies.joint import joint_temperature
from dami.studies.simulation import run
from dami.tables.demos import load_demo

FOLDER = Path(__file__).parents[2] / "benchmarks"
TABLE = "wine"  # with a pool of 119 rows: two rounds
TREES = 30


@pytest.fixture(scope="module")
def systems():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", os.environ.copy())  # the benchmarks set their threads, and read DAMI_TABLES
        os.environ.pop("DAMI_TABLES", None)
        patch.syspath_prepend(str(FOLDER))
        yield importlib.import_module("systems")


@pytest.fixture(scope="module")
def forest(systems):
    """The rival with few trees: of how many it has, these tests say nothing."""
    with pytest.MonkeyPatch.context() as patch:
        made = systems.rivals.RIVALS["random forest"]
        few = {"random forest": lambda seed: made(seed).set_params(n_estimators=TREES)}
        patch.setattr(systems.rivals, "RIVALS", systems.rivals.RIVALS | few)
        yield lambda seed, **more: RandomForestClassifier(TREES, random_state=seed, **more)


@pytest.fixture(scope="module")
def of_dami(systems, forest):
    return systems.work(TABLE, systems.DAMI, [0, 1])


def same(lines):
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


def test_its_networks_are_those_of_the_benchmark(systems, of_dami):
    frame = load_demo(TABLE)
    labels = frame.pop("label")
    for system, strategy in ((systems.DAMI, "dami-plus"), (systems.RANDOM_NETWORK, "random")):
        expected = dami.simulate(frame, labels, [strategy], 2, 30, 10, 20)
        lines = of_dami if system == systems.DAMI else systems.work(TABLE, system, [0, 1])
        found = [line for line in lines if line["system"] == system]
        assert [line["seed"] for line in found] == [0, 1]
        for line in found:
            of_seed = expected[expected["seed"] == line["seed"]]
            assert line["n_labeled"] == of_seed["n_labeled"].tolist() == [30, 40, 50]
            for measure in systems.KEPT:
                assert line[measure] == of_seed[measure].tolist()


def without_ranks():
    """The encoding whose features are the values alone, told by their names."""
    frame = load_demo(TABLE)
    y = np.unique(frame.pop("label"), return_inverse=True)[1]
    encoder = dami.Encoder()
    X = encoder.fit_transform(frame)
    kept = [not name.endswith("(rank)") for name in encoder.feature_names_out_]
    assert sum(kept) == X.shape[1] // 2 == 13
    return X[:, kept], y


def by_hand(systems, train, seed, chosen_by):
    """The usual loop: train, measure on the test rows, ask for ten rows of the pool, label them."""
    X, y = without_ranks()
    pool, test, initial = systems.table(TABLE)[0].split(seed)
    labeled, found = sorted(initial), []
    for _ in range(3):
        model = train().fit(X[pool[labeled]], y[pool[labeled]])
        shares = model.predict_proba(X[test])
        said = shares.argmax(axis=1)
        measures = (said == y[test]).mean(), balanced_accuracy_score(y[test], said)
        found.append((len(labeled), *measures, roc_auc_score(y[test], shares, multi_class="ovr")))
        rest = np.setdiff1d(np.arange(len(pool)), labeled)
        labeled = sorted([*labeled, *rest[chosen_by(model.predict_proba(X[pool[rest]]))]])
    return found


def smallest_margins(shares):
    ordered = np.sort(shares, axis=1)
    return np.argsort(ordered[:, -1] - ordered[:, -2], kind="stable")[:10]


@pytest.mark.parametrize(
    ("system", "train"),
    [
        ("margin, forest", lambda: RandomForestClassifier(TREES, random_state=3)),
        ("margin, boosting", lambda: HistGradientBoostingClassifier(random_state=3)),
    ],
)
def test_margin_with_trees_is_the_usual_loop(systems, forest, system, train):
    [line] = systems.work(TABLE, system, [3])
    expected = by_hand(systems, train, 3, smallest_margins)
    np.testing.assert_allclose(list(zip(line["n_labeled"], *(line[m] for m in systems.KEPT), strict=True)), expected)


def test_the_plain_network_is_one_member_on_values_alone(systems):
    X, y = without_ranks()
    pool, test, initial = systems.table(TABLE)[0].split(2)
    plain = MLP(members=1, random_state=2).fit(X[pool[initial]], y[pool[initial]])
    right = (plain.predict(X[test]) == y[test]).mean()
    for system in (systems.DAMI_PLAIN, systems.RANDOM_PLAIN):
        [line] = systems.work(TABLE, system, [2])
        assert line["accuracy"][0] == right


def test_the_mean_of_network_and_forest_is_measured_on_the_picks_of_dami_plus(systems, of_dami, forest):
    frame = load_demo(TABLE)
    y = np.unique(frame.pop("label"), return_inverse=True)[1]
    X, (values, _) = dami.Encoder().fit_transform(frame), without_ranks()
    pool, test, _ = systems.table(TABLE)[0].split(1)
    (finished,) = run(systems.experiment_of(TABLE, systems.DAMI), [1])
    line = next(line for line in systems.work(TABLE, systems.DAMI, [1]) if line["system"] == systems.WITH_FOREST)
    for number, n in enumerate(line["n_labeled"]):
        rows = pool[np.isin(pool, finished.picks[1][0][:n])]
        network = MLP(random_state=1).fit(X[rows], y[rows])
        trees = forest(1).fit(values[rows], y[rows])
        shares = (network.predict_proba(X[test]) + trees.predict_proba(values[test])) / 2
        assert line["accuracy"][number] == (shares.argmax(axis=1) == y[test]).mean()
        # A temperature hardly moves a ranking; that of three classes it can move at all.
        assert line["auroc"][number] == pytest.approx(roc_auc_score(y[test], shares, multi_class="ovr"), abs=0.005)


def test_the_temperature_of_the_mean_is_that_of_rows_that_neither_was_trained_on(systems, forest):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(80, 4)).astype(np.float32)
    labels = 2 * (rows[:, 0] + rng.normal(size=80) > 0)  # noise: the classes 0 and 2
    network = MLP(random_state=5).fit(rows, labels)
    seen = np.array([True, True, False, True])
    found = systems.beside_forest(network, rows, labels, rows[:9], seen, 5)
    of_network = np.exp(network.out_of_fold_) / np.exp(network.out_of_fold_).sum(axis=1, keepdims=True)
    trees = forest(5, oob_score=True).fit(rows[:, seen], labels)
    temperature = joint_temperature(of_network, trees.oob_decision_function_, labels // 2)
    mean = (network.predict_proba(rows[:9]) + trees.predict_proba(rows[:9][:, seen])) / 2
    sharpened = mean ** (1 / temperature)
    np.testing.assert_allclose(found, sharpened / sharpened.sum(axis=1, keepdims=True))
    fitted = joint_temperature(network.predict_proba(rows), trees.predict_proba(rows[:, seen]), labels // 2)
    assert temperature > fitted + 0.05  # rows that both were trained on would make the mean too sure


def test_a_stopped_run_goes_on_with_the_same_command(systems, tmp_path, few_steps, small_rivals, capsys):
    out = tmp_path / "systems.jsonl"
    arguments = ["--tables", TABLE, "--out", str(out), "--seeds", "1"]
    systems.main(arguments)
    whole = out.read_text()
    assert [json.loads(line)["system"] for line in whole.splitlines()][:2] == [systems.DAMI, systems.WITH_FOREST]
    assert len(whole.splitlines()) == len(systems.ALL)
    one, _, *more = whole.splitlines(keepends=True)  # a file from before there was the mean of network and forest
    kept = [one, *more[:4]]
    out.write_text("".join(kept) + more[4][:-30])  # killed while it wrote
    capsys.readouterr()
    systems.main(arguments)
    said = capsys.readouterr()
    assert "100 % done" in said.err and "### 50 labels: 1 table, 1 seed" in said.out
    assert out.read_text().startswith("".join(kept))
    assert sorted(same(systems.read(out)), key=str) == sorted(same(map(json.loads, whole.splitlines())), key=str)
    before = out.read_bytes()
    systems.main(arguments)
    assert out.read_bytes() == before


def test_results_of_another_version_are_not_continued(systems, tmp_path):
    out = tmp_path / "systems.jsonl"
    for line in ({"version": "3.1", "table": TABLE}, {"table": TABLE}):
        out.write_text(json.dumps(line) + "\n")
        before = out.read_bytes()
        with pytest.raises(SystemExit, match=r"systems.jsonl holds results of version .* name another file"):
            systems.main(["--tables", TABLE, "--out", str(out)])
        assert out.read_bytes() == before


# --- the page ---------------------------------------------------------------------------------------------------------

LEVELS = {  # what each system reaches, and 1 point more on the other table
    "dami-plus, network": 0.80,
    "dami-plus, mean of network and forest": 0.81,
    "random, network": 0.75,
    "dami-plus, plain network": 0.75,
    "random, plain network": 0.72,
    "margin, forest": 0.80,
    "random, forest": 0.70,
    "margin, boosting": 0.60,
}


def made_up(systems, tables=("t1", "t2"), seeds=3, last=200):
    sizes = [n for n in systems.SHOWN if n <= last]
    return [
        {"version": systems.VERSION, "table": table, "system": system, "seed": seed, "n_labeled": sizes}
        | {"accuracy": [level + 0.01 * k] * len(sizes), "balanced_accuracy": [0.5] * len(sizes)}
        | {"auroc": [level + 0.05 * (system == systems.DAMI)] * len(sizes)}
        for k, table in enumerate(tables)
        for system, level in LEVELS.items()
        for seed in range(seeds)
    ]


@pytest.fixture
def few_draws(monkeypatch):
    """Bounds of few draws: the made-up runs of a system are alike, so that each draw gives the same."""
    monkeypatch.setattr(comparison, "RESAMPLES", 100)


def test_the_page_says_ranks_differences_and_what_adds(systems, few_draws):
    given = made_up(systems)
    page = systems.markdown(systems.frame_of(given))
    lines = page.splitlines()
    assert [line for line in lines if line.endswith("labels: 2 tables, 3 seeds")] == [
        f"### {n} labels: 2 tables, 3 seeds" for n in (50, 100, 200)
    ]
    assert "| dami-plus, mean of network and forest | 0.815 | 1.00 | 0.810 | 2.00 | 0.500 |" in lines
    assert "| dami-plus, network | 0.805 | 2.50 | 0.850 | 1.00 | 0.500 |" in lines  # level with the forest in accuracy
    assert "| dami-plus, plain network | 0.755 | 4.50 | 0.750 | 4.50 | 0.500 |" in lines
    assert "| margin, boosting | +20.0 (+20.0 to +20.0) | +25.0 (+25.0 to +25.0) |" in lines
    assert "| margin, boosting | +21.0 (+21.0 to +21.0) | +21.0 (+21.0 to +21.0) |" in lines  # of the mean
    rest = lines[lines.index("### What the network and the strategy gain, points with 95 % bounds") :]
    of_accuracy = {cells[0][2:]: cells[1] for line in rest if len(cells := line.split(" | ")) > 1}
    assert of_accuracy["the network alone"] == of_accuracy["dami-plus alone"] == "+3.0 (+3.0 to +3.0)"
    assert of_accuracy["both"] == "+8.0 (+8.0 to +8.0)"
    assert of_accuracy["both, beyond the sum of the two"] == "+2.0 (+2.0 to +2.0)"
    others = "of the others, margin, forest is best with"
    assert f"accuracy, 50 labels: dami-plus, network is level with the first (1.50; {others} 1.50)" in page
    assert f"AUROC, 200 labels: dami-plus, network is first (1.00; {others} 2.00)" in page
    assert f"accuracy, 100 labels: dami-plus, mean of network and forest is first (1.00; {others} 2.00)" in page
    assert page.count("with 200 labels or more, means") == 2
    behind = [
        line | {"accuracy": [1.0] * len(line["n_labeled"])} if line["system"] == "random, forest" else line
        for line in given
    ]
    page = systems.markdown(systems.frame_of(behind))
    assert "accuracy, 50 labels: dami-plus, network is NOT first (2.50; of the others, random, forest is best" in page


def test_only_what_all_systems_have_finished_is_compared(systems):
    lines = made_up(systems, seeds=2)
    whole = systems.frame_of(lines)
    left = [line for line in lines if (line["table"], line["seed"], line["system"]) != ("t1", 1, "margin, forest")]
    found = systems.frame_of(left)
    assert set(found[found["table"] == "t1"]["seed"]) == {0} and set(found[found["table"] == "t2"]["seed"]) == {0, 1}
    assert len(found) == len(whole) * 3 // 4
    assert not len(systems.frame_of([])) and not len(systems.frame_of(lines[:1]))


def test_a_table_counts_at_the_sizes_that_it_reaches(systems, few_draws):
    small = made_up(systems, tables=["t3"], last=50)
    page = systems.markdown(systems.frame_of(made_up(systems) + small))
    assert "### 50 labels: 3 tables" in page and "### 100 labels: 2 tables" in page
    alone = systems.markdown(systems.frame_of(small))
    assert "### 100 labels" not in alone and "Curves" not in alone
