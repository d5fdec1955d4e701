"""Holds the commands that label known tables again, to find the best query strategy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dami.commands.group import COLUMN, SCHEDULER, StrategyName, StrategyNames, takes_reading
from dami.commands.output import time_left
from dami.commands.table_files import one_thread, read
from dami.errors import TableError

if TYPE_CHECKING:
    from dami.tables.read_options import ReadOptions


@click.command()
@click.argument("table")
@click.option("--target", metavar="COLUMN", required=True, help="Column of the known labels.")
@click.option("--strategies", type=StrategyNames(), default="dami,random", show_default=True, metavar="NAME,NAME")
@click.option("--seeds", type=click.IntRange(min=1), default=5, show_default=True)
@click.option("--initial", type=click.IntRange(min=1), default=30, show_default=True, help="Labels to begin with.")
@click.option("--batch", type=click.IntRange(min=1), default=10, show_default=True, help="Labels a round.")
@click.option("--rounds", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="CSV of the records.")
@COLUMN
@takes_reading
@SCHEDULER
def simulate(
    table: str, target: str, strategies: list[str], seeds: int, initial: int, batch: int, rounds: int, out: Path,
    kinds: tuple[str, ...], options: ReadOptions, scheduler: str | None,
) -> None:  # fmt: skip
    """Label TABLE again from its known labels, with every strategy; a record for each seed and round.

    Seeds that are in the file already are not run again: after Ctrl-C the same command goes on.
    """
    frame, labels, _ = read(table, target, kinds, options)
    if not out.parent.is_dir():
        raise TableError(f"The folder {out.parent} for the records does not exist.")
    from dami.studies import comparison, record_file
    from dami.studies.experiment import Experiment

    experiment = Experiment.of(frame, labels, strategies, initial, batch, rounds)
    if scheduler is None:
        records = record_file.record(experiment, range(seeds), out, time_left())
    else:
        from dami.cluster.connection import connected
        from dami.cluster.experiments import record_all

        with connected(scheduler) as client:
            [records] = record_all(client, [(experiment, out)], 1, range(seeds), time_left())
    click.echo(comparison.sentence(records, strategies[0]), err=True)


@click.command()
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
    one_thread()
    from dami.studies import benchmark as studies
    from dami.studies import benchmark_report

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
        records = studies.run_units(units, range(seeds), jobs, time_left())
    else:
        from dami.cluster.connection import connected
        from dami.cluster.experiments import run_units

        with connected(scheduler) as client:
            records = run_units(client, units, range(seeds), time_left())
    records.to_csv(out / "records.csv", index=False)
    benchmark_report.ranks(records).to_csv(out / "ranks.csv", index=False)
    if set(wanted) > {candidate}:
        benchmark_report.claims(records, candidate).to_csv(out / "claims.csv", index=False)
    page = benchmark_report.markdown(records, candidate)
    (out / "report.md").write_text(page, encoding="utf-8")
    click.echo(page, nl=False)
