"""Compares strategies by the records of experiments: areas, ranks, differences with uncertainty, and a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

RESAMPLES = 10_000
BAND_RESAMPLES = 2_000  # for the band of a curve in a figure
TIE = 1e-9


def areas(records: pd.DataFrame, measure: str = "balanced_accuracy") -> pd.Series:
    """Return the area under the curve of each run, divided by its range of labels: the mean of the measure.

    Parameters
    ----------
    records : as `simulate` gives them; those of several tables have a column ``table``
    measure : accuracy, balanced_accuracy or auroc

    Returns
    -------
    Series with the index (table, strategy, seed). A run of one round has the value of that round; a run with a missing
    value has NaN.
    """
    if "table" not in records:
        records = records.assign(table="")
    keys = ["table", "strategy", "seed"]

    def area(run: pd.DataFrame) -> float:
        run = run.sort_values("n_labeled")
        x, y = run["n_labeled"].to_numpy(float), run[measure].to_numpy(float)
        return float(np.trapezoid(y, x) / (x[-1] - x[0])) if len(run) > 1 else float(y[0])

    found = {key: area(run) for key, run in records.groupby(keys, sort=True)}
    index = (
        pd.MultiIndex.from_tuples(list(found), names=keys) if found else pd.MultiIndex.from_arrays([[]] * 3, names=keys)
    )
    return pd.Series(list(found.values()), index=index, name=measure, dtype=float)


def curves(records: pd.DataFrame, measure: str = "balanced_accuracy") -> pd.DataFrame:
    """Return the mean over seeds at every number of labels, with 95 % bounds of a bootstrap over seeds.

    The effect of a seed on all strategies (an easy split, lucky initial labels) is removed first (Cousineau 2005, with
    the correction of Morey 2008), since it would hide the differences between strategies.

    Parameters
    ----------
    records : as `simulate` gives them, of one experiment
    measure : accuracy, balanced_accuracy or auroc

    Returns
    -------
    DataFrame with the columns strategy, n_labeled, mean, lower, upper; bounds are NaN for a single seed.
    """
    names = list(dict.fromkeys(records["strategy"]))
    wide = records.pivot(index="seed", columns=["strategy", "n_labeled"], values=measure)
    if not len(wide):
        return pd.DataFrame(columns=["strategy", "n_labeled", "mean", "lower", "upper"])
    values = np.stack([wide[name].to_numpy(float) for name in names])  # (strategies, seeds, rounds)
    n_seeds = values.shape[1]
    means = values.mean(axis=1)  # (strategies, rounds)
    own = values - means[:, None]
    if len(names) > 1:
        own = (own - own.mean(axis=0)) * np.sqrt(len(names) / (len(names) - 1))
    drawn = np.random.default_rng(0).multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds), BAND_RESAMPLES)
    bounds = np.full((2, *means.shape), np.nan)
    if n_seeds > 1:
        bounds = means + np.quantile(np.einsum("bs,ksr->bkr", drawn / n_seeds, own), [0.025, 0.975], axis=0)
    n_labeled = wide[names[0]].columns
    parts = [
        {"strategy": name, "n_labeled": n_labeled, "mean": means[k], "lower": bounds[0, k], "upper": bounds[1, k]}
        for k, name in enumerate(names)
    ]
    return pd.concat([pd.DataFrame(part) for part in parts], ignore_index=True)


def mean_ranks(of_runs: pd.Series) -> pd.Series:
    """Return the mean rank of each strategy over tables, the best first.

    On a table, the strategy with the best mean over seeds has rank 1. Equal strategies share the mean of their ranks.
    """
    means = of_runs.groupby(["table", "strategy"]).mean().unstack("strategy")
    return means.rank(axis=1, ascending=False).mean().sort_values(kind="stable")


@dataclass(frozen=True)
class Difference:
    """The difference between a candidate and a rival in the areas of runs with the same seeds.

    Attributes
    ----------
    mean : mean over tables of the mean over seeds of candidate minus rival
    lower, upper : 95 % bounds of a bootstrap over tables, then seeds; for one table over seeds only
    wins, ties, losses : numbers of runs
    n_tables : int
    p : two-sided Wilcoxon signed-rank test over the means of the tables; nan if fewer than two means differ from 0
    smallest_p : the smallest p that so many tables can give
    """

    candidate: str
    rival: str
    mean: float
    lower: float
    upper: float
    wins: int
    ties: int
    losses: int
    n_tables: int
    p: float
    smallest_p: float

    @property
    def n_runs(self) -> int:
        return self.wins + self.ties + self.losses


def difference(of_runs: pd.Series, candidate: str, rival: str) -> Difference:
    """Compare two strategies over the runs that both have.

    Parameters
    ----------
    of_runs : as `areas` gives them

    Raises
    ------
    ValueError
        If they share no run.
    """
    wide = of_runs.unstack("strategy")
    if candidate not in wide or rival not in wide:
        raise ValueError(f"The records hold no runs of {candidate if candidate not in wide else rival}.")
    pairs = (wide[candidate] - wide[rival]).dropna()
    if not len(pairs):
        raise ValueError(f"{candidate} and {rival} have no run in common.")
    by_table = [group.to_numpy() for _, group in pairs.groupby("table")]
    means = np.array([group.mean() for group in by_table])
    resampled = _bootstrap(by_table, np.random.default_rng(0))
    lower, upper = np.quantile(resampled, [0.025, 0.975])
    return Difference(
        candidate,
        rival,
        float(means.mean()),
        float(lower),
        float(upper),
        int((pairs > TIE).sum()),
        int((pairs.abs() <= TIE).sum()),
        int((pairs < -TIE).sum()),
        len(by_table),
        _signed_rank(means),
        2.0 ** (1 - len(by_table)),
    )


def _bootstrap(by_table: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Return means (RESAMPLES,) over tables drawn with replacement, each the mean of seeds drawn with replacement."""
    drawn = np.stack(
        [
            group[rng.integers(len(group), size=(RESAMPLES, len(by_table), len(group)))].mean(axis=2)
            for group in by_table
        ]
    )  # (tables, RESAMPLES, places): each place that may draw a table draws its seeds anew
    places = np.arange(len(by_table))
    chosen = rng.integers(len(by_table), size=(RESAMPLES, len(by_table)))
    return np.asarray(drawn[chosen, np.arange(RESAMPLES)[:, None], places].mean(axis=1))


