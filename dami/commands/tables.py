"""Holds the commands on a table itself: how its columns are read, and the table in another format."""

from pathlib import Path

import click

from dami.commands.group import COLUMN
from dami.commands.output import write_csv
from dami.commands.table_files import opened


@click.command()
@click.argument("table")
@COLUMN
def columns(table: str, kinds: tuple[str, ...]) -> None:
    """How the columns of TABLE are read, as CSV: name,kind,reason,filled,understood,example.

    filled is the number of cells with a value, understood how many of them have a meaning of this kind; the example is
    a cell that has none, or else any cell. What TABLE leaves open is asked on standard error.
    """
    found = opened(table, kinds)
    for note in found.notes:
        click.echo(note, err=True)
    lines = [
        (one.name, one.kind, one.reason, one.filled, one.understood, ([*one.not_understood, *one.examples] or [""])[0])
        for one in found.columns
    ]
    for one in found.columns:
        if one.question is not None and not one.chosen:
            ways = " or ".join(f'--column "{one.name}={choice}"' for choice in one.question.meanings)
            click.echo(f"What is “{one.question.example}” in “{one.name}”? Say {ways}.", err=True)
    write_csv(["name", "kind", "reason", "filled", "understood", "example"], lines)


@click.command()
@click.argument("table")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def convert(table: str, out: Path) -> None:
    """Write TABLE to OUT, each cell as it was written, in the format that OUT ends in.

    The formats are .csv, .tsv, .parquet, .feather and .xlsx.
    """
    found = opened(table)
    found.write(out)
    for note in found.notes:
        click.echo(note, err=True)
