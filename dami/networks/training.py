"""Training of ReLU networks, many at once: one batched matrix product a layer, over a leading axis of networks.

The only module that imports torch; what comes out are plain numpy layers.

The optimizer is AdamW (Loshchilov & Hutter, 2019) under a one-cycle schedule (Smith & Topin, 2018), written out here on
one flat tensor a network: the first use of `torch.optim` imports torch's compiler, 1 to 2 seconds that a person would
wait for, and six operations a step on one tensor are all that is needed. Tests hold it equal to `torch.optim`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import cos, pi, sqrt
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch

Layers: TypeAlias = list[tuple[np.ndarray, np.ndarray]]
OnStep: TypeAlias = Callable[[int, int, float, float], None]

BATCH_ROWS = 4096
REPORTS = 40


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
    batch_rows: int = BATCH_ROWS,
    on_step: OnStep | None = None,
) -> list[Layers]:
    """Train one ReLU network for each seed, all in one batch.

    Every network starts from He's initialization (2015; biases zero) and minimizes the mean cross-entropy of its own
    rows in `steps` steps of AdamW under a one-cycle schedule. A step takes all rows; with more than `batch_rows` of
    them, a uniform draw of `batch_rows` (with replacement, one draw for all networks of the batch). Memory: `4 * B *
    min(n, batch_rows) * sum(hidden)` bytes a few times over.

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
        One seed a network: its initial weights depend on its own seed alone, never on its neighbours in the batch.
    learning_rate, weight_decay : float
        The peak of the cycle, and AdamW's decoupled decay (per step the weights shrink by rate times decay).
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
    rows = torch.as_tensor(np.ascontiguousarray(X, dtype=np.float32))
    target = torch.as_tensor(np.ascontiguousarray(y, dtype=np.int64))
    n_networks, n_rows, n_features = len(seeds), rows.shape[-2], rows.shape[-1]
    rows = rows.expand(n_networks, n_rows, n_features)
    target = target.expand(n_networks, n_rows)

    widths = [n_features, *hidden, n_classes]
    parameters = _initialize(widths, seeds).requires_grad_()  # (B, P)
    mean, square = torch.zeros_like(parameters), torch.zeros_like(parameters)
    draws = torch.Generator().manual_seed(int(seeds[0]))
    report_every = max(1, steps // REPORTS)

    for step in range(steps):
        if n_rows > batch_rows:
            drawn = torch.randint(n_rows, (batch_rows,), generator=draws)
            x, t = rows[:, drawn], target[:, drawn]
        else:
            x, t = rows, target
        logits = _forward(parameters, widths, x)
        loss = _loss(logits, t)
        if on_step is not None and step % report_every == 0:
            on_step(step, steps, float(loss.detach()) / n_networks, _accuracy(logits, t))
        (gradient,) = torch.autograd.grad(loss, parameters)
        rate, beta = one_cycle(step, steps, learning_rate)
        with torch.no_grad():
            _adamw(parameters, gradient, mean, square, step + 1, rate, beta, weight_decay)

    with torch.no_grad():
        if on_step is not None:
            logits = _forward(parameters, widths, x)
            on_step(steps, steps, float(_loss(logits, t)) / n_networks, _accuracy(logits, t))
        return _to_numpy(parameters, widths)


def one_cycle(step: int, steps: int, peak: float) -> tuple[float, float]:
    """Learning rate and first AdamW moment of a step: up by cosine for 30 % of the steps, then down to almost nothing.

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


def _adamw(
    parameters: torch.Tensor,
    gradient: torch.Tensor,
    mean: torch.Tensor,
    square: torch.Tensor,
    count: int,
    rate: float,
    beta: float,
    weight_decay: float,
    beta_square: float = 0.999,
    epsilon: float = 1e-8,
) -> None:
    """One step of AdamW in place; `count` is the number of this step, from 1."""
    mean.lerp_(gradient, 1 - beta)
    square.mul_(beta_square).addcmul_(gradient, gradient, value=1 - beta_square)
    scale = (square.sqrt() / sqrt(1 - beta_square**count)).add_(epsilon)
    parameters.mul_(1 - rate * weight_decay)
    parameters.addcdiv_(mean, scale, value=-rate / (1 - beta**count))


def _initialize(widths: Sequence[int], seeds: Sequence[int]) -> torch.Tensor:
    """He's normal initialization, a flat network a seed, layer by layer weights (in, out) and biases. (B, P)"""
    networks = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(int(seed))
        parts = []
        for n_in, n_out in pairwise(widths):
            parts.append(torch.randn(n_in * n_out, generator=generator) * sqrt(2 / n_in))
            parts.append(torch.zeros(n_out))
        networks.append(torch.cat(parts))
    return torch.stack(networks)


def _layers(parameters: torch.Tensor, widths: Sequence[int]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Views of the flat networks: weights (B, in, out) and biases (B, 1, out) of every layer."""
    shapes = list(pairwise(widths))
    parts = parameters.split([size for i, o in shapes for size in (i * o, o)], dim=1)
    return [
        (parts[2 * k].view(-1, n_in, n_out), parts[2 * k + 1].unsqueeze(1)) for k, (n_in, n_out) in enumerate(shapes)
    ]


def _forward(parameters: torch.Tensor, widths: Sequence[int], x: torch.Tensor) -> torch.Tensor:
    """Logits of every network: (B, n, d) -> (B, n, C)."""
    layers = _layers(parameters, widths)
    for weights, biases in layers[:-1]:
        x = torch.baddbmm(biases, x, weights).relu_()  # (B, n, width)
    return torch.baddbmm(layers[-1][1], x, layers[-1][0])


def _loss(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Cross-entropy, the mean over a network's rows, summed over networks: so each has its own gradient."""
    total = torch.nn.functional.cross_entropy(logits.flatten(0, 1), target.flatten(), reduction="sum")
    return total / logits.shape[1]


def _accuracy(logits: torch.Tensor, target: torch.Tensor) -> float:
    return float((logits.argmax(-1) == target).float().mean())


def _to_numpy(parameters: torch.Tensor, widths: Sequence[int]) -> list[Layers]:
    layers = [(w.transpose(1, 2).numpy(force=True), b[:, 0].numpy(force=True)) for w, b in _layers(parameters, widths)]
    return [[(np.ascontiguousarray(w[k]), b[k].copy()) for w, b in layers] for k in range(len(parameters))]
