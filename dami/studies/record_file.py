"""Keeps the records of an experiment in a CSV file, seed by seed, so that an interrupted experiment can go on.

Other programs read the file, so what it was made with stands beside it: `records.csv.version` holds the version of the
records. A file of another version, or without one, is not continued.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from dami.errors import TableError
from dami.studies.experiment import COLUMNS, VERSION, Experiment

if TYPE_CHECKING:
    from dami.studies.simulation import Finished


def record(
    experiment: Experiment,
    seeds: Sequence[int],
    path: Path,
    on_progress: Callable[[float], None] | None = None,
    on_finished: Callable[[Finished], None] | None = None,
    one_seed_first: bool = False,
) -> pd.DataFrame:
    """Run the seeds that the file does not hold yet, and append the records of each group of seeds that is finished.

    Parameters
    ----------
    on_finished : called with every group before its records are in the file
    on_progress, one_seed_first : see `run`; the share is that of the seeds that are run

    Returns
    -------
    DataFrame of all records of these seeds.

    Raises
    ------
    TableError
        If the file belongs to another experiment, is of another version or holds no records. The file stays as it is.
    """
    from dami.studies.simulation import run  # imports torch, which readers of the file do not need

    known = begin(experiment, path)
    held = set(known["seed"])
    left = [seed for seed in seeds if seed not in held]
    parts = [known]
    for finished in run(experiment, left, on_progress, one_seed_first):
        if on_finished is not None:
            on_finished(finished)
        append(path, finished.records)
        parts.append(finished.records)
    return joined(parts, seeds)


def begin(experiment: Experiment, path: Path) -> pd.DataFrame:
    """Return the records of the finished seeds in a file. If there is no file, make one.

    Raises
    ------
    TableError
        See `record`.
    """
    known = _read(path, experiment)
    if not path.exists():
        version_file(path).write_text(f"{VERSION}\n", encoding="utf-8")  # first: records are never without a version
        known.to_csv(path, index=False)
    return known


def version_file(path: Path) -> Path:
    """Return the file that holds the version of a file of records."""
    return path.with_name(f"{path.name}.version")


def append(path: Path, records: pd.DataFrame) -> None:
    """Append the records of finished seeds to a file."""
    records.to_csv(path, mode="a", header=False, index=False)


def joined(parts: Sequence[pd.DataFrame], seeds: Sequence[int]) -> pd.DataFrame:
    """Join records one after the other and return those of these seeds."""
    whole = pd.concat([part for part in parts if len(part)], ignore_index=True) if any(map(len, parts)) else parts[0]
    return whole[whole["seed"].isin(list(seeds))].reset_index(drop=True)


def read_whole(path: Path, records_a_seed: int) -> pd.DataFrame:
    """Return the records of the finished seeds in a file without changing it; no records if there is no file.

    Another process may be writing to the file.

    Parameters
    ----------
    records_a_seed : number of records of a finished seed: strategies times (rounds + 1)
    """
    try:
        found = pd.read_csv(path, on_bad_lines="skip")
    except (ValueError, OSError):
        return pd.DataFrame(columns=COLUMNS)
    if list(found.columns) != COLUMNS:
        return pd.DataFrame(columns=COLUMNS)
    return _whole(found, records_a_seed)


def _whole(found: pd.DataFrame, records_a_seed: int) -> pd.DataFrame:
    complete = found[found.notna().drop(columns="auroc").all(axis=1)]
    sizes = complete.groupby("seed").size()
    kept = complete[complete["seed"].isin(sizes.index[sizes == records_a_seed])].reset_index(drop=True)
    return kept.astype({"seed": int, "round": int, "n_labeled": int})  # a missing value makes floats of them


def _read(path: Path, experiment: Experiment) -> pd.DataFrame:
    """Return the records of the finished seeds in a file, and remove those of unfinished seeds from the file.

    Raises
    ------
    TableError
        See `record`.
    """
    if not path.exists():
        return pd.DataFrame(columns=COLUMNS)
    try:
        found = pd.read_csv(path, on_bad_lines="skip")
    except (ValueError, OSError) as error:
        raise TableError(f"{path} holds no records of an experiment: name another file.") from error
    if list(found.columns) != COLUMNS:
        raise TableError(f"{path} holds no records of an experiment: name another file.")
    made_by = _version(path)
    if made_by != VERSION:
        raise TableError(
            f"{path} holds records of {f'version {made_by}' if made_by else 'an old version'} of the network and the "
            f"comparison, which cannot be continued by version {VERSION}: name another file, or delete it."
        )
    rounds = experiment.n_initial + experiment.batch_size * pd.to_numeric(found["round"], errors="coerce")
    whole = found.notna().drop(columns="auroc").all(axis=1)
    if not (rounds == found["n_labeled"])[whole].all() or not set(found["strategy"]) <= set(experiment.strategies):
        raise TableError(f"{path} holds records of another experiment: name another file, or delete it.")
    wanted = len(experiment.strategies) * (experiment.n_rounds + 1)
    sizes = found[whole].groupby("seed").size()
    if (sizes > wanted).any():
        raise TableError(f"{path} holds records of another experiment: name another file, or delete it.")
    kept = _whole(found, wanted)
    if len(kept) < len(found) or not path.read_bytes().endswith(b"\n"):
        kept.to_csv(path, index=False)
    return kept


def _version(path: Path) -> str:
    """Return the version of the records in a file, "" if there is none."""
    try:
        return version_file(path).read_text(encoding="utf-8", errors="replace").strip()[:20]
    except OSError:
        return ""
