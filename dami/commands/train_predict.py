"""Holds the commands on one table: choose rows to label, train a network, predict classes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from dami.commands.group import COLUMN, SCHEDULER, StrategyName, takes_reading
from dami.commands.output import progress, write_csv
from dami.commands.table_files import check_target, one_thread, opened, read, read_labels
from dami.errors import TableError

if TYPE_CHECKING:
    from dami.networks.mlp import MLP
    from dami.selection.k_center import KCenter
    from dami.selection.learner import ActiveLearner
    from dami.tables.read_options import ReadOptions


@click.command()
@click.argument("table")
@click.option(
    "--target", metavar="COLUMN", help="Column of the labels, empty where unlabelled; without it, no labels yet."
)
@click.option("-n", "n", type=click.IntRange(min=0), default=10, show_default=True, help="Rows to ask for.")
@click.option("--strategy", type=StrategyName(), default="dami", show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@COLUMN
@takes_reading
@SCHEDULER
def query(
    table: str, target: str | None, n: int, strategy: str, seed: int, kinds: tuple[str, ...], options: ReadOptions,
    scheduler: str | None,
) -> None:  # fmt: skip
    """Which rows of TABLE to label next, as CSV: row,distance,nearest,radius.

    A quoted pattern such as 'pool/*.parquet' names Parquet files that together are the table, in the order of their
    names; with --scheduler they are never in one machine's memory.
    """
    selection: Any
    if scheduler is not None:
        if kinds:
            raise TableError("--column cannot be used with --scheduler: the workers read each part by the rules.")
        selection, network = _query_cluster(table, target, n, strategy, seed, scheduler)
    else:
        frame, labels, classes = read(table, target, kinds, options)
        from dami.selection.learner import ActiveLearner

        learner = ActiveLearner(strategy, random_state=seed).fit(frame, labels, classes, on_step=progress())
        selection, network = learner.query(n), learner.network_
    if network is None:
        click.echo("Labels of fewer than two classes: a cold start, in the space of the table.", err=True)
    if len(selection.indices) < n:
        click.echo(f"Only {len(selection.indices)} rows without a label are left.", err=True)
    columns = (selection.indices, selection.distances, selection.nearest, selection.radii)
    write_csv(["row", "distance", "nearest", "radius"], zip(*(column.tolist() for column in columns), strict=True))


def _query_cluster(
    table: str, target: str | None, n: int, strategy: str, seed: int, scheduler: str
) -> tuple[KCenter, MLP | None]:
    """Query the parts of a table on the workers of a Dask scheduler."""
    one_thread()
    from dami.cluster.connection import connected
    from dami.selection.label_arrays import as_labels
    from dami.tables.parquet_parts import Parts

    parts = Parts.of(table)
    given, classes = None, None
    if target is not None:
        check_target(table, target, parts.columns)
        given, classes = read_labels(parts.column(target).to_frame(), target)
    labels = as_labels(given, parts.n_rows)
    with connected(scheduler) as client:
        from dami.cluster.distributed_pool import query

        answer = query(
            client, parts, target, labels, classes, n, strategy, seed,
            on_step=progress(), on_progress=lambda note: click.echo(note, err=True),
        )  # fmt: skip
    return answer.picks, answer.network


@click.command()
@click.argument("table")
@click.option("--target", metavar="COLUMN", required=True, help="Column of the labels, empty where unlabelled.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The model file to write.")
@click.option("--onnx", type=click.Path(dir_okay=False, path_type=Path),
              help="A zip to write as well: the network as ONNX, and how its features are computed.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--compare", is_flag=True,
              help="Also compare the network with classifiers of other kinds, its rivals: CSV on stdout.")  # fmt: skip
@COLUMN
@takes_reading
def train(
    table: str, target: str, out: Path, onnx: Path | None, seed: int, compare: bool, kinds: tuple[str, ...],
    options: ReadOptions,
) -> None:  # fmt: skip
    """Train on the labelled rows of TABLE and write a model file."""
    frame, labels, classes = read(table, target, kinds, options)
    for path in filter(None, (out, onnx)):
        if not path.parent.is_dir():
            raise TableError(f"The folder {path.parent} for the model file does not exist.")
    from dami.selection.learner import ActiveLearner
    from dami.selection.model_file import save_model

    learner = ActiveLearner(random_state=seed).fit(frame, labels, classes, on_step=progress())
    save_model(out, learner, {"target": target, "seed": seed})
    if onnx is not None:
        from dami.selection.onnx_file import save_onnx

        save_onnx(onnx, learner)
    if learner.network_ is not None:
        for derived in learner.network_.derived_:
            click.echo(f"{derived['name']}: {derived['value']} ({derived['rule']})", err=True)
    click.echo(f"Trained on {len(learner.labeled_)} labelled rows; written to {out}.", err=True)
    if compare:
        _compare(learner)


def _compare(learner: ActiveLearner) -> None:
    """Write how well the network and its rivals predict labels that they have not seen, and say what that means."""
    from dami.studies.rivals import CAUTION
    from dami.studies.rivals import compare as standings_of

    assert learner.encoder_ is not None
    rows, classes = learner.labeled_, list(learner.classes_)
    labels = np.unique([classes.index(label) for label in learner.labels_[rows]], return_inverse=True)[1]
    ranks = np.isin(np.arange(learner.X_.shape[1]), learner.encoder_.ranked_)

    def on_progress(share: float, name: str) -> None:
        click.echo(f"{100 * share:.0f} % compared, now the {name}", err=True)

    found = standings_of(learner.X_[rows], labels, learner.seed_, ranks, on_progress)
    apart = {one.rival: (one.value, one.low, one.high) for one in found.differences}
    lines = [
        (one.model, one.accuracy, one.balanced_accuracy, one.log_loss, *apart.get(one.model, ("", "", "")))
        for one in found.scores
    ]
    write_csv(["model", "accuracy", "balanced_accuracy", "log_loss", "difference", "low", "high"], lines)
    click.echo(found.obstacle or f"{found.sentence} {CAUTION}", err=True)


@click.command()
@click.argument("model")
@click.argument("table")
@click.option(
    "--columns", is_flag=True, help="Also the columns of TABLE, and the label as `prediction`, as in the app."
)
@click.option("--weights", type=click.Path(dir_okay=False, path_type=Path),
              help="CSV of each row's linear model: row,class,bias and a weight for each feature.")  # fmt: skip
@COLUMN
@takes_reading
def predict(
    model: str, table: str, columns: bool, weights: Path | None, kinds: tuple[str, ...], options: ReadOptions
) -> None:
    """The class of every row of TABLE by MODEL, as CSV: row,label,confidence and a probability for each class."""
    own = opened(table, options=options)
    if weights is not None and not weights.parent.is_dir():
        raise TableError(f"The folder {weights.parent} for the weights does not exist.")
    from dami.selection.model_file import load_model
    from dami.selection.prediction_tables import local_weights, predictions
    from dami.tables.chosen_kinds import parsed_choices
    from dami.tables.new_rows import check_rows
    from dami.tables.readings import parted
    from dami.tables.table import Table
    from dami.tables.writing import write_csv

    loaded = load_model(model)
    own = loaded.encoder.read(own)
    chosen = parsed_choices(kinds, own.frame.columns)
    known = {name: (kind, parted(kind)[0]) for name, kind in own.kinds.items()}  # to read these anew would lose codes
    own = own.with_kinds({name: kind for name, kind in chosen.items() if kind not in known.get(name, ())})
    frame = own.frame
    for note in [*own.notes, *check_rows(loaded.encoder, frame)]:
        click.echo(note, err=True)
    said = predictions(loaded, frame)
    if not columns:
        shares = [f"probability {name}" for name in loaded.classes_]
        said = said[["row", "prediction", "confidence", *shares]].rename(columns={"prediction": "label"})
    if weights is not None:
        with weights.open("w", encoding="utf-8", newline="") as file:
            for k, block in enumerate(local_weights(loaded, frame)):
                block.to_csv(file, index=False, header=k == 0, lineterminator="\n")
    written = own.renamed(dict(zip(frame.columns, said.columns[1:], strict=False))) if columns else Table(said)
    sys.stdout.buffer.write(write_csv(written.with_values(said), mark=False))
    sys.stdout.flush()