def _signed_rank(differences: np.ndarray) -> float:
    if np.count_nonzero(np.abs(differences) > TIE) < 2:
        return float("nan")
    from scipy.stats import wilcoxon  # takes a second to import

    return float(wilcoxon(differences).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct the p-values of one family by Holm (1979), which scipy lacks. A nan stays and does not count."""
    p = np.asarray(p_values, dtype=float)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    corrected = np.full(len(p), np.nan)
    corrected[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)))
    return corrected.tolist()


def sentence(records: pd.DataFrame, candidate: str = "dami", measure: str = "balanced_accuracy") -> str:
    """Return a sentence that compares a strategy with random and the best of the others, with the uncertainty."""
    of_runs = areas(records, measure)
    found = list(of_runs.index.get_level_values("strategy").unique())
    rivals = [name for name in found if name != candidate]
    if candidate not in found or not rivals:
        return "There is nothing to compare yet."
    means = of_runs.groupby("strategy").mean()
    parts = []
    if "random" in rivals:
        parts.append(_against(difference(of_runs, candidate, "random")))
    others = [name for name in rivals if name != "random"]
    if others:
        best = max(others, key=lambda name: float(means[name]))
        against = difference(of_runs, best, candidate)
        if against.lower > 0:
            parts.append(f"{best} is better still, by {_points(against.mean)}")
        elif against.upper < 0:
            parts.append(f"none of the others is better; {best} comes next, {_points(-against.mean)} behind")
        else:
            parts.append(f"{best} is about as good")
    return "; ".join(parts) + "."


def _against(found: Difference) -> str:
    runs = f"{found.wins} of {found.n_runs} {'seeds' if found.n_tables == 1 else 'runs'}"
    bounds = f"95 % between {signed_points(found.lower)} and {signed_points(found.upper)}"
    if found.lower > 0:
        verdict = f"{found.candidate} is better than {found.rival}"
    elif found.upper < 0:
        verdict = f"{found.candidate} is worse than {found.rival}"
    else:
        verdict = f"{found.candidate} cannot be told from {found.rival}"
    return f"{verdict}: ahead on {runs}, {signed_points(found.mean)} points in the mean ({bounds})"


def signed_points(share: float) -> str:
    """Return a difference of two shares in points, with a sign: "+1.8"."""
    return f"{round(100 * share, 1) + 0.0:+.1f}"  # never "-0.0"


def _points(share: float) -> str:
    return f"{100 * share:.1f} points"
