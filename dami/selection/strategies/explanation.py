"""Why a row was asked for: a sentence, numbers, and a picture that a notebook shows by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import floor, isfinite, log10
from typing import TYPE_CHECKING, Any

from dami.errors import ModelError

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

ROW = "{row}"  # stands in a sentence for the row that it names


def in_words(sentence: str, row: int | None, label: str | None = None) -> str:
    """A reason's sentence with the row that it names, and with that row's class if it is given."""
    return sentence.replace(ROW, f"row {row}" if label is None else f"row {row}, “{label}”")


@dataclass(frozen=True)
class Explanation:
    """A strategy's own reason for a pick: in words that never give the model's guess away, and in numbers.

    Attributes
    ----------
    sentence : str
        The words; `{row}` stands for the row that they name, whose class somebody may add later.
    numbers : dict
    row : int, optional
        The row that the sentence names.
    contributions : callable, optional
        See `Pool.contributions`, of this row; computed when it is asked for.
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
        """A Plotly figure: how much each column makes the row what it is to the model, under the reason in words.

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
        """What IPython shows: the figure where it can, else the words."""
        shown = {} if self.contributions is None else self.plot()._repr_mimebundle_(include, exclude)
        return {**shown, "text/plain": self.text or repr(self)}


def number(value: Any) -> str:
    """A number as people read it, of three digits unless it is whole: 1,234, 0.0123."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return str(value)
    if float(value).is_integer():
        return f"{int(value):,}"
    places = 2 - floor(log10(abs(value)))
    text = f"{round(value, places):,.{max(0, places)}f}"
    return text.rstrip("0").rstrip(".") if places > 0 else text


def share(value: float) -> str:
    """A share of one, in percent."""
    return f"{number(100 * value)} %"


def bits(value: float) -> str:
    return f"{number(value)} bits"


@dataclass(frozen=True)
class Fact:
    """How people read one of a strategy's numbers: its name there, what it is called, and how its value is written."""

    name: str
    title: str
    write: Callable[[Any], str] = number
