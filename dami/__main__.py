"""The command line: results on stdout, progress on stderr; a bad input ends with one line on stderr and exit code 2."""

from __future__ import annotations

import csv
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dami import __version__
from dami.errors import DamiError, TableError

if TYPE_CHECKING:
    import pandas as pd

    from dami.networks.mlp import MLP
    from dami.selection.k_center import KCenter


class Commands(click.Group):
    """A group whose every failure on bad input is one line on stderr and exit code 2, never a traceback."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode, **extra)
        if not sys.warnoptions:
            warnings.simplefilter("ignore")  # libraries' advice to developers
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.Abort:
            click.echo("Stopped.", err=True)
            sys.exit(130)
        except BrokenPipeError:  # the reader of stdout has seen enough
            sys.stderr.close()
            sys.exit(0)
        except click.ClickException as error:
            _fail(error.format_message())
        except (DamiError, ValueError, OSError) as error:
            _fail(str(error))
        sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> NoReturn:
    click.echo("Error: " + " ".join(message.split()), err=True)
    sys.exit(2)


class StrategyName(click.ParamType):
    """A name in STRATEGIES, looked up only when it is used."""

    name = "strategy"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from dami.selection.strategies import STRATEGIES

        if value not in STRATEGIES:
            self.fail(f"there is no strategy {value!r}; there are {', '.join(STRATEGIES)}.", param, ctx)
        return str(value)


class StrategyNames(StrategyName):
    """Names in STRATEGIES, with commas between them."""

    name = "strategies"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        convert = super().convert
        return [convert(name.strip(), param, ctx) for name in value.split(",") if name.strip()]


SCHEDULER = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Compute on the workers of this Dask scheduler, which you trust: tcp://127.0.0.1:8786, say.",
)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=False)
@click.version_option(__version__, prog_name="dami")
def cli() -> None:
    """Deep active learning by model interpretability, for tables."""


@cli.command(context_settings={"ignore_unknown_options": True})
@click.option("--port", type=click.IntRange(1, 65535), help="Where the browser finds it, by default 8501.")
@click.option("--address", help="Which network it serves, by default this machine alone; 0.0.0.0 for all.")
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[STREAMLIT OPTIONS]")
def app(port: int | None, address: str | None, options: tuple[str, ...]) -> None:
    """Start the app; Ctrl-C ends it.

    All options of `streamlit run` are taken too: --server.headless=false opens the browser.
    """
    from dami.workspace.app_folder import APP

    named = {"--server.port": port, "--server.address": address}
    given = [f"{name}={value}" for name, value in named.items() if value is not None]
    # -P: what lies in the present folder is the user's, and no module of Streamlit's.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "streamlit", "run", str(APP), *given, *options])


@cli.command()
@click.argument("table")
@click.option(
    "--target", metavar="COLUMN", help="Column of the labels, empty where unlabelled; without it, no labels yet."
)
@click.option("-n", "n", type=click.IntRange(min=0), default=10, show_default=True, help="Rows to ask for.")
@click.option("--strategy", type=StrategyName(), default="dami", show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@SCHEDULER
def query(table: str, target: str | None, n: int, strategy: str, seed: int, scheduler: str | None) -> None:
    """Which rows of TABLE to label next, as CSV: row,distance,nearest,radius.

    A quoted pattern such as 'pool/*.parquet' names Parquet files that together are the table, in the order of their
    names; with --scheduler they are never in one machine's memory.
    """
    selection: Any
    if scheduler is not None:
        selection, network = _query_cluster(table, target, n, strategy, seed, scheduler)
    else:
        frame, labels, classes = _read(table, target)
        from dami.selection.learner import ActiveLearner

        learner = ActiveLearner(strategy, random_state=seed).fit(frame, labels, classes, on_step=_progress())
        selection, network = learner.query(n), learner.network_
    if network is None:
        click.echo("Labels of fewer than two classes: a cold start, in the space of the table.", err=True)
    if len(selection.indices) < n:
        click.echo(f"Only {len(selection.indices)} rows without a label are left.", err=True)
    columns = (selection.indices, selection.distances, selection.nearest, selection.radii)
    _write(["row", "distance", "nearest", "radius"], zip(*(column.tolist() for column in columns), strict=True))


@cli.command()
@click.argument("table")
@click.option("--target", metavar="COLUMN", required=True, help="Column of the labels, empty where unlabelled.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The model file to write.")
@click.option("--onnx", type=click.Path(dir_okay=False, path_type=Path),
              help="A zip to write as well: the network as ONNX, and how its features are computed.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
def train(table: str, target: str, out: Path, onnx: Path | None, seed: int) -> None:
    """Train on the labelled rows of TABLE and write a model file."""
    frame, labels, classes = _read(table, target)
    for path in filter(None, (out, onnx)):
        if not path.parent.is_dir():
            raise TableError(f"The folder {path.parent} for the model file does not exist.")
    from dami.selection.learner import ActiveLearner
    from dami.selection.model_file import save_model

    learner = ActiveLearner(random_state=seed).fit(frame, labels, classes, on_step=_progress())
    save_model(out, learner, {"target": target, "seed": seed})
    if onnx is not None:
        from dami.selection.onnx_file import save_onnx

        save_onnx(onnx, learner)
    if learner.network_ is not None:
        for derived in learner.network_.derived_:
            click.echo(f"{derived['name']}: {derived['value']} ({derived['rule']})", err=True)
    click.echo(f"Trained on {len(learner.labeled_)} labelled rows; written to {out}.", err=True)


@cli.command()
@click.argument("model")
@click.argument("table")
@click.option(
    "--columns", is_flag=True, help="Also the columns of TABLE, and the label as `prediction`, as in the app."
)
@click.option("--weights", type=click.Path(dir_okay=False, path_type=Path),
              help="CSV of each row's linear model: row,class,bias and a weight for each feature.")  # fmt: skip
def predict(model: str, table: str, columns: bool, weights: Path | None) -> None:
    """The class of every row of TABLE by MODEL, as CSV: row,label,confidence and a probability for each class."""
    frame, *_ = _read(table, None)
    if weights is not None and not weights.parent.is_dir():
        raise TableError(f"The folder {weights.parent} for the weights does not exist.")
    from dami.selection.model_file import load_model
    from dami.selection.predicting import local_weights, predictions
    from dami.tables.new_rows import check_rows

    loaded = load_model(model)
    for note in check_rows(loaded.encoder, frame):
        click.echo(note, err=True)
    said = predictions(loaded, frame)
    if not columns:
        shares = [f"probability {name}" for name in loaded.classes_]
        said = said[["row", "prediction", "confidence", *shares]].rename(columns={"prediction": "label"})
    if weights is not None:
        with weights.open("w", encoding="utf-8", newline="") as file:
            for k, block in enumerate(local_weights(loaded, frame)):
                block.to_csv(file, index=False, header=k == 0, lineterminator="\n")
    said.to_csv(sys.stdout, index=False, lineterminator="\n")
    sys.stdout.flush()


@cli.command()
@click.argument("table")
@click.option("--target", metavar="COLUMN", required=True, help="Column of the known labels.")
@click.option("--strategies", type=StrategyNames(), default="dami,random", show_default=True, metavar="NAME,NAME")
@click.option("--seeds", type=click.IntRange(min=1), default=5, show_default=True)
@click.option("--initial", type=click.IntRange(min=1), default=30, show_default=True, help="Labels to begin with.")
@click.option("--batch", type=click.IntRange(min=1), default=10, show_default=True, help="Labels a round.")
@click.option("--rounds", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="CSV of the records.")
@SCHEDULER
def simulate(
    table: str, target: str, strategies: list[str], seeds: int, initial: int, batch: int, rounds: int, out: Path,
    scheduler: str | None,
) -> None:  # fmt: skip
    """Label TABLE again from its known labels, with every strategy; a record for each seed and round.

    Seeds that are in the file already are not run again: after Ctrl-C the same command goes on.
    """
    frame, labels, _ = _read(table, target)
    if not out.parent.is_dir():
        raise TableError(f"The folder {out.parent} for the records does not exist.")
    from dami.studies import comparison, recording
    from dami.studies.experiment import Experiment

    experiment = Experiment.of(frame, labels, strategies, initial, batch, rounds)
    if scheduler is None:
        records = recording.record(experiment, range(seeds), out, _time_left())
    else:
        from dami.cluster.connecting import connected
        from dami.cluster.experiments import record_all

        with connected(scheduler) as client:
            [records] = record_all(client, [(experiment, out)], 1, range(seeds), _time_left())
    click.echo(comparison.sentence(records, strategies[0]), err=True)


@cli.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path), envvar="DAMI_TABLES")
@click.option("--target", metavar="COLUMN", default="label", show_default=True, help="Column of the known labels.")
@click.option(
    "--strategies", type=StrategyNames(), metavar="NAME,NAME", help="By default the fixed field and dami-plus."
)
@click.option("--candidate", type=StrategyName(), default="dami-plus", show_default=True, help="What claims are for.")
@click.option("--seeds", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--regimes", type=click.Choice(["A", "B", "both"]), default="both", show_default=True,
              help="A: 30 labels, then 20 rounds of 10. B: 100 labels, then 20 rounds of 50.")  # fmt: skip
@click.option("--only", metavar="TABLE,TABLE", help="Names of the tables to take, by default all.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes, a thread each.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder of the results.")
@SCHEDULER
def benchmark(
    folder: Path | None, target: str, strategies: list[str] | None, candidate: str, seeds: int, regimes: str,
    only: str | None, jobs: int, out: Path, scheduler: str | None,
) -> None:  # fmt: skip
    """Compare strategies on the tables of FOLDER: records, ranks, tests, and a page of Markdown, also on stdout.

    Without FOLDER, on those in the folder that DAMI_TABLES names, else on those that come with DAMI. What is in --out
    already is not run again: after Ctrl-C the same command goes on.
    """
    _one_thread()
    from dami.studies import benchmark as studies
    from dami.studies import report

    tables = studies.find_tables(folder)
    if only is not None:
        names = [name.strip() for name in only.split(",") if name.strip()]
        for name in names:
            if name not in tables:
                raise TableError(f"There is no table {name!r} among {', '.join(tables)}.")
        tables = {name: tables[name] for name in names}
    wanted = strategies or [*studies.FIELD, candidate]
    chosen = list(studies.REGIMES) if regimes == "both" else [regimes]
    units = studies.plan(tables, target, wanted, chosen, out, lambda note: click.echo(note, err=True))
    if scheduler is None:
        records = studies.run_units(units, range(seeds), jobs, _time_left())
    else:
        from dami.cluster.connecting import connected
        from dami.cluster.experiments import run_units

        with connected(scheduler) as client:
            records = run_units(client, units, range(seeds), _time_left())
    records.to_csv(out / "records.csv", index=False)
    report.ranks(records).to_csv(out / "ranks.csv", index=False)
    if candidate in wanted:
        report.claims(records, candidate).to_csv(out / "claims.csv", index=False)
    page = report.markdown(records, candidate)
    (out / "report.md").write_text(page, encoding="utf-8")
    click.echo(page, nl=False)


@cli.command()
@click.pass_context
def doctor(context: click.Context) -> None:
    """Check that all in the data folder is as it was stored: the database, the tables, every label against the log.

    A line a project on stdout, a line a fault below it; exit code 1 if there is one.
    """
    from dami.store.doctor import examine

    faults, projects = examine()
    for fault in faults:
        click.echo(fault)
    for project in projects:
        counts = f"{project.n_labels:,} labels, {project.n_events:,} events"
        click.echo(f"{project.name}: {counts}: {'sound' if not project.faults else 'damaged'}")
        for fault in project.faults:
            click.echo(f"  {fault}")
    if faults or any(project.faults for project in projects):
        context.exit(1)
    click.echo(f"All {len(projects):,} projects are sound.", err=True)


@cli.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def backup(folder: Path) -> None:
    """Write every project of the data folder to FOLDER, one file each, while the app may run.

    The names of the files are on stdout. A file opens again with `restore`, or on the page Data.
    """
    from dami.store import files, projects
    from dami.workspace import exporting, project_file

    taken: set[str] = set()
    for project in sorted(
        projects.listing(rooms=True), key=lambda project: project.created
    ):  # the oldest keeps its file's name
        wanted = exporting.file_name(project, exporting.EXPORTERS["project"])
        stem, suffix = wanted.removesuffix(project_file.SUFFIX), project_file.SUFFIX
        name = next(name for k in count(1) if (name := stem + (f"-{k}" if k > 1 else "") + suffix) not in taken)
        taken.add(name)
        files.write_atomic(folder / name, project_file.pack(project))
        click.echo(str(folder / name))


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False, exists=True, path_type=Path))
def restore(files: tuple[Path, ...]) -> None:
    """Open project FILES as new projects of the data folder; what is there already stays as it is."""
    from dami.workspace import project_file

    for path in files:
        try:
            project = project_file.unpack(path.read_bytes())
        except DamiError as error:
            raise DamiError(f"{path}: {error}") from error
        click.echo(f"{path}: opened as “{project.name}”")


@cli.command()
def password() -> None:
    """Ask for a password (or read it from stdin) and print the line to set DAMI_PASSWORD_HASH to."""
    from dami.workspace import passwords

    if sys.stdin.isatty():
        given = click.prompt("Password of the server", hide_input=True, confirmation_prompt="Once more", err=True)
    else:
        given = sys.stdin.readline().rstrip("\r\n")
    click.echo(passwords.hashed(given))


def _read(table: str, target: str | None) -> tuple[pd.DataFrame, pd.Series | None, list[str] | None]:
    """The table without its target column, that column as class names, and the classes: all as the app reads them."""
    _one_thread()
    from dami.tables.parts import Parts, names_parts
    from dami.tables.reading import read_table

    frame = Parts.of(table).read() if names_parts(table) else read_table(table)
    if target is None:
        return frame, None, None
    _check_target(table, target, frame.columns)
    return frame.drop(columns=[target]), *_labels(frame[[target]], target)


def _check_target(table: str, target: str, columns: Iterable[str]) -> None:
    names = [str(name) for name in columns]
    if target not in names:
        shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
        raise TableError(f"{table} has no column {target!r}; its columns are {shown}.")


def _labels(frame: pd.DataFrame, target: str) -> tuple[pd.Series, list[str] | None]:
    """A column as class names, and the classes."""
    from dami.tables.columns import class_names, describe_target

    described = describe_target(frame, target)
    if described.numeric_many:
        raise TableError(str(described.advice))
    classes = [name for name, _ in described.classes]  # in the order of `class_order`
    return class_names(frame[target]), classes or None


def _query_cluster(
    table: str, target: str | None, n: int, strategy: str, seed: int, scheduler: str
) -> tuple[KCenter, MLP | None]:
    """`query` over the parts of a table on the workers of a Dask scheduler."""
    _one_thread()
    from dami.cluster.connecting import connected
    from dami.selection.labels import as_labels
    from dami.tables.parts import Parts

    parts = Parts.of(table)
    given, classes = None, None
    if target is not None:
        _check_target(table, target, parts.columns)
        given, classes = _labels(parts.column(target).to_frame(), target)
    labels = as_labels(given, parts.n_rows)
    with connected(scheduler) as client:
        from dami.cluster.pool import query

        answer = query(
            client, parts, target, labels, classes, n, strategy, seed,
            on_step=_progress(), on_progress=lambda note: click.echo(note, err=True),
        )  # fmt: skip
    return answer.picks, answer.network


def _one_thread() -> None:
    """One thread for sums, as in the app: the same order, so the same picks; a second one is no faster."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # read by the libraries when they are loaded
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def _progress() -> Callable[[int, int, float, float], None]:
    """Reports of a training on stderr, a fifth of it at a time."""
    reported = -1

    def report(step: int, steps: int, loss: float, accuracy: float) -> None:
        nonlocal reported
        if 5 * step // steps > reported:
            reported = 5 * step // steps
            click.echo(f"step {step} of {steps}: loss {loss:.3f}, training accuracy {100 * accuracy:.1f} %", err=True)

    return report


def _time_left() -> Callable[[float], None]:
    """Reports of an experiment on stderr, at most one every five seconds."""
    began = reported = time.monotonic()

    def report(share: float) -> None:
        nonlocal reported
        now = time.monotonic()
        if share > 0 and (now - reported > 5 or share >= 1):
            reported = now
            left = (now - began) * (1 - share) / share
            click.echo(f"{100 * share:.0f} % done, about {left:.0f} s left", err=True)

    return report


def _write(header: Sequence[str], rows: Any) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    sys.stdout.flush()


if __name__ == "__main__":
    cli(prog_name="python -m dami")
