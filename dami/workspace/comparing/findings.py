"""Reads the stored records and picks of a comparison, and gives them to pages in numbers and words."""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dami.errors import DamiError
from dami.selection.strategies import title_of
from dami.store import files, jobs
from dami.store.json_records import read_optional
from dami.store.records import ACTIVE, JobState, Project
from dami.studies import comparison
from dami.studies.experiment import split
from dami.studies.record_file import read_whole
from dami.views.bitsets import encode_rows
from dami.views.colors import HIGHLIGHT, PALETTE
from dami.wording import count
from dami.workspace.comparing.comparison_settings import Settings
from dami.workspace.comparing.experiment_job import (
    KIND,
    ComparisonFacts,
    ComparisonRequest,
    Known,
    key_of,
    known_labels,
)
from dami.workspace.exploring.map_wire import MapMarks

OURS = ("dami", "dami-plus")
MEASURES = {"balanced_accuracy": "Balanced accuracy", "accuracy": "Accuracy"}
FEWEST_SEEDS = 6  # with fewer, all lie on one side by chance more often than once in twenty times
FIRST = PALETTE[6]  # the initial labels
EARLY_TO_LATE = [PALETTE[k] for k in (0, 5, 2, 1, 4)]  # of rounds, from cold to warm


@dataclass(frozen=True)
class Compared:
    """The comparison that was asked for last, with its results so far.

    Attributes
    ----------
    seeds : number of seeds that were asked for
    records : records of the finished seeds
    stale : whether the table or its labels have changed since
    state : state of its job
    facts : facts that were noted when it began; None before
    """

    key: str
    settings: Settings
    seeds: int
    records: pd.DataFrame
    stale: bool
    state: JobState
    facts: ComparisonFacts | None

    @property
    def n_rounds(self) -> int:
        """Number of rounds of each run, 0 before it began."""
        return self.facts.n_rounds if self.facts else 0

    @property
    def finished(self) -> list[int]:
        return sorted(int(seed) for seed in self.records["seed"].unique())

    @property
    def active(self) -> bool:
        return self.state in ACTIVE


def title(strategy: str) -> str:
    """Return a strategy's name as pages show it."""
    return title_of(strategy)


def word(strategy: str) -> str:
    """Return a strategy's name for use within a sentence: "BADGE" stays as it is, "Random" becomes lower case."""
    name = title(strategy)
    return name if name[1:] != name[1:].lower() else name.lower()


def last(project: Project, labels: Known | None = None) -> Compared | None:
    """Return the comparison that was asked for last; None if there is none."""
    job = jobs.latest(project.id, KIND)
    if job is None:
        return None
    asked = ComparisonRequest.of(job)
    labels = known_labels(project) if labels is None else labels
    stale = key_of(project, labels, asked.settings) != asked.key
    facts, records = found(project, asked.key, asked.settings, asked.seeds)
    return Compared(asked.key, asked.settings, asked.seeds, records, stale, job.state, facts)


def found(project: Project, key: str, settings: Settings, seeds: int) -> tuple[ComparisonFacts | None, pd.DataFrame]:
    """Return the facts that were noted of a comparison, and the records of its finished seeds below `seeds`."""
    folder = files.comparison_dir(project.id, key)
    try:
        facts = read_optional(ComparisonFacts, json.loads((folder / "facts.json").read_text()))
    except (OSError, ValueError):
        facts = None
    if facts is None:
        return None, read_whole(folder / "records.csv", 0)
    records = read_whole(folder / "records.csv", len(settings.strategies) * (facts.n_rounds + 1))
    return facts, records[records["seed"] < seeds].reset_index(drop=True)


def verdicts(compared: Compared, measure: str) -> list[str]:
    """Return verdicts on DAMI and DAMI-plus with their uncertainty; on the first strategy if neither was compared."""
    records = compared.records
    if not len(records):
        return []
    ours = [name for name in OURS if name in compared.settings.strategies] or [compared.settings.strategies[0]]
    named = records.assign(strategy=records["strategy"].map(word))
    if len(compared.finished) >= FEWEST_SEEDS:
        return [_capital(comparison.sentence(named, word(name), measure)) for name in ours]
    too_few = f"That is too few to judge: from {FEWEST_SEEDS} seeds on there is a verdict."
    return [*(_early(named, word(name), measure) for name in ours), too_few]


def _early(records: pd.DataFrame, candidate: str, measure: str) -> str:
    of_runs = comparison.areas(records, measure)
    rivals = [name for name in of_runs.index.get_level_values("strategy").unique() if name != candidate]
    n = records["seed"].nunique()
    after = f"After {count(n, 'seed')}"
    if not rivals:
        return f"{after}: {candidate} has nothing to be compared with."
    against = comparison.difference(of_runs, candidate, "random" if "random" in rivals else rivals[0])
    points = f"{comparison.signed_points(against.mean)} points in the mean"
    return f"{after}: {candidate} is ahead of {against.rival} on {against.wins} of {n}, {points}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def ranking(compared: Compared, measure: str) -> pd.DataFrame:
    """Return a table with a row for each strategy, best first.

    Returns
    -------
    DataFrame
        The columns are strategy, rank, area (mean area under the curve, in percent), difference (to random, in
        percentage points), bounds (of the difference, 95 %), record (wins, ties and losses against random) and seconds
        (of choosing and training in a round). Random itself has no difference, no bounds and no record. There are no
        bounds before `FEWEST_SEEDS` seeds.
    """
    records = compared.records
    of_runs = comparison.areas(records, measure)
    ranks = comparison.mean_ranks(of_runs)
    means = of_runs.groupby("strategy").mean()
    seconds = (records["select_seconds"] + records["train_seconds"]).groupby(records["strategy"]).mean()
    rows = []
    for name in ranks.index:
        row = {"strategy": title(str(name)), "rank": ranks[name], "area": 100 * means[name], "seconds": seconds[name]}
        if name != "random" and "random" in means:
            against = comparison.difference(of_runs, name, "random")
            row |= {
                "difference": round(100 * against.mean, 1) + 0.0,
                "record": f"{against.wins} / {against.ties} / {against.losses}",
            }
            if len(compared.finished) >= FEWEST_SEEDS:
                row["bounds"] = (
                    f"{comparison.signed_points(against.lower)} to {comparison.signed_points(against.upper)}"
                )
        rows.append(row)
    columns = ["strategy", "rank", "area", "difference", "bounds", "record", "seconds"]
    return pd.DataFrame(rows, columns=columns)


