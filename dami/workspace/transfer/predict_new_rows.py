"""Predicts new rows with a project's network: the page stores the rows, a worker predicts, the page reads the files.

A worker does it because the encoder is fitted again from the project's table, which takes seconds. Few rows go to the
lane of trainings, whose worker has imported all that it needs. Many rows go to the lane of maps, so that they never
delay the next row to label. The files are a cache beside the network.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from dami import wording
from dami.errors import DamiError, ProjectError, TableError
from dami.store import files, jobs, models, projects
from dami.store.records import Job, JobKind, Model, Project
from dami.tables.writing import write_csv
from dami.workspace.exploring import maps
from dami.workspace.jobs.progress import Reporter
from dami.workspace.jobs.request import Request
from dami.workspace.projects.stored_tables import columns, table, written
from dami.workspace.training import rounds
from dami.workspace.transfer import model_files
from dami.workspace.transfer.labeled_table import for_spreadsheets

KIND: JobKind = "predict"
FEW_ROWS = 20_000  # one or two seconds
PLAIN = "predictions-as-written.csv"
MOST_WEIGHTS = 20_000_000  # numbers in a file that a browser fetches: about 200 MB


@dataclass(frozen=True, slots=True)
class PredictRequest(Request):
    """The request to predict new rows, as its job stores it: the id of their table."""

    table: str


@dataclass(frozen=True)
class Predicted:
    """The predictions that a worker has made for new rows.

    Attributes
    ----------
    n_rows : number of new rows
    notes : sentences about values that were taken for missing or unknown
    counts : predicted class -> number of rows, the most frequent first
    too_many : whether the weights were left out because their file would be too large
    """

    folder: Path
    n_rows: int
    notes: list[str]
    counts: dict[str, int]
    too_many: bool

    def rows(self) -> bytes:
        return self._read("predictions.csv")

    def plain_rows(self) -> bytes:
        """Return the rows without apostrophes: a spreadsheet may run some of their texts as formulas."""
        return self._read(PLAIN)

    def weights(self) -> bytes:
        return self._read("weights.csv")

    def preview(self, n: int = 200) -> pd.DataFrame:
        """Return the first n rows: the cells of the table as they were written, what was added as numbers."""
        shown = pd.read_csv(self.folder / PLAIN, nrows=n, dtype=str, keep_default_na=False)
        ours = shown.columns[shown.columns.get_loc("prediction") + 1 :]
        return shown.astype({"row": int, **dict.fromkeys(ours, float)})

    def _read(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except OSError:
            raise ProjectError("These predictions are gone: press Predict again.") from None


def require_columns(project: Project, model: Model, table_id: str, filename: str) -> None:
    """Raise TableError if stored new rows lack columns that the network reads."""
    frame = table(table_id)
    lacking = [name for name in needed_columns(project, model) if name not in frame.columns]
    if lacking:
        names = wording.quoted(lacking, 5)
        raise TableError(
            f"{filename} lacks the {wording.noun(len(lacking), 'column')} {names}, which the network was "
            "trained on. Give the new rows the columns of the table that was labelled."
        )


def needed_columns(project: Project, model: Model) -> list[str]:
    """Return the columns that the network reads, in the order of the project's table."""
    read = set(model.summary.columns)
    return [column.name for column in columns(project.table_id) if column.name in read]


def start(project: Project, table_id: str) -> int:
    """Ask a worker to predict stored new rows; return the id of the job."""
    few = max(len(table(table_id)), len(table(project.table_id))) <= FEW_ROWS
    return PredictRequest(table_id).submit(project.id, rounds.LANE if few else maps.LANE, KIND)


def stored_prediction(project: Project, table_id: str) -> Predicted | None:
    """Return the newest network's predictions for stored new rows; None until a worker has made them."""
    model = models.latest(project.id)
    if model is None:
        return None
    folder = _folder(project, model, table_id)
    if not (folder / PLAIN).is_file():  # an earlier version has not written it
        return None
    try:
        facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        return Predicted(folder, **facts)
    except (OSError, ValueError, TypeError):
        return None


def running(project: Project, table_id: str) -> Job | None:
    """Return the job that works on these rows; None if there is none."""
    wanted = (job for job in jobs.active(project.id) if job.kind == KIND and PredictRequest.of(job).table == table_id)
    return next(wanted, None)


def run(job: Job) -> None:
    from dami.selection.model_file import load_model
    from dami.selection.prediction_tables import local_weights, predictions
    from dami.tables.new_rows import check_rows

    report = Reporter(job.id)
    project = projects.get(job.project)
    model = rounds.require_trained(project)
    table_id = PredictRequest.of(job).table
    if not model_files.path(project, model.number).is_file():
        model_files.pack(project, model, report)
    report(0.7, "Reading the model")
    loaded = load_model(model_files.path(project, model.number))
    opened = written(table_id)
    own = loaded.encoder.read(opened)  # the kinds of its columns may have been changed since
    frame = own.frame
    said_before = set(opened.notes)  # when the file was opened
    notes = [note for note in (*own.notes, *check_rows(loaded.encoder, frame)) if note not in said_before]
    report(0.75, "Predicting the new rows")
    said = predictions(loaded, frame)
    own_names = dict(zip(frame.columns, said.columns[1:], strict=False))  # behind the number of the row
    folder = _folder(project, model, table_id)
    predicted = own.renamed(own_names).with_values(said)
    files.write_atomic(folder / PLAIN, write_csv(predicted))
    files.write_atomic(folder / "predictions.csv", for_spreadsheets(predicted))
    too_many = len(frame) * len(loaded.classes_) * len(loaded.encoder.feature_names_out_) > MOST_WEIGHTS
    if not too_many:

        def on_rows(done: int, n: int) -> None:
            report(0.8 + 0.2 * done / n, "Writing the local weights", f"row {done:,} of {n:,}")

        with files.atomic_file(folder / "weights.csv") as file:
            for k, block in enumerate(local_weights(loaded, frame, on_rows)):
                file.write(for_spreadsheets(block, header=k == 0))
    counts = said["prediction"].value_counts()
    facts = {
        "n_rows": len(said),
        "notes": notes,
        "counts": {str(name): int(count) for name, count in counts.items()},
        "too_many": too_many,
    }
    files.write_atomic(folder / "facts.json", json.dumps(facts).encode())  # last: it shows that the others are there


def _folder(project: Project, model: Model, table_id: str) -> Path:
    if not files.TABLE_ID.fullmatch(table_id):
        raise DamiError("This is not the id of a table.")
    return files.model_dir(project.id, model.number) / "predictions" / table_id
