"""Writes a table anew in another format."""

from pathlib import Path

import click

from dami.commands.table_files import opened


@click.command()
@click.argument("table")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def convert(table: str, out: Path) -> None:
    """Write TABLE to OUT, each cell as it was written, in the format that OUT ends in: .csv, .tsv, .parquet, .feather,
    .xlsx."""
    found = opened(table)
    found.write(out)
    for note in found.notes:
        click.echo(note, err=True)
