"""Holds variants of DAMI-plus, each without one of its parts, which show by comparison what carries its gain."""

from __future__ import annotations

from dami.selection.strategies.dami_plus import DamiPlus


class DamiPlusHidden(DamiPlus):
    """Does the same as DAMI-plus over the activations of the last hidden layer in place of the contributions."""

    name, space = "dami-plus-hidden", "hidden"
    title = "DAMI-plus, hidden layer"
    summary = "DAMI-plus over the activations of the last hidden layer."
    alike = "that are alike in the last hidden layer"


class DamiPlusInput(DamiPlus):
    """Does the same as DAMI-plus over the encoded rows; only their doubt is the network's."""

    name, space = "dami-plus-input", "input"
    title = "DAMI-plus, inputs"
    summary = "DAMI-plus over the encoded rows themselves."
    alike = "that are alike in the table"


class DamiPlusFree(DamiPlus):
    """Does the same as DAMI-plus without fixed centers, so that rows near labeled ones count as others do.

    That is near the method of Zhdanov (2019, arXiv 1901.05954), which first keeps the most uncertain rows alone.
    """

    name, keeps_centers = "dami-plus-free", False
    title = "DAMI-plus, free centres"
    summary = "DAMI-plus without the labelled rows as centres that stay."
