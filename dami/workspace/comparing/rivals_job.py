"""Compares a network with its rivals in the batch lane, on the labels that the network was trained on.

The standings belong to that network and lie among its files. Beside them lie the predictions for all rows of what may
predict in the network's place, trained on all those labels: of the rival that is better beyond doubt, else of the mean
of network and forest. Only a person who asks for them gets them.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dami.errors import ProjectError
from dami.store import annotations, files, jobs, models, projects
from dami.store.effective_log import EffectiveLog
from dami.store.json_records import read_record
from dami.store.records import Job, JobKind, Lane, Model, Project
from dami.studies.joint import FOREST, JOINT, joined
from dami.studies.rivals import Difference, Score, Standings, compare, fitted
from dami.workspace.jobs.progress import Reporter
from dami.workspace.jobs.request import Request
from dami.workspace.projects.labels import audit_rows, class_list, known, without
from dami.workspace.training import rounds
from dami.workspace.training.encoded_pool import encoded
from dami.workspace.training.model_arrays import artifacts

LANE: Lane = "batch"
KIND: JobKind = "rivals"
BLOCK_ROWS = 10_000  # predicted at once: a forest of 300 trees takes about half a second


@dataclass(frozen=True, slots=True)
class RivalsRequest(Request):
    """The request to compare a network with its rivals, as its job stores it: the number of the network."""

    model: int


# ---- asked for by pages ---------------------------------------------------------------------------------------------


def start(project: Project) -> int:
    """Ask a worker to compare the newest network with its rivals; return the id of the job."""
    model = rounds.require_trained(project)
    rounds.require_same_table(project, model)
    return RivalsRequest(model.number).submit(project.id, LANE, KIND)


def running(project: Project) -> Job | None:
    """Return the comparison that waits or runs; None if there is none."""
    return next((job for job in jobs.active(project.id) if job.kind == KIND), None)


def ended_without_result(project: Project, model: Model) -> Job | None:
    """Return the newest comparison if it was of this network and failed or was stopped, else None."""
    last = jobs.latest(project.id, KIND)
    if last is None or not last.ended_without_result or RivalsRequest.of(last).model != model.number:
        return None
    return last


def standings(project: Project, number: int) -> Standings | None:
    """Return the standings of a network; None until a worker has made them."""
    try:
        found = json.loads(_path(project, number).read_text(encoding="utf-8"))
        return Standings(
            **{
                **found,
                "scores": tuple(read_record(Score, one) for one in found["scores"]),
                "differences": tuple(read_record(Difference, one) for one in found["differences"]),
            }
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None


def newest(project: Project) -> tuple[int, Standings] | None:
    """Return the newest network that was compared and its standings; None if none was."""
    model = models.trained(project.id)
    if model is None:
        return None
    for number in range(model.number, 0, -1):
        if _path(project, number).is_file() and (found := standings(project, number)) is not None:
            return number, found
    return None


def instead(project: Project) -> str | None:
    """Return the model that has predicted all rows in place of the newest network; None if none has."""
    model = models.trained(project.id)
    found = standings(project, model.number) if model is not None else None
    if model is None or found is None or artifacts(project.id, model.number).rival_probabilities is None:
        return None
    return found.instead


# ---- done by the worker ---------------------------------------------------------------------------------------------


def run(job: Job) -> None:
    project = projects.get(job.project)
    report = Reporter(job.id)
    report(0.0, "Comparing with rivals", "reading the table")
    model = models.get(project.id, RivalsRequest.of(job).model)
    rounds.require_same_table(project, model)
    rows, labels = _trained_on(project, model)
    pool = encoded(project)

    def on_progress(share: float, name: str) -> None:
        report(0.9 * share, "Comparing with rivals", name)

    found = compare(pool.X[rows], labels, project.seed, pool.ranks, on_progress)
    if found.instead is not None:
        report(0.9, "Comparing with rivals", f"{found.instead} predicts all rows")
        stored, seen = artifacts(project.id, model.number, len(pool.X)), ~pool.ranks
        rival = fitted(FOREST if found.instead == JOINT else found.instead, pool.X[rows][:, seen], labels, project.seed)
        shares = _of_all(rival, pool.X, seen, lambda share: report(0.9 + 0.1 * share, "Predicting all rows"))
        if found.instead == JOINT and found.joint_temperature is not None:
            if stored.probabilities is None:
                raise ProjectError("The predictions of this network are gone: train it again.")
            shares = joined(stored.probabilities, shares, found.joint_temperature).astype(np.float32)
        stored.write(rival_probabilities=shares)
    files.write_atomic(_path(project, model.number), json.dumps(asdict(found)).encode())  # last: the rest is there


def _trained_on(project: Project, model: Model) -> tuple[np.ndarray, np.ndarray]:
    """Return the labelled rows as they were when the network was trained, ascending, and their class numbers.

    The numbers are those of the network's outputs.
    """
    log = EffectiveLog()
    for event in annotations.events(project.id):
        if event.id <= model.through_event:
            log.add(event)
    given = sorted(without(audit_rows(project), known(project, log.current)).items())
    values = {entry.id: entry.value for entry in class_list(project.id).all}
    place = {value: k for k, value in enumerate(model.summary.classes)}
    numbers = [place.get(values[class_id], -1) for _, class_id in given]
    if len(given) != model.n_labeled or {*numbers} != {*place.values()}:
        raise ProjectError(
            f"An audit or a merged class has changed what network {model.number} would learn from: train again and "
            "compare that network."
        )
    return np.array([row for row, _ in given]), np.array(numbers)


def _of_all(rival: Any, X: np.ndarray, seen: np.ndarray, on_progress: Callable[[float], None]) -> np.ndarray:
    """Return a rival's probabilities of all rows, (n_rows, n_classes) float32."""
    result = np.empty((len(X), len(rival.classes_)), np.float32)
    for start in range(0, len(X), BLOCK_ROWS):
        on_progress(start / len(X))
        result[start : start + BLOCK_ROWS] = rival.predict_proba(X[start : start + BLOCK_ROWS][:, seen])
    return result


def _path(project: Project, number: int) -> Path:
    return files.model_dir(project.id, number) / "rivals.json"
