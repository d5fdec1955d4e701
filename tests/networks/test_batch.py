import numpy as np
import pytest

from dami.networks.batch import Task, fit_many, tasks
from dami.networks.mlp import MLP


def table(n=300, d=6):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d)).astype(np.float32)
    return X, (X[:, 0] + X[:, 1] ** 2 > 1).astype(int) + 2 * (X[:, 2] > 1)


def test_a_batch_gives_the_networks_that_each_would_be_alone():
    X, y = table()
    rng = np.random.default_rng(1)
    wanted = []
    for k, n in enumerate([40, 40, 25, 40, 25, 70]):
        rows = rng.permutation(len(X))[:n]
        wanted.append(Task(rows, y[rows], k))
    few = np.flatnonzero(y < 2)[:40]
    wanted.insert(2, Task(few, 3 * y[few], 7))  # classes 0 and 3 only
    for task, network in zip(wanted, fit_many(X, wanted), strict=True):
        alone = MLP(random_state=task.seed).fit(X[task.rows], task.labels)
        assert network.classes_.tolist() == alone.classes_.tolist() == sorted(set(task.labels.tolist()))
        np.testing.assert_allclose(network.predict_proba(X), alone.predict_proba(X), atol=2e-3)
        assert (network.predict(X[task.rows]) == task.labels).mean() > 0.9


def test_an_ensemble_shares_rows_and_begins_with_the_seed_itself():
    rows, labels = np.array([3, 1]), np.array([0, 1])
    made = tasks(rows, labels, 5, 4)
    assert made[0].seed == 5 and len({task.seed for task in made}) == 4
    assert all(task.rows is rows and task.labels is labels for task in made)
    assert [task.seed for task in tasks(rows, labels, 5, 4)] == [task.seed for task in made]


def test_equal_tasks_share_a_network_and_others_do_not():
    X, y = table()
    rows = np.arange(30)
    other_labels = np.where(y[rows] == y[0], y[rows], 1 - y[rows] % 2)
    wanted = [
        Task(rows, y[rows], 1),
        Task(rows, y[rows], 2),
        Task(rows.copy(), y[rows], 1),
        Task(rows, other_labels, 1),
    ]
    first, of_another_seed, same, of_other_labels = fit_many(X, wanted)
    assert same is first
    for different in (of_another_seed, of_other_labels):
        assert abs(different.predict_proba(X)[:, 0] - first.predict_proba(X)[:, 0]).max() > 0.01


def test_one_class_is_refused():
    X, _ = table()
    with pytest.raises(ValueError, match="two classes"):
        fit_many(X, [Task(np.arange(5), np.zeros(5, int), 0)])
