"""Holds the commands on a table itself: how its columns are read, and the table in another format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dami.commands.group import COLUMN, takes_reading
from dami.commands.output import write_csv
from dami.commands.table_files import opened

if TYPE_CHECKING:
    from dami.tables.read_options import ReadOptions


@click.command()
@click.argument("table")
@COLUMN
@takes_reading
def columns(table: str, kinds: tuple[str, ...], options: ReadOptions) -> None:
    """How the columns of TABLE are read, as CSV: name,kind,reason,understood,example.

    understood is the share of the cells with a value that have a meaning of this kind; the example is a cell that has
    none, or else any cell. What TABLE leaves open is asked on standard error, which also names the columns of texts
    that are nearly all numbers or dates.
    """
    found = opened(table, kinds, options)
    for note in found.notes:
        click.echo(note, err=True)
    lines = [
        (one.name, one.kind, one.reason, round(one.understood, 6), ([*one.not_understood, *one.examples] or [""])[0])
        for one in found.columns
    ]
    for one in found.columns:
        if one.question is not None and not one.chosen:
            ways = " or ".join(f'--column "{one.name}={choice}"' for choice in one.question.meanings)
            click.echo(f"What is “{one.question.example}” in “{one.name}”? Say {ways}.", err=True)
        if one.nearly:
            click.echo(f"In “{one.name}”, {one.nearly}", err=True)
    write_csv(["name", "kind", "reason", "understood", "example"], lines)


@click.command()
@click.argument("table")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@takes_reading
def convert(table: str, out: Path, options: ReadOptions) -> None:
    """Write TABLE to OUT, each cell as it was written, in the format that OUT ends in.

    The formats are .csv, .tsv, .parquet, .feather and .xlsx.
    """
    from dami.tables.writing import labels_alone
    from dami.wording import quoted

    found = opened(table, options=options)
    found.write(out)
    if names := labels_alone(found, out.suffix.lower()):
        click.echo(f"{out.name} holds the labels of {quoted(names, 5)}, not their codes.", err=True)
    for note in found.notes:
        click.echo(note, err=True)