def curves(compared: Compared, measure: str) -> pd.DataFrame:
    """Return `comparison.curves` of the records; the strategies are in the order in which they were chosen."""
    return comparison.curves(compared.records, measure)


def export(compared: Compared) -> bytes:
    """Return the records as CSV."""
    return compared.records.to_csv(index=False).encode()


@dataclass(frozen=True)
class ComparisonStatus:
    """The state of a comparison that a person could start now: its key, the number of seeds left, its button's text."""

    key: str
    left: int
    button: str


def comparison_status(project: Project, labels: Known, settings: Settings, seeds: int) -> ComparisonStatus:
    """Return how many seeds are left for these settings on the present labels."""
    key = key_of(project, labels, settings)
    done = found(project, key, settings, seeds)[1]["seed"].nunique()
    return ComparisonStatus(key, seeds - done, "Compare" if not done else "Go on" if done < seeds else "Show these")


# ---- the step view --------------------------------------------------------------------------------------------------


def picks(project: Project, compared: Compared, strategy: str, seed: int) -> np.ndarray | None:
    """Return the rows in the order of their labels, the initial ones first, (n_labeled,); None if they are gone."""
    folder = files.comparison_dir(project.id, compared.key)
    try:
        kept = files.read_array(folder / f"picks-{seed}.npy", mmap=False)
        return np.asarray(kept[compared.settings.strategies.index(strategy)])
    except (DamiError, ValueError, IndexError):
        return None


def held_out(project: Project, compared: Compared, seed: int, n_rows: int) -> str:
    """Return a bitset of the rows outside the pool of this seed, which no strategy could pick."""
    rows = files.read_array(files.comparison_dir(project.id, compared.key) / "rows.npy", mmap=False)
    pool, _, _ = split(len(rows), seed, compared.settings.n_initial)
    return encode_rows(np.setdiff1d(np.arange(n_rows), rows[pool]), n_rows)


def step(rows: np.ndarray, settings: Settings, n_rounds: int, number: int, by_round: bool) -> MapMarks:
    """Return what the map marks at a round: the rows labelled by then, in groups that take the place of classes.

    Parameters
    ----------
    rows : (n_labeled,) from `picks`
    number : the round, 0 for the initial labels
    by_round : whether every few rounds have a color; otherwise this round and all before have one each

    Returns
    -------
    MapMarks
        The classes are the same at every round of a run, so that the map need not be drawn anew.
    """
    shown = rows[: settings.n_initial + number * settings.batch_size]
    since = np.maximum(0, np.arange(len(shown)) - settings.n_initial) // settings.batch_size + 1  # the round of each
    since[: settings.n_initial] = 0
    groups: list[tuple[str, str]] = [("at first, for all strategies", FIRST)]
    if by_round:
        width = -(-n_rounds // len(EARLY_TO_LATE))
        firsts = range(1, n_rounds + 1, width)
        ranges = [_rounds(first, min(first + width - 1, n_rounds)) for first in firsts]
        groups += list(zip(ranges, EARLY_TO_LATE, strict=False))
        group = np.where(since > 0, (since - 1) // width + 1, 0)
    else:
        groups += [("in an earlier round", PALETTE[0]), ("in this round", HIGHLIGHT)]
        group = np.where(since == 0, 0, np.where(since < number, 1, 2))
    return {
        "classes": [{"id": k, "name": name, "color": color} for k, (name, color) in enumerate(groups)],
        "labels": {"rows": shown.tolist(), "classes": group.tolist()},
    }


def _rounds(first: int, end: int) -> str:
    return f"in round {first}" if first == end else f"in rounds {first} to {end}"


def step_in_words(project: Project, compared: Compared, strategy: str, seed: int, number: int) -> str:
    """Return in words the number of labels at a round, the network's accuracy, and how many rows random chose too."""
    records = compared.records
    at = records[(records["strategy"] == strategy) & (records["seed"] == seed) & (records["round"] == number)]
    n = int(at["n_labeled"].iloc[0])
    text = (
        f"{title(strategy)}, round {number} of {compared.n_rounds}: {n:,} labels, "
        f"balanced accuracy {at['balanced_accuracy'].iloc[0]:.1%}."
    )
    mine, others = (picks(project, compared, name, seed) for name in (strategy, "random"))
    if mine is not None and others is not None and strategy != "random" and number > 0:
        first = compared.settings.n_initial
        shared = len(set(mine[first:n].tolist()) & set(others[first:n].tolist()))
        text += f" Of the {n - first:,} rows that it asked for, random drew {shared:,} too."
    return f"{text} Faint rows are not in this seed's pool: held out for testing, or without a label."
