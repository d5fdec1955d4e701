"""Reads tables for the commands and separates the target column, in the same way as the app."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from dami import wording
from dami.errors import TableError

if TYPE_CHECKING:
    import pandas as pd

    from dami.tables.read_options import ReadOptions
    from dami.tables.table import Table


def read(
    table: str, target: str | None, kinds: tuple[str, ...] = (), options: ReadOptions | None = None
) -> tuple[pd.DataFrame, pd.Series | None, list[str] | None]:
    """Return the table without its target column, that column as class names, and the classes.

    The class names are those of the app. Without a target, the last two are None.

    Parameters
    ----------
    kinds : what columns are, such as "price=number"
    options : how the file is to be read
    """
    found = opened(table, kinds, options)
    frame = found.to_learn()
    if target is None:
        return frame, None, None
    check_target(table, target, frame.columns)
    return frame.drop(columns=[target]), *read_labels(found, target)


def opened(table: str, kinds: tuple[str, ...] = (), options: ReadOptions | None = None) -> Table:
    """Return a table that is a file, or several Parquet files, with columns read as `kinds` say."""
    one_thread()
    from dami.tables.chosen_kinds import parsed_choices
    from dami.tables.parquet_parts import Parts, names_parts
    from dami.tables.reading import open_table

    if names_parts(table):
        if options is not None and options.chosen:
            named = wording.joined([f"--{name}" for name in options.chosen])
            raise TableError(
                f"{table} stands for Parquet files, which tell how they are to be read. Leave out {named}."
            )
        found = Parts.of(table).open()
    else:
        found = open_table(table, options=options)
        _check_choices(table, options, found)
    return found.with_kinds(parsed_choices(kinds, found.frame.columns)) if kinds else found


def _check_choices(table: str, options: ReadOptions | None, found: Table) -> None:
    """Raise TableError if something was chosen that a file of this format does not have, such as a sheet."""
    chosen = options.chosen if options else {}
    lacking = [name for name in ("sheet", "encoding", "delimiter", "quote") if name in chosen]
    lacking = [name for name in lacking if getattr(found.how, name) is None]
    if lacking:
        named = wording.joined([f"--{name}" for name in lacking])
        raise TableError(f"{table} has no {wording.joined(lacking)} to choose. Leave out {named}.")


def check_target(table: str, target: str, columns: Iterable[str]) -> None:
    names = [str(name) for name in columns]
    if target not in names:
        shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
        raise TableError(f"{table} has no column {target!r}; its columns are {shown}.")


def read_labels(table: pd.DataFrame | Table, target: str) -> tuple[pd.Series, list[str] | None]:
    """Return a column as class names, and the classes; None in place of the classes if the column is empty."""
    from dami.tables.columns import describe_target, label_names
    from dami.tables.table import Table

    table = table if isinstance(table, Table) else Table(table)
    described = describe_target(table, target)
    if described.numeric_many:
        raise TableError(str(described.advice))
    for text, n in described.unread:
        click.echo(f"“{text}” in “{target}” counts as no label ({n:,}).", err=True)
    for group in described.alike:
        click.echo(f"Classes of their own, though they differ in spelling alone: {wording.quoted(group, 5)}.", err=True)
    classes = [name for name, _ in described.classes]  # in the order of `class_order`
    return label_names(table, target), classes or None


def one_thread() -> None:
    """Use one thread, as the app does: sums in the same order give the same picks, and a second thread is no faster."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # the libraries read it when they are imported
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
