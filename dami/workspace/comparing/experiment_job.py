"""Runs a comparison in the batch lane: an experiment on known labels, which shows whether DAMI beats random.

The records are a cache. Their key is made of the table, its labels and the settings: the same request continues where
it stopped, and records of other labels are recognised as old.
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dami import wording
from dami.errors import ProjectError
from dami.store import annotations, files, jobs, projects
from dami.store.json_records import read_record
from dami.store.records import Event, Job, JobKind, Lane, Project
from dami.studies.experiment import VERSION
from dami.workspace.annotating import audit_sample
from dami.workspace.annotating.pad import BY_HAND
from dami.workspace.comparing.comparison_settings import SEEDS, Settings, check, defaults
from dami.workspace.jobs.progress import Reporter
from dami.workspace.jobs.request import Request
from dami.workspace.projects.labels import audit_rows, class_list, excluded, known, target_values, truth
from dami.workspace.training.encoded_pool import encoded

LANE: Lane = "batch"
KIND: JobKind = "compare"
LEAST_ROWS, LEAST_OF_CLASS = 200, 20  # of rows that were chosen for labelling: fewer show nothing
LEAST_OF_TABLE = 30  # rows of a table that is labelled as a whole


@dataclass(frozen=True)
class Known:
    """The rows whose labels an experiment may use.

    Attributes
    ----------
    rows, ids : (n,) int, the rows in ascending order, and the class id of each
    counts : class name -> number of rows, for every class that a row can be given
    whole : whether the table is labelled completely, so that nobody chose which rows have labels
    """

    rows: np.ndarray
    ids: np.ndarray
    counts: dict[str, int]
    whole: bool

    @property
    def mark(self) -> str:
        """A hash that is equal exactly for the same labels of the same rows."""
        return hashlib.sha256(np.stack([self.rows, self.ids]).astype("<i8").tobytes()).hexdigest()


@dataclass(frozen=True)
class ComparisonRequest(Request):
    """The request for a comparison, as its job stores it; `key` also identifies the labels at that time."""

    key: str
    settings: Settings
    seeds: int

    @classmethod
    def of(cls, job: Job) -> "ComparisonRequest":
        return read_record(cls, {**job.payload, "settings": read_record(Settings, job.payload["settings"])})


@dataclass(frozen=True)
class ComparisonFacts:
    """The facts that are noted when a comparison begins.

    Attributes
    ----------
    caution : a warning about how the rows were chosen, empty if the table is labelled completely
    whole : whether the table is labelled completely
    n_rows : number of labelled rows
    n_rounds : number of rounds of each run
    """

    caution: str
    whole: bool
    n_rows: int
    n_rounds: int


@dataclass(frozen=True)
class Readiness:
    """Whether there are enough labels for a comparison, and a sentence that says what is missing or what is used."""

    ready: bool
    sentence: str
    caution: str
    n_rows: int


# ---- asked for by pages ---------------------------------------------------------------------------------------------


def known_labels(project: Project) -> Known:
    """Return the known labels of a complete table (in Practise, the hidden labels), else the labels given so far.

    Discarded rows and rows of an open audit are left out.
    """
    current = annotations.current(project.id)
    left_out = audit_rows(project).union(excluded(current))
    hidden = truth(project)
    if hidden is not None:
        known_rows, ids, whole = np.flatnonzero(hidden >= 0), hidden[hidden >= 0], True
    else:
        found = sorted(known(project, current).items())
        known_rows, ids = np.array(found, dtype=int).reshape(-1, 2).T
        whole = project.target is not None and bool(target_values(project.table_id, project.target).notna().all())
    kept = ~np.isin(known_rows, list(left_out))
    sizes = Counter(ids[kept].tolist())
    counts = {entry.name: sizes[entry.id] for entry in class_list(project.id).shown}
    return Known(known_rows[kept], ids[kept], counts, whole)


def readiness(project: Project, labels: Known | None = None) -> Readiness:
    """Return whether a comparison can begin, with a sentence that says why."""
    labels = known_labels(project) if labels is None else labels
    n = len(labels.rows)
    if labels.whole:
        present = sum(count > 0 for count in labels.counts.values())
        if n < LEAST_OF_TABLE or present < 2:
            what = f"{n:,} labelled rows of {present} {wording.noun(present, 'class', 'classes')}"
            need = f"A comparison needs {LEAST_OF_TABLE} labelled rows of two classes: this table has {what}."
            return Readiness(False, need, "", n)
        where = "Practise knows" if project.mode == "practise" else f"Column {project.target!r} holds"
        return Readiness(True, f"{where} the labels of all {n:,} rows: they answer what a strategy asks.", "", n)
    lacking = [f"{LEAST_OF_CLASS - k} of {name}" for name, k in labels.counts.items() if k < LEAST_OF_CLASS]
    if n >= LEAST_ROWS and not lacking:
        return Readiness(True, f"Your {n:,} labelled rows answer what a strategy asks.", caution(project, labels), n)
    needed = f"Your own labels allow a comparison from {LEAST_ROWS} rows on, {LEAST_OF_CLASS} of every class"
    more = [f"{LEAST_ROWS - n:,} more rows"] if n < LEAST_ROWS else []
    if lacking:
        shown = lacking if len(lacking) <= 6 else [*lacking[:5], f"more of {len(lacking) - 5} other classes"]
        more.append(f"at least {wording.joined(shown)}")
    return Readiness(False, f"{needed}: {n:,} are labelled now, so label {', '.join(more)}.", "", n)


def caution(project: Project, labels: Known) -> str:
    """Return a warning: how these rows were chosen, who labelled them, and that the rest of the table may differ."""
    current = annotations.current(project.id)
    events = [current.get(int(row)) for row in labels.rows]
    given = [event for event in events if event is not None and event.action == "label"]
    ways = Counter(_way(event) for event in given)
    if came := len(events) - len(given):
        ways["came with the table"] = came
    how = wording.joined([f"{count:,} {way}" for way, count in ways.most_common()])
    people = Counter(event.annotator or "somebody without a name" for event in given)
    names = [f"{name} ({count:,})" for name, count in people.most_common(8)]
    by = f", labelled by {wording.joined(names)}" if people else ""
    return (
        f"These {len(events):,} rows are no random sample: {how}{by}. What holds among them may not hold on the whole "
        "table."
    )


def _way(event: Event) -> str:
    if event.strategy in (None, "", BY_HAND):
        return "found by the person"
    if event.strategy == audit_sample.STRATEGY:
        return "drawn at random for an audit"
    return f"asked for by {event.strategy}"


def key_of(project: Project, labels: Known, settings: Settings) -> str:
    """Return the key of a comparison: one half is of the table with its labels, the other half is of the settings."""
    left_out = sorted(project.left_out)
    data = json.dumps([VERSION, project.table_id, project.target, left_out, labels.mark])
    halves = (data, json.dumps(asdict(settings), sort_keys=True))
    return "-".join(hashlib.sha256(half.encode()).hexdigest()[:16] for half in halves)


def start(project: Project, settings: Settings | None = None, seeds: int = SEEDS) -> int:
    """Start a comparison and return the id of its job; the same comparison goes on, any other one is cancelled.

    Raises
    ------
    ProjectError
        If there are too few labels, or the settings cannot be run.
    """
    labels = known_labels(project)
    state = readiness(project, labels)
    if not state.ready:
        raise ProjectError(state.sentence)
    settings = defaults(state.n_rows) if settings is None else settings
    check(settings, seeds, state.n_rows)
    request = ComparisonRequest(key_of(project, labels, settings), settings, seeds)
    for job in active(project.id):
        if not job.cancel and ComparisonRequest.of(job) == request:
            return job.id
        jobs.cancel(job.id)
    return request.submit(project.id, LANE, KIND)


def active(project_id: str) -> list[Job]:
    """Return the comparisons of a project that wait or run."""
    return [job for job in jobs.active(project_id) if job.kind == KIND]


def stop(project_id: str) -> None:
    """Cancel the comparisons of a project; the finished seeds stay."""
    for job in active(project_id):
        jobs.cancel(job.id)


# ---- done by the worker ---------------------------------------------------------------------------------------------


def run(job: Job) -> None:
    """Run the seeds that are not stored yet, first one, then several together; store the records and picks of each."""
    from dami.studies.experiment import Experiment
    from dami.studies.record_file import record

    project = projects.get(job.project)
    report = Reporter(job.id)
    report(0.0, "Comparing", "reading the table")
    asked = ComparisonRequest.of(job)
    settings = asked.settings
    labels = known_labels(project)
    if key_of(project, labels, settings) != asked.key:
        raise ProjectError("The labels, or DAMI, changed before the comparison began: press Compare again.")
    values = {entry.id: entry.value for entry in class_list(project.id).all}
    experiment = Experiment.encoded(
        encoded(project).X[labels.rows],
        [values[class_id] for class_id in labels.ids.tolist()],
        settings.strategies,
        settings.n_initial,
        settings.batch_size,
        settings.rounds,
    )
    folder = files.comparison_dir(project.id, asked.key)
    facts = ComparisonFacts(
        caution="" if labels.whole else caution(project, labels),
        whole=labels.whole,
        n_rows=len(labels.rows),
        n_rounds=experiment.n_rounds,
    )
    files.write_array(folder / "rows.npy", labels.rows.astype(np.int32))
    files.write_atomic(folder / "facts.json", json.dumps(asdict(facts)).encode())

    def keep(finished: Any) -> None:
        for seed, picks in finished.picks.items():
            files.write_array(folder / f"picks-{seed}.npy", labels.rows[picks].astype(np.int32))

    record(experiment, range(asked.seeds), folder / "records.csv", _watcher(report), keep, one_seed_first=True)


def _watcher(report: Reporter) -> Callable[[float], None]:
    began = time.monotonic()

    def on_progress(share: float) -> None:
        left = (time.monotonic() - began) * (1 - share) / max(share, 1e-6)
        report(share, "Comparing", f"{duration(left)} left" if share > 0.02 else "")

    return on_progress


def duration(seconds: float) -> str:
    """Return an estimated time in words."""
    if seconds < 55:
        return f"about {max(5, 5 * round(seconds / 5))} s"
    return f"about {round(seconds / 60)} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"
