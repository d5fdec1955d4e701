"""Picks farthest-first in other spaces: Core-Set and input K-Center, which DAMI competes with, and DAMI's ablations."""

from __future__ import annotations

from dami.selection.strategies.base import QueryStrategy
from dami.selection.strategies.covering import cover
from dami.selection.strategies.pool import Pool, Selection


class _Covering(QueryStrategy):
    def choose(self, pool: Pool, n: int) -> Selection:
        return cover(pool, n, self.name, self.spaces)


class CoreSet(_Covering):
    """Picks farthest-first over the activations of the last hidden layer (Sener & Savarese, arXiv 1708.00489)."""

    name, spaces = "core-set", ("hidden", "input")
    title = "Core-Set"
    summary = "Rows whose activations in the last hidden layer are farthest from all labelled ones."


class InputKCenter(_Covering):
    """Picks farthest-first over the encoded rows, without a network."""

    name = "input-k-center"
    title = "Input K-Center"
    summary = "Rows farthest from all labelled ones in the table itself: no network is asked."
    needs_network = False
    spaces = ("input",)


class DamiAffine(_Covering):
    """Does the same as DAMI over the affine maps `[W, b]` of the local models, intercepts included."""

    name, spaces = "dami-affine", ("affine", "input")
    title = "DAMI, affine"
    summary = "DAMI with the intercept of each local model beside its weights."


class DamiUnit(_Covering):
    """Does the same as DAMI over the directions of the representations, without their lengths."""

    name, spaces = "dami-unit", ("unit", "input")
    title = "DAMI, directions"
    summary = "DAMI with every local model scaled to length one."


class DamiPredicted(_Covering):
    """Does the same as DAMI over the local weights of only the predicted class."""

    name, spaces = "dami-predicted", ("predicted", "input")
    title = "DAMI, predicted class"
    summary = "DAMI with the local weights of the predicted class alone."
