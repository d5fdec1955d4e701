"""Defines the frame of the records of a simulation, which can draw its curves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from dami.selection.strategies import STRATEGIES, STUDIED
from dami.studies.comparison import curves
from dami.studies.experiment import COLUMNS

if TYPE_CHECKING:
    import plotly.graph_objects as go

MEASURES = {"accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "auroc": "area under the ROC curve"}


class Records(pd.DataFrame):
    """The records of `simulate`: a DataFrame whose method `plot` draws the curves of the strategies.

    A frame that is made from records is again of this class if it has all columns. Otherwise it is a plain DataFrame
    with the `plot` of pandas. `dami.Records(frame)` makes records of a frame that was read from a file.
    """

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        return _records_or_frame

    def plot(self, measure: str = "balanced_accuracy") -> go.Figure:
        """Draw the mean over seeds of each strategy at every number of labels, with the 95 % bounds of `curves`.

        Parameters
        ----------
        measure : accuracy, balanced_accuracy or auroc

        Returns
        -------
        A Plotly figure.

        Raises
        ------
        ValueError
            If there is no such measure, or the records come from several tables.
        """
        if measure not in MEASURES or measure not in self.columns:
            known = ", ".join(name for name in MEASURES if name in self.columns)
            raise ValueError(f"The records hold no measure {measure!r}; they hold {known}.")
        if self.duplicated(["strategy", "seed", "n_labeled"]).any():
            raise ValueError("The records are of more than one experiment: plot those of one table at a time.")
        from dami.views.comparison_plots import strategy_curves

        drawn = curves(pd.DataFrame(self), measure)
        best = drawn.groupby("strategy")["mean"].mean().sort_values(ascending=False, kind="stable").index
        drawn = drawn.set_index("strategy").loc[best].reset_index()
        titles = {name: strategy.title for name, strategy in STUDIED.items()}
        return strategy_curves(drawn, MEASURES[measure], titles, list(STRATEGIES))


def _records_or_frame(*args: Any, **kwargs: Any) -> pd.DataFrame:
    frame = pd.DataFrame(*args, **kwargs)
    return Records(frame) if set(frame.columns) >= set(COLUMNS) else frame
