from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.special import log_softmax
from torch.optim.adamw import adamw

from dami.errors import Cancelled
from dami.networks import training
from dami.networks.training import one_cycle, train_networks


def rows(n=60, d=5, n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)).astype(np.float32), rng.integers(0, n_classes, n)


def logits(layers, X):
    for w, b in layers[:-1]:
        X = np.maximum(X @ w.T + b, 0)
    return X @ layers[-1][0].T + layers[-1][1]


def flat(layers):
    return np.concatenate([part.ravel() for layer in layers for part in layer])


class AdamW(torch.optim.Optimizer):
    """torch's AdamW, but for `Optimizer.__init__`, which imports torch's compiler: 1 to 2 seconds."""

    def __init__(self, parameters, lr, weight_decay=0.01):
        self.parameters = list(parameters)
        self.defaults = {"lr": lr, "betas": (0.9, 0.999), "weight_decay": weight_decay}
        self.param_groups = [dict(self.defaults)]
        self.moments = [[torch.zeros_like(part) for part in self.parameters] for _ in range(2)]
        self.counts = [torch.tensor(0.0) for _ in self.parameters]

    @torch.no_grad()
    def step(self):
        (group,) = self.param_groups
        gradients = [part.grad for part in self.parameters]
        beta1, beta2 = group["betas"]
        how = {"amsgrad": False, "maximize": False, "eps": 1e-8, "beta1": beta1, "beta2": beta2, "lr": group["lr"]}
        decay = group["weight_decay"]
        adamw(self.parameters, gradients, *self.moments, [], self.counts, weight_decay=decay, **how)


def test_equals_torch_modules_and_optimizer():
    X, y = rows()
    steps, widths = 30, [5, 8, 7, 3]
    # The starting point is what a training with a vanishing rate leaves.
    (start,) = train_networks(X, y, 3, hidden=(8, 7), steps=1, seeds=[4], learning_rate=1e-30)
    linear = [torch.nn.Linear(i, o) for i, o in pairwise(widths)]
    for module, (w, b) in zip(linear, start, strict=True):
        module.weight.data, module.bias.data = torch.tensor(w), torch.tensor(b)
    net = torch.nn.Sequential(linear[0], torch.nn.ReLU(), linear[1], torch.nn.ReLU(), linear[2])
    optimizer = AdamW(net.parameters(), lr=1e-2, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=steps)
    losses = []
    for _ in range(steps):
        net.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(torch.tensor(X)), torch.tensor(y))
        losses.append(float(loss.detach()))
        loss.backward()
        optimizer.step()
        schedule.step()

    seen = []
    (ours,) = train_networks(
        X, y, 3, hidden=(8, 7), steps=steps, seeds=[4], weight_decay=0.1, on_step=lambda *report: seen.append(report)
    )
    for module, (w, b) in zip(linear, ours, strict=True):
        np.testing.assert_allclose(w, module.weight.detach().numpy(), atol=2e-4)
        np.testing.assert_allclose(b, module.bias.detach().numpy(), atol=2e-4)
    np.testing.assert_allclose([loss for _, _, loss, _ in seen[:-1]], losses, atol=1e-4)
    assert abs(flat(ours) - flat(start)).max() > 0.05  # the comparison was about something


def standing(layers):
    """All layers as the last lies: weights (G, out, in), biases (G, out, 1)."""
    return [*((w.transpose(1, 2), b.transpose(1, 2)) for w, b in layers[:-1]), layers[-1]]


@pytest.mark.parametrize("small", [training.SMALL, 0])  # numpy's products, and torch's
@pytest.mark.parametrize(("hidden", "n_classes"), [((), 2), ((6,), 3), ((16, 9), 2), ((64, 64), 7)])
def test_gradients_are_autograds(hidden, n_classes, small, monkeypatch):
    monkeypatch.setattr(training, "SMALL", small)
    l1 = (0.03, 0.01)
    networks = training._Networks([5, *hidden, n_classes], [3, 4, 5, 6], 37, 0.0, l1)
    x = torch.randn(4, 37, 5, generator=torch.Generator().manual_seed(1))
    target = torch.randint(n_classes, (4, 37), generator=torch.Generator().manual_seed(2))
    parameters = [part.clone().requires_grad_() for layer in standing(networks.layers) for part in layer]
    values = x
    for depth in range(len(hidden) + 1):
        weights, biases = parameters[2 * depth : 2 * depth + 2]
        values = torch.einsum("goi,gni->gno", weights, values.relu() if depth else values) + biases.transpose(1, 2)
    loss = torch.nn.functional.cross_entropy(values.flatten(0, 1), target.flatten(), reduction="sum") / 37
    for depth in range(len(hidden)):
        loss += l1[min(depth, 1)] * parameters[2 * depth].abs().sum()
    expected = torch.autograd.grad(loss, parameters)
    networks.backward(networks.forward(x), training._minus_truth(target, n_classes))
    for ours, theirs in zip([part for layer in standing(networks.gradients) for part in layer], expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)
    assert abs(networks.gradient).max() > 0.01


