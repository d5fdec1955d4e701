"""Evaluates a benchmark: computes areas, ranks and claims with their bounds, and writes a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from dami.studies.comparison import Difference, areas, difference, holm, mean_ranks

SUPERIOR_TO = ("random", "core-set")
NOT_INFERIOR_TO = ("margin", "badge")
MARGIN = 0.005  # in balanced accuracy: a strategy that is less than this behind is not inferior
MEASURES = ("balanced_accuracy", "auroc")


def ranks(records: pd.DataFrame) -> pd.DataFrame:
    """Return the mean areas and mean ranks of the strategies in each regime, the best by balanced accuracy first.

    Parameters
    ----------
    records : as `benchmark.run_units` gives them

    Returns
    -------
    DataFrame with the columns regime, strategy, balanced_accuracy, balanced_accuracy_rank, auroc, auroc_rank, tables.
    """
    parts = []
    for regime, part in records.groupby("regime"):
        columns: dict[str, pd.Series] = {}
        for measure in MEASURES:
            of_runs = areas(part, measure)
            columns[measure] = of_runs.groupby(["table", "strategy"]).mean().groupby("strategy").mean()
            columns[f"{measure}_rank"] = mean_ranks(of_runs)
        found = pd.DataFrame(columns).rename_axis("strategy").reset_index()
        found.insert(0, "regime", regime)
        found["tables"] = part["table"].nunique()
        parts.append(found.sort_values("balanced_accuracy_rank", kind="stable"))
    return pd.concat(parts, ignore_index=True)


def claims(records: pd.DataFrame, candidate: str) -> pd.DataFrame:
    """Compare the candidate with every other strategy in each regime, in areas of balanced accuracy.

    Returns
    -------
    DataFrame with a row for each regime and rival. Its columns are regime, rival, mean, lower, upper (95 % bounds of a
    bootstrap over tables, then seeds), wins, ties, losses (numbers of runs), p (Wilcoxon test over tables), p_holm
    (p corrected over the rivals with a claim), smallest_p (the smallest p that so many tables can give), claim
    ("superior", "not inferior" or "") and holds (whether the bounds support the claim).
    """
    rows = []
    for regime, part in records.groupby("regime"):
        of_runs = areas(part)
        rivals = [name for name in of_runs.index.get_level_values("strategy").unique() if name != candidate]
        found = {rival: difference(of_runs, candidate, rival) for rival in rivals}
        claimed = [rival for rival in (*SUPERIOR_TO, *NOT_INFERIOR_TO) if rival in found]
        corrected = dict(zip(claimed, holm([found[rival].p for rival in claimed]), strict=True))
        for rival in [*claimed, *(rival for rival in rivals if rival not in claimed)]:
            rows.append({"regime": regime, "rival": rival} | _judged(found[rival], corrected.get(rival, float("nan"))))
    return pd.DataFrame(rows)


def _judged(found: Difference, p_holm: float) -> dict[str, object]:
    claim, holds = "", False
    if found.rival in SUPERIOR_TO:
        claim, holds = "superior", found.lower > 0
    elif found.rival in NOT_INFERIOR_TO:
        claim, holds = "not inferior", found.lower > -MARGIN
    return {
        "mean": found.mean, "lower": found.lower, "upper": found.upper,
        "wins": found.wins, "ties": found.ties, "losses": found.losses,
        "p": found.p, "p_holm": p_holm, "smallest_p": found.smallest_p, "claim": claim, "holds": holds,
    }  # fmt: skip


def markdown(records: pd.DataFrame, candidate: str) -> str:
    """Write a page of Markdown with the ranks, the claims and the areas of every table, for each regime.

    Parameters
    ----------
    candidate : the strategy of the claims; the page has claims only if the records hold it and a rival.
    """
    ranked, lines = ranks(records), []
    judged = claims(records, candidate) if set(records["strategy"]) > {candidate} else None
    for regime, part in records.groupby("regime"):
        seeds, first = part["seed"].nunique(), part[part["round"] <= 1].groupby("round")["n_labeled"].max()
        lines += [
            f"### Regime {regime}: {first[0]} labels to begin with, then {first.get(1, first[0]) - first[0]} a round",
            f"{part['table'].nunique()} tables, {seeds} seeds; areas under the curve, normalised by the budget.",
        ]
        lines += _table(
            ("strategy", "balanced accuracy", "mean rank", "AUROC", "mean rank"),
            (
                (
                    row.strategy,
                    *(f"{row.balanced_accuracy:.4f}", f"{row.balanced_accuracy_rank:.2f}"),
                    *(f"{row.auroc:.4f}", f"{row.auroc_rank:.2f}"),
                )
                for row in ranked[ranked["regime"] == regime].itertuples()
            ),
        )
        if judged is not None:
            mine = judged[judged["regime"] == regime]
            lines += _table(
                (f"{candidate} against", "difference", "95 % bounds", "runs won / lost", "p (Holm)", "claim"),
                (_claim_cells(row) for row in mine.to_dict("records")),
            )
            lines.append(
                f"p: Wilcoxon's signed-rank test over the tables' means; with so many tables it cannot be less than "
                f"{mine['smallest_p'].max():.4f}."
            )
        lines += _of_tables(part, ranked[ranked["regime"] == regime]["strategy"].tolist())
    return "\n\n".join(lines) + "\n"


def _claim_cells(row: dict[str, object]) -> tuple[str, ...]:
    claim = f"{row['claim']}: {'yes' if row['holds'] else 'NOT SHOWN'}" if row["claim"] else ""
    p = f"{row['p']:.3f}" + (f" ({row['p_holm']:.3f})" if row["claim"] else "")
    bounds = f"{row['lower']:+.4f} to {row['upper']:+.4f}"
    return str(row["rival"]), f"{row['mean']:+.4f}", bounds, f"{row['wins']} / {row['losses']}", p, claim


def _of_tables(part: pd.DataFrame, strategies: Sequence[str]) -> list[str]:
    """Return the lines of a table with the balanced accuracy on every table, the best in bold."""
    means = areas(part).groupby(["table", "strategy"]).mean().unstack("strategy")[list(strategies)]
    best = means.max(axis=1)
    rows = (
        (str(table), *(f"**{value:.3f}**" if value == best[table] else f"{value:.3f}" for value in values))
        for table, values in zip(means.index, means.to_numpy(), strict=True)
    )
    return _table(("balanced accuracy", *strategies), rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return ["\n".join(f"| {' | '.join(cells)} |" for cells in lines)]
