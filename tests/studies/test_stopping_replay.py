"""The replay of the advice against hand-made runs and a plain loop; tests/workspace has it against a real project."""

import numpy as np
import pandas as pd
import pytest

from dami.selection.learner import ActiveLearner
from dami.selection.stopping import AuditResult, advise, audit_size
from dami.studies.stopping_replay import COLUMNS, OUTCOMES, outcomes, replay, study


def clouds(n: int, gap: float, n_classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    y = np.arange(n) % n_classes
    X = rng.normal(size=(n, 4)) + gap * y[:, None]
    return ((X - X.mean(axis=0)) / X.std(axis=0)).astype(np.float32), y  # scaled, as an encoder scales a table


def by_hand(X, y, name, seed, pool, test, rounds):
    """The same run with a learner, round by round, and the figures from their definitions."""
    given = np.full(len(pool), None, dtype=object)
    learner = ActiveLearner(name, random_state=seed).fit_encoded(X[pool], given)
    before, changes, rows = None, [], []
    for number in range(1, rounds + 1):
        picks = learner.query(10).indices
        learner.teach(picks, y[pool][picks])
        given[picks] = y[pool][picks]
        classes = learner.classes_.astype(int)

        def says(part, learner=learner, classes=classes):
            if learner.network_ is None:
                return np.full(len(part), classes[0])
            return classes[learner.network_.predict_proba(X[part]).argmax(axis=1)]

        now = says(pool) if learner.network_ is not None else None
        changed = np.nan if before is None or now is None else np.mean(now != before)
        changes += [] if np.isnan(changed) else [changed]
        before = now
        rest = np.array([k for k in range(len(pool)) if given[k] is None])
        right = says(pool[rest]) == y[pool[rest]]
        settled = len(changes) >= 3 and max(changes[-3:]) <= 0.02
        rows.append(
            {
                "strategy": name,
                "seed": seed,
                "round": number,
                "n_labeled": 10 * number,
                "changed": changed,
                "verdict": "stop" if settled else "go on" if len(changes) >= 3 else "unknown",
                "audit": audit_size(len(rest)) if settled else 0,
                "remainder_accuracy": right.mean(),
                "accuracy": (says(test) == y[test]).mean(),
            }
        )
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("name", "gap"), [("dami", 1.0), ("random", 1.0), ("random", 8.0)])
def test_a_replay_is_the_loop_of_a_learner(name, gap):
    X, y = clouds(150, gap)
    order = np.random.default_rng(0).permutation(150)
    pool, test = order[:100], order[100:]
    found = replay(X, y, [name], {5: (pool, test)}, 6)
    assert list(found.columns) == COLUMNS
    expected = by_hand(X, y, name, 5, pool, test, 6)
    pd.testing.assert_frame_equal(found[expected.columns], expected, check_dtype=False, atol=1e-9)
    assert found["verdict"].iloc[-1] == ("stop" if gap > 2 else "go on")


def test_seeds_and_strategies_trained_together_are_those_trained_alone(few_steps):
    X, y = clouds(150, 2.0)
    splits = {}
    for seed in (0, 1):
        order = np.random.default_rng(seed).permutation(150)
        splits[seed] = (order[:100], order[100:])
    together = replay(X, y, ["random", "margin"], splits, 4)
    assert [*together.groupby(["strategy", "seed"], sort=False).groups] == [
        ("random", 0),
        ("random", 1),
        ("margin", 0),
        ("margin", 1),
    ]
    for name in ("random", "margin"):
        alone = replay(X, y, [name], {1: splits[1]}, 4)
        part = together[(together["strategy"] == name) & (together["seed"] == 1)].reset_index(drop=True)
        pd.testing.assert_frame_equal(part, alone, atol=0.03)


def test_while_one_class_has_been_seen_it_is_said_always():
    X = np.zeros((60, 2), np.float32)
    X[:, 0] = np.arange(60) / 60
    X[59, 0] = 100.0
    y = np.r_[1, np.zeros(57, int), 1, 0]
    pool, test = np.r_[1:58, 59], np.array([0, 1, 2, 58])
    found = replay(X, y, ["dami"], {0: (pool, test)}, 2)
    assert found["accuracy"].tolist() == [0.5, 0.5] and found["balanced_accuracy"].tolist() == [0.5, 0.5]
    assert found["changed"].isna().all() and (found["verdict"] == "unknown").all()


def test_a_settled_run_is_audited_and_the_bounds_are_those_of_the_audit():
    X, y = clouds(600, 6.0, 2)
    pool, test = np.arange(400), np.arange(400, 600)
    found = replay(X, y, ["random"], {0: (pool, test)}, 8)
    stops = found[found["verdict"] == "stop"]
    assert len(stops) >= 3
    for stop in stops.itertuples():
        rest = 400 - stop.n_labeled
        assert stop.audit == audit_size(rest)
        possible = [AuditResult(stop.audit, stop.audit, 0, k, rest).bounds for k in range(stop.audit + 1)]
        assert (stop.low, stop.high) in possible
        assert stop.low <= stop.remainder_accuracy <= stop.high  # hardly an error here
    others = found[found["verdict"] != "stop"]
    assert (others["audit"] == 0).all() and others["low"].isna().all() and others["high"].isna().all()
    changes = found["changed"].dropna().tolist()
    for number in range(len(changes)):
        last = changes[: number + 1]
        verdict = advise(last, 100, audit=AuditResult(10, 10, 0, 10)).verdict
        assert found.loc[found["changed"].first_valid_index() + number, "verdict"] == verdict


def test_outcomes_of_hand_made_records():
    def run(seed, verdicts, accuracies):
        return pd.DataFrame(
            {
                "strategy": "dami",
                "seed": seed,
                "round": range(1, len(verdicts) + 1),
                "n_labeled": range(10, 10 * len(verdicts) + 1, 10),
                "changed": 0.0,
                "verdict": verdicts,
                "audit": [8 if verdict == "stop" else 0 for verdict in verdicts],
                "low": 0.5,
                "high": 0.9,
                "remainder_accuracy": 0.8,
                "accuracy": accuracies,
                "balanced_accuracy": 0.0,
            }
        )

    stopping = run(0, ["unknown", "stop", "go on", "stop", "go on"], [0.99, 0.7, 0.9, 0.75, 0.8])
    never = run(1, ["unknown", "go on", "go on", "go on", "go on"], [0.1, 0.2, 0.3, 0.4, 0.35])
    found = outcomes(pd.concat([stopping.iloc[::-1], never]))
    assert list(found.columns) == OUTCOMES
    first, second = found.to_dict("records")
    assert first["stopped"] and (first["n_labeled"], first["audit"], first["saved"]) == (20, 8, 22)
    assert (first["accuracy"], first["end"], first["best"]) == (0.7, 0.8, 0.9)  # not the 0.99 before the stop
    assert first["left_behind"] == pytest.approx(0.1)
    assert not second["stopped"] and (second["n_labeled"], second["saved"], second["left_behind"]) == (50, 0, 0)
    assert (second["accuracy"], second["end"], second["best"]) == (0.35, 0.35, 0.35)


def test_a_study_ends_at_half_of_the_pool_or_at_the_most_labels(few_steps):
    X, y = clouds(150, 2.0)
    assert study(X, y, ["random"], 1, 400)["n_labeled"].max() == 50  # of a pool of 100
    some = study(X, y, ["random"], 2, 30)
    assert some.groupby("seed")["n_labeled"].apply(list).tolist() == [[10, 20, 30]] * 2