def test_gradients_with_dropout_are_autograds():
    networks = training._Networks([5, 16, 9, 3], [3, 4], 37, 0.25, (0.0, 0.0))
    x = torch.randn(2, 37, 5, generator=torch.Generator().manual_seed(1))
    target = torch.randint(3, (2, 37), generator=torch.Generator().manual_seed(2))
    values = networks.forward(x, training=True)
    parameters = [part.clone().requires_grad_() for layer in standing(networks.layers) for part in layer]
    h = x
    for depth in range(3):
        weights, biases = parameters[2 * depth : 2 * depth + 2]
        h = torch.einsum("goi,gni->gno", weights, h) + biases.transpose(1, 2)
        if depth < 2:  # off where the network's own value is 0, the others count for more
            h = h.relu() * (values[depth + 1] > 0) / 0.75
    torch.testing.assert_close(h.transpose(1, 2), values[-1], rtol=1e-5, atol=1e-5)
    expected = torch.autograd.grad(torch.nn.functional.cross_entropy(h.flatten(0, 1), target.flatten()) * 2, parameters)
    networks.backward(values, training._minus_truth(target, 3))
    for ours, theirs in zip([part for layer in standing(networks.gradients) for part in layer], expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_dropout_switches_off_the_share_asked_for_and_other_units_each_time():
    networks = training._Networks([5, 64, 3], [3, 4], 200, 0.25, (0.0, 0.0))
    x = torch.rand(2, 200, 5) + 0.1
    whole, first, second = (networks.forward(x, training=kind)[1].clone() for kind in (False, True, True))
    on = whole > 0
    for some in (first, second):
        off = on & (some == 0)
        assert abs(float(off.sum() / on.sum()) - 0.25) < 0.02
        torch.testing.assert_close(some[on & ~off], whole[on & ~off] / 0.75)
    assert 0.2 < float((first == 0)[on & (second > 0)].float().mean()) < 0.3  # independent of each other
    assert not torch.equal(first[0] == 0, first[1] == 0)


def test_dropout_depends_on_the_own_seed_alone():
    X, y = rows()
    together = train_networks(X, y, 3, hidden=(16,), steps=20, seeds=[7, 8, 9], dropout=0.3)
    for seed, layers in zip([7, 8, 9], together, strict=True):
        (alone,) = train_networks(X, y, 3, hidden=(16,), steps=20, seeds=[seed], dropout=0.3)
        np.testing.assert_allclose(flat(alone), flat(layers), atol=1e-4)


@pytest.mark.parametrize("batch_rows", [4096, 20])
def test_positions_are_the_rows_themselves(batch_rows):
    X, y = rows(n=90)
    positions = np.random.default_rng(0).integers(90, size=(3, 40))
    setting = {"hidden": (8,), "steps": 10, "seeds": [0, 1, 2], "batch_rows": batch_rows}
    named = train_networks(X, y[positions], 3, positions=positions, **setting)
    copied = train_networks(X[positions], y[positions], 3, **setting)
    assert [flat(layers).tolist() for layers in named] == [flat(layers).tolist() for layers in copied]


def test_groups_of_networks_are_trained_as_one_batch(monkeypatch):
    X, y = rows(n=90, d=5)
    reports: list[list[tuple]] = [[], []]
    trained = []
    for floats, seen in zip((training.CACHE_FLOATS, 60 * 16 * 2), reports, strict=True):  # the second: two a group
        monkeypatch.setattr(training, "CACHE_FLOATS", floats)
        trained.append(
            train_networks(
                X, y, 3, hidden=(8,), steps=30, seeds=range(5), batch_rows=60, on_step=lambda *r, to=seen: to.append(r)
            )
        )
    for one, other in zip(*trained, strict=True):
        np.testing.assert_allclose(flat(one), flat(other), atol=1e-5)
    np.testing.assert_allclose(*reports, atol=1e-5)


@pytest.mark.parametrize("steps", [1, 2, 3, 10, 200])
def test_one_cycle_equals_torch(steps):
    parameter = torch.zeros(1, requires_grad=True)
    parameter.grad = torch.zeros(1)
    optimizer = AdamW([parameter], lr=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=max(steps, 4))
    for step in range(max(steps, 4)):
        rate, beta = one_cycle(step, max(steps, 4), 1e-2)
        assert rate == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9)
        assert beta == pytest.approx(optimizer.param_groups[0]["betas"][0], rel=1e-9)
        optimizer.step()
        schedule.step()
    assert np.isfinite([one_cycle(step, steps, 1e-2) for step in range(steps)]).all()


def test_initial_weights_are_hes_and_biases_zero():
    X, y = rows(d=200)
    (layers,) = train_networks(X, y, 3, hidden=(300,), steps=1, seeds=[0], learning_rate=1e-30)
    assert layers[0][0].std() == pytest.approx(np.sqrt(2 / 200), rel=0.02)
    assert layers[1][0].std() == pytest.approx(np.sqrt(2 / 300), rel=0.1)
    assert abs(layers[0][1]).max() < 1e-25


