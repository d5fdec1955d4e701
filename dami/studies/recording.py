"""Records of an experiment in a CSV file that grows by whole seeds, so that an interrupted one goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from dami.errors import TableError
from dami.studies.simulation import COLUMNS, Experiment, run


def record(
    experiment: Experiment, seeds: Sequence[int], path: Path, on_progress: Callable[[float], None] | None = None
) -> pd.DataFrame:
    """Run the seeds that the file does not hold yet, and append their records as each group of them is finished.

    Returns
    -------
    DataFrame of all records in the file that are of these seeds.

    Raises
    ------
    TableError
        If the file is of another experiment, or no records at all: it is left as it was.
    """
    known = _read(path, experiment)
    finished = set(known["seed"])
    left = [seed for seed in seeds if seed not in finished]
    parts = [known]
    if not path.exists():
        known.to_csv(path, index=False)
    for part in run(experiment, left, on_progress):
        part.to_csv(path, mode="a", header=False, index=False)
        parts.append(part)
    whole = pd.concat([part for part in parts if len(part)], ignore_index=True) if any(map(len, parts)) else known
    return whole[whole["seed"].isin(list(seeds))].reset_index(drop=True)


def _read(path: Path, experiment: Experiment) -> pd.DataFrame:
    """The finished seeds of the file; a line that was cut off in the writing goes, with its seed."""
    if not path.exists():
        return pd.DataFrame(columns=COLUMNS)
    try:
        found = pd.read_csv(path, on_bad_lines="skip")
    except (ValueError, OSError) as error:
        raise TableError(f"{path} holds no records of an experiment: name another file.") from error
    if list(found.columns) != COLUMNS:
        raise TableError(f"{path} holds no records of an experiment: name another file.")
    rounds = experiment.n_initial + experiment.batch_size * pd.to_numeric(found["round"], errors="coerce")
    whole = found.notna().drop(columns="auroc").all(axis=1)
    if not (rounds == found["n_labeled"])[whole].all() or not set(found["strategy"]) <= set(experiment.strategies):
        raise TableError(f"{path} holds records of another experiment: name another file, or delete it.")
    wanted = len(experiment.strategies) * (experiment.n_rounds + 1)
    sizes = found[whole].groupby("seed").size()
    if (sizes > wanted).any():
        raise TableError(f"{path} holds records of another experiment: name another file, or delete it.")
    kept = found[found["seed"].isin(sizes.index[sizes == wanted])].reset_index(drop=True)
    if len(kept) < len(found) or not path.read_bytes().endswith(b"\n"):
        kept.to_csv(path, index=False)
    return kept
