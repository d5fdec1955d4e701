"""Explains why a row was picked: with a sentence, with numbers, and with a figure that a notebook shows by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import floor, isfinite, log10
from typing import TYPE_CHECKING, Any

from dami.errors import ModelError

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

ROW = "{row}"  # stands for the row that a sentence names


def in_words(sentence: str, row: int | None, label: str | None = None) -> str:
    """Return the sentence of a reason with the row that it names and, if it is given, the class of that row."""
    return sentence.replace(ROW, f"row {row}" if label is None else f"row {row}, “{label}”")


@dataclass(frozen=True)
class Explanation:
    """The reason of a strategy for a pick, in words and in numbers. The words never reveal the prediction.

    Attributes
    ----------
    sentence : str
        The reason in words. `{row}` stands for the row that the sentence names; its class can be added later.
    numbers : dict
    row : int, optional
        The row that the sentence names.
    contributions : callable, optional
        Computes `Pool.contributions` of the pick.
    text : str
        The sentence with the row that it names.
    """

    sentence: str = field(repr=False, compare=False)
    numbers: dict[str, Any]
    row: int | None = field(default=None, repr=False, compare=False)
    contributions: Callable[[], pd.DataFrame] | None = field(default=None, repr=False, compare=False)
    text: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", in_words(self.sentence, self.row))

    def plot(self) -> go.Figure:
        """Return a Plotly figure of the contributions of the columns, under the reason in words.

        Raises
        ------
        ModelError
            If the reason does not come from a selection.
        """
        if self.contributions is None:
            raise ModelError("This reason stands alone, so nothing can be drawn: take it from selection.explain(i).")
        from dami.views.plots import contribution_bars

        return contribution_bars(self.contributions(), self.text)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return what IPython shows: the figure if contributions are known, and the words."""
        shown = {} if self.contributions is None else self.plot()._repr_mimebundle_(include, exclude)
        return {**shown, "text/plain": self.text or repr(self)}


def number(value: Any) -> str:
    """Return a number as people read it: a whole number in full, other numbers with three digits (1,234 or 0.0123)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return str(value)
    if float(value).is_integer():
        return f"{int(value):,}"
    places = 2 - floor(log10(abs(value)))
    text = f"{round(value, places):,.{max(0, places)}f}"
    return text.rstrip("0").rstrip(".") if places > 0 else text


def share(value: float) -> str:
    """Return a share of one as a text in percent."""
    return f"{number(100 * value)} %"


def bits(value: float) -> str:
    return f"{number(value)} bits"


@dataclass(frozen=True)
class Fact:
    """How people read one of `Explanation.numbers`: its name there, its title, and how its value is written."""

    name: str
    title: str
    write: Callable[[Any], str] = number
