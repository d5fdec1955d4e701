"""Why a row was asked for: a sentence, numbers, and a picture that a notebook shows by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dami.errors import ModelError

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


@dataclass(frozen=True)
class Explanation:
    """A strategy's own reason for a pick: in words that never give the model's guess away, and in numbers.

    Attributes
    ----------
    text : str
    numbers : dict
    contributions : callable, optional
        See `Pool.contributions`, of this row; computed when it is asked for.
    """

    text: str
    numbers: dict[str, Any]
    contributions: Callable[[], pd.DataFrame] | None = field(default=None, repr=False, compare=False)

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