def test_a_network_in_a_batch_is_the_network_alone():
    many = [rows(seed=seed) for seed in range(3)]
    X, y = np.stack([X for X, _ in many]), np.stack([y for _, y in many])
    together = train_networks(X, y, 3, hidden=(16,), steps=20, seeds=[7, 8, 9])
    for k, seed in enumerate([7, 8, 9]):
        (alone,) = train_networks(X[k], y[k], 3, hidden=(16,), steps=20, seeds=[seed])
        np.testing.assert_allclose(flat(together[k]), flat(alone), atol=1e-4)
    assert abs(flat(together[0]) - flat(together[1])).max() > 0.1


def test_shared_rows_serve_every_network():
    X, y = rows()
    shared = train_networks(X, y, 3, hidden=(8,), steps=5, seeds=[0, 1])
    own = train_networks(np.stack([X, X]), np.stack([y, y]), 3, hidden=(8,), steps=5, seeds=[0, 1])
    np.testing.assert_allclose(flat(shared[1]), flat(own[1]), atol=1e-6)


def test_same_seed_same_network_without_global_state():
    X, y = rows()
    torch.manual_seed(1)
    before_torch, before_numpy = torch.get_rng_state(), np.random.get_state()[1].copy()
    first = train_networks(X, y, 3, hidden=(16,), steps=20, seeds=[3])
    assert torch.equal(torch.get_rng_state(), before_torch)
    assert np.array_equal(np.random.get_state()[1], before_numpy)
    torch.manual_seed(2)
    second = train_networks(X, y, 3, hidden=(16,), steps=20, seeds=[3])
    assert np.array_equal(flat(first[0]), flat(second[0]))
    other = train_networks(X, y, 3, hidden=(16,), steps=20, seeds=[4])
    assert not np.array_equal(flat(first[0]), flat(other[0]))


def test_number_of_threads_changes_rounding_at_most():
    X, y = rows(n=500, d=30)
    before = torch.get_num_threads()
    try:
        results = []
        for threads in (1, 2):
            torch.set_num_threads(threads)
            results.append(logits(train_networks(X, y, 3, hidden=(64, 64), steps=50, seeds=[0])[0], X))
    finally:
        torch.set_num_threads(before)
    np.testing.assert_allclose(*results, atol=1e-2 * abs(results[0]).max())


def test_reports_25_to_50_times_and_can_be_stopped():
    X, y = rows()
    seen = []
    train_networks(X, y, 3, hidden=(64, 64), steps=200, seeds=[0], on_step=lambda *report: seen.append(report))
    steps = [step for step, *_ in seen]
    assert steps == sorted(steps) and steps[0] == 0 and steps[-1] == 200 and 25 <= len(seen) <= 50
    assert {total for _, total, _, _ in seen} == {200}
    assert seen[-1][2] < 0.1 < 1 < seen[0][2] * 1.2  # noise is learnt by heart
    assert seen[-1][3] == 1.0

    def stop(step, steps, loss, accuracy):
        if step >= 50:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        train_networks(X, y, 3, hidden=(64, 64), steps=200, seeds=[0], on_step=stop)


def test_the_last_report_is_of_the_finished_network():
    X, y = rows()
    seen = []
    (layers,) = train_networks(X, y, 3, hidden=(8,), steps=10, seeds=[0], on_step=lambda *report: seen.append(report))
    z = logits(layers, X).astype(float)
    loss = -log_softmax(z, axis=1)[np.arange(len(y)), y].mean()
    assert seen[-1][2] == pytest.approx(loss, abs=1e-5)
    assert seen[-1][3] == pytest.approx((z.argmax(1) == y).mean())


def test_many_rows_are_drawn_in_batches_and_still_learnt():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 2)).astype(np.float32)
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    (drawn,) = train_networks(X, y, 2, hidden=(32, 32), steps=200, seeds=[0], batch_rows=256)
    assert (logits(drawn, X).argmax(1) == y).mean() > 0.95
    (again,) = train_networks(X, y, 2, hidden=(32, 32), steps=200, seeds=[0], batch_rows=256)
    assert np.array_equal(flat(drawn), flat(again))
    (whole,) = train_networks(X, y, 2, hidden=(32, 32), steps=200, seeds=[0], batch_rows=3000)
    assert not np.array_equal(flat(drawn), flat(whole))
    assert training.BATCH_ROWS == 4096


def test_without_hidden_layers_it_is_a_linear_model():
    X, _ = rows(n=100)
    y = (X[:, 0] > 0).astype(int)
    (layers,) = train_networks(X, y, 2, hidden=(), steps=2000, seeds=[0])
    assert len(layers) == 1 and layers[0][0].shape == (2, 5) and layers[0][0].dtype == np.float32
    assert (logits(layers, X).argmax(1) == y).mean() > 0.9
