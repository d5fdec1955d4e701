"""Trains many ReLU networks at once: one batched matrix product a layer, over a leading axis of networks.

No other module imports torch. The results are plain numpy layers.

The optimizer is AdamW (Loshchilov & Hutter, 2019) under a one-cycle schedule (Smith & Topin, 2018): torch's fused step
on one flat tensor, without `torch.optim`, whose first use imports torch's compiler, 1 to 2 seconds that a person would
wait for. Gradients are written out, without autograd's graph, so that logits can be kept class by class, where softmax
and narrow products run several times faster. Tests hold both equal to torch's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import cos, pi, sqrt
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import torch

Layers: TypeAlias = list[tuple[np.ndarray, np.ndarray]]
OnStep: TypeAlias = Callable[[int, int, float, float], None]

BATCH_ROWS = 4096
CACHE_FLOATS = 2**20  # 4 MiB: beyond that, a step waits for memory
SMALL = 10**6  # multiplications of a product
REPORTS = 40
OWN: tuple[Literal["C"], Literal["W"]] = ("C", "W")  # what torch takes without a copy or a warning


def train_networks(
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    n_classes: int,
    *,
    hidden: Sequence[int],
    steps: int,
    seeds: Sequence[int],
    learning_rate: float = 1e-2,
    weight_decay: float = 1e-2,
    dropout: float = 0.0,
    l1: tuple[float, float] = (0.0, 0.0),
    positions: npt.ArrayLike | None = None,
    batch_rows: int = BATCH_ROWS,
    on_step: OnStep | None = None,
) -> list[Layers]:
    """Train one ReLU network for each seed, all in one batch.

    Every network starts from He's initialization (2015; biases zero) and minimizes the mean cross-entropy of its own
    rows in `steps` steps of AdamW under a one-cycle schedule. A step takes all rows; with more than `batch_rows` of
    them, a uniform draw of `batch_rows` (with replacement, one draw for all networks of the batch). Memory, beyond rows
    and parameters: `4 * min(n, batch_rows) * sum(hidden)` bytes, or 4 MiB if that is more, a few times over.

    Parameters
    ----------
    X : (n, d) or (B, n, d)
        Rows, shared by all networks or each its own.
    y : (n,) or (B, n) int
        Class numbers 0..n_classes - 1.
    n_classes : int
    hidden : widths of the hidden layers; may be empty (a linear model)
    steps : int
    seeds : (B,)
        One seed for each network: its initial weights depend on that seed alone, never on the rest of the batch.
    learning_rate, weight_decay : float
        The peak of the cycle, and AdamW's decoupled decay (per step the weights shrink by rate times decay).
    dropout : float, from 0 to less than 1
        The share of hidden units that are off; each row and step has other units off (Srivastava et al., 2014). The
        other units count for more, so that the trained network is used as it is. The seed of a network decides which
        of its units are off.
    l1 : (float, float)
        What a network minimizes beside the cross-entropy: these times the sum of the absolute weights of the first
        hidden layer, and of every other hidden layer.
    positions : (B, m) int, optional
        The rows of X, then (n, d), that each network is trained on; y, then (B, m), are their classes.
    batch_rows : int
    on_step : callable(step, steps, loss, accuracy), optional
        Called about 40 times, from step 0 (untrained) to the last, with mean loss and accuracy over the rows of that
        step and all networks. What it raises ends the training.

    Returns
    -------
    list of B networks, each a list of layers (weights (out, in) float32, biases (out,) float32).

    Notes
    -----
    Deterministic for the seeds; no global random state is read or written. The number of threads is the caller's
    business; it may change the order of float32 sums and so the last digits.
    """
    rows = torch.as_tensor(np.require(X, np.float32, OWN))
    target = torch.as_tensor(np.require(y, np.int64, OWN))
    n_networks, n_rows, n_features = len(seeds), target.shape[-1], rows.shape[-1]
    of_networks = torch.as_tensor(np.require(positions, np.int64, OWN)) if positions is not None else None
    if of_networks is None:
        rows = rows.expand(n_networks, n_rows, n_features)
    elif n_rows <= batch_rows:
        rows = rows[of_networks]
    target = target.expand(n_networks, n_rows)

    widths = [n_features, *hidden, n_classes]
    size = max(1, CACHE_FLOATS // (min(n_rows, batch_rows) * sum(widths)))
    ends = np.linspace(0, n_networks, -(-n_networks // size) + 1).astype(int).tolist()
    groups = [slice(*pair) for pair in pairwise(ends)]
    networks = [_Networks(widths, seeds[group], min(n_rows, batch_rows), dropout, l1) for group in groups]
    draws = torch.Generator().manual_seed(int(seeds[0]))
    report_every = max(1, steps // REPORTS)

    x, t = rows, target
    truth = _minus_truth(t[:, :batch_rows], n_classes)
    with torch.no_grad():
        for step in range(steps):
            if n_rows > batch_rows:
                drawn = torch.randint(n_rows, (batch_rows,), generator=draws)
                x = rows[:, drawn] if of_networks is None else rows[of_networks[:, drawn]]
                t = target[:, drawn]
                truth = _minus_truth(t, n_classes)
            rate, beta = one_cycle(step, steps, learning_rate)
            progress = []
            for group, some in zip(groups, networks, strict=True):
                values = some.forward(x[group], training=True)
                if on_step is not None and step % report_every == 0:
                    progress.append(_progress(values[-1], t[group]))
                some.backward(values, truth[group])
                some.adamw(rate, beta, weight_decay)
            if on_step is not None and progress:
                on_step(step, steps, *_over_networks(progress))
        if on_step is not None:
            progress = [_progress(some.forward(x[g])[-1], t[g]) for g, some in zip(groups, networks, strict=True)]
            on_step(steps, steps, *_over_networks(progress))
        return [layers for some in networks for layers in some.to_numpy()]


def one_cycle(step: int, steps: int, peak: float) -> tuple[float, float]:
    """Return learning rate and first AdamW moment of a step: up by cosine for 30 % of the steps, then down to almost 0.

    The rate goes from peak / 25 to peak to peak / 250,000, the moment from 0.95 to 0.85 to 0.95: the defaults of
    `torch.optim.lr_scheduler.OneCycleLR`.
    """
    turn, last = 0.3 * steps - 1, steps - 1
    if step <= turn:
        part, rates, betas = step / turn if turn > 0 else 1.0, (peak / 25, peak), (0.95, 0.85)
    else:
        part, rates, betas = (step - turn) / (last - turn), (peak, peak / 25e4), (0.85, 0.95)
    way = (1 - cos(pi * part)) / 2
    return rates[0] + (rates[1] - rates[0]) * way, betas[0] + (betas[1] - betas[0]) * way


class _Networks:
    """Networks that are trained side by side, so few that all values of a step fit into the processor's cache.

    One flat tensor holds their parameters, layer by layer: weights, then biases. They lie as products are fastest:
    those of hidden layers as (G, in, out) and (G, 1, out), those of the last as (G, out, in) and (G, out, 1).
    """

    def __init__(
        self, widths: Sequence[int], seeds: Sequence[int], n_rows: int, dropout: float, l1: tuple[float, float]
    ) -> None:
        self.widths, self.n, self.l1 = widths, len(seeds), l1
        self.scale = 1 / (1 - dropout)
        size = 2 * n_rows * max(widths[1:-1], default=0) if dropout else 0
        # Networks of one seed, as the strategies of an experiment have them, share what is drawn.
        drawn = {s: np.random.default_rng(int(s)).random(size, np.float32) >= dropout for s in dict.fromkeys(seeds)}
        on = np.stack([drawn[seed] for seed in seeds])
        self.noise = torch.from_numpy(on * np.float32(self.scale))  # 0 where a unit is off
        self.places = np.random.default_rng(size)
        self.parameters = self._initialize(seeds)
        self.layers = self._layers(self.parameters)
        self.gradient = torch.empty_like(self.parameters)
        self.gradients = self._layers(self.gradient)
        self.turned = [weights.transpose(1, 2) for weights, _ in self.layers[:-1]]
        self.mean, self.square = torch.zeros_like(self.parameters), torch.zeros_like(self.parameters)
        self.count = torch.zeros(())  # of the steps taken
        # Every step writes over the values of the step before, whose memory is in the cache.
        self.hidden, self.below = ([torch.empty(self.n, n_rows, w) for w in widths[1:-1]] for _ in range(2))
        self.logits = torch.empty(self.n, widths[-1], n_rows)

    def _initialize(self, seeds: Sequence[int]) -> torch.Tensor:
        """Draw He's normal initialization, every network from a generator of its own; biases are zero."""
        generators = {seed: torch.Generator().manual_seed(int(seed)) for seed in seeds}
        parts = []
        for depth, (n_in, n_out) in enumerate(pairwise(self.widths), 2):
            drawn = {}
            for seed, generator in generators.items():
                weights = torch.randn(n_in * n_out, generator=generator) * sqrt(2 / n_in)
                drawn[seed] = weights if depth < len(self.widths) else weights.view(n_in, n_out).T.flatten()
            parts += [*(drawn[seed] for seed in seeds), torch.zeros(self.n * n_out)]
        return torch.cat(parts)

    def _layers(self, flat: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Return weights and biases of every layer as views of the flat tensor."""
        shapes = list(pairwise(self.widths))
        parts = flat.split([self.n * size for n_in, n_out in shapes for size in (n_in * n_out, n_out)])
        layers = [
            (parts[2 * k].view(self.n, n_in, n_out), parts[2 * k + 1].view(self.n, 1, n_out))
            for k, (n_in, n_out) in enumerate(shapes)
        ]
        n_in, n_out = shapes[-1]
        return [*layers[:-1], (parts[-2].view(self.n, n_out, n_in), parts[-1].view(self.n, n_out, 1))]

    def forward(self, x: torch.Tensor, training: bool = False) -> list[torch.Tensor]:
        """Return the rows (G, n, d), the activations of each hidden layer (G, n, width), and the logits (G, C, n).

        The next call writes over them.
        """
        values = [x]
        for (weights, biases), out in zip(self.layers[:-1], self.hidden, strict=True):
            hidden = _product(values[-1], weights, out).add_(biases).relu_()
            if training and self.scale > 1:
                self._drop(hidden)
            values.append(hidden)
        weights, biases = self.layers[-1]
        return [*values, _product(weights, values[-1].transpose(1, 2), self.logits).add_(biases)]

    def _drop(self, hidden: torch.Tensor) -> None:
        """Switch units off in (G, n, width) by a part of each network's noise: new noise costs as much as a product."""
        length, (_, n, width) = self.noise.shape[1], hidden.shape
        start = int(self.places.integers(length - n * width))
        hidden.mul_(self.noise.as_strided(hidden.shape, (length, width, 1), start))

    def backward(self, values: list[torch.Tensor], target: torch.Tensor) -> None:
        """Set the gradient of what is minimized: the mean cross-entropy over a network's own rows, and the l1 terms.

        Parameters
        ----------
        target : (G, C, n), as `_minus_truth` gives it
        """
        *inputs, logits = values
        of_logits = torch.add(target, logits.softmax(1), alpha=1 / logits.shape[2])  # (G, C, n)
        of_weights, of_biases = self.gradients[-1]
        _product(of_logits, inputs[-1], of_weights)  # (G, C, n) by (G, n, in)
        torch.sum(of_logits, 2, keepdim=True, out=of_biases)
        above, weights = of_logits.transpose(1, 2), self.layers[-1][0]
        for depth in reversed(range(len(self.layers) - 1)):
            below = self.below[depth].baddbmm_(above, weights, beta=0, alpha=self.scale)  # (G, n, out) by (G, out, in)
            # A unit that is off, or dropped, is 0 and lets nothing through.
            above = torch.ops.aten.threshold_backward(below, inputs[depth + 1], 0, grad_input=below)  # (G, n, out)
            of_weights, of_biases = self.gradients[depth]
            _product(inputs[depth].transpose(1, 2), above, of_weights)  # (G, in, n) by (G, n, out)
            torch.sum(above, 1, keepdim=True, out=of_biases)
            if strength := self.l1[min(depth, 1)]:
                of_weights.add_(self.layers[depth][0].sign(), alpha=strength)
            weights = self.turned[depth]

    def adamw(self, rate: float, beta: float, weight_decay: float) -> None:
        """Take one step of AdamW in place."""
        self.count += 1
        torch._fused_adamw_(
            [self.parameters],
            [self.gradient],
            [self.mean],
            [self.square],
            [],
            [self.count],
            lr=rate,
            beta1=beta,
            beta2=0.999,
            weight_decay=weight_decay,
            eps=1e-8,
            amsgrad=False,
            maximize=False,
        )

    def to_numpy(self) -> list[Layers]:
        *hidden, last = self.layers
        layers = [(w.numpy(force=True), b.flatten(1).numpy(force=True)) for w, b in [*_turned(hidden), last]]
        return [[(w[k].copy(), b[k].copy()) for w, b in layers] for k in range(self.n)]


def _turned(layers: list[tuple[torch.Tensor, torch.Tensor]]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    return [(weights.transpose(1, 2), biases.transpose(1, 2)) for weights, biases in layers]


def _product(left: torch.Tensor, right: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    """Write the products of (G, n, k) and (G, k, m) to `out`, (G, n, m), and return it.

    Small ones are numpy's: OpenBLAS, unlike MKL, takes them without copying the matrices first, a sixth faster.
    """
    if left.shape[1] * left.shape[2] * right.shape[2] > SMALL:
        return torch.bmm(left, right, out=out)
    np.matmul(left.numpy(), right.numpy(), out=out.numpy())
    return out


def _minus_truth(target: torch.Tensor, n_classes: int) -> torch.Tensor:
    """Return the part of the gradient of the logits that labels (B, n) decide: -1/n at each one's class, (B, C, n)."""
    n_networks, n_rows = target.shape
    return torch.zeros(n_networks, n_classes, n_rows).scatter_(1, target.unsqueeze(1), -1 / n_rows)


def _progress(logits: torch.Tensor, target: torch.Tensor) -> tuple[float, float, int]:
    """Return the mean loss and accuracy over rows and networks, and the number of networks."""
    loss = torch.nn.functional.cross_entropy(logits, target)
    return float(loss), float((logits.argmax(1) == target).float().mean()), len(logits)


def _over_networks(progress: list[tuple[float, float, int]]) -> tuple[float, float]:
    total = sum(n for _, _, n in progress)
    return sum(loss * n for loss, _, n in progress) / total, sum(share * n for _, share, n in progress) / total
