"""Holds what all commands share: how they report a failure, and the options that several commands take."""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import click

from dami.errors import DamiError
from dami.registry import PluginWarning


class Commands(click.Group):
    """A group of commands that reports bad input as one line on stderr and exit code 2, never as a traceback."""

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
        broken: list[str] = []
        if not sys.warnoptions:
            warnings.simplefilter("ignore")  # libraries warn developers, not users
            warnings.simplefilter("always", PluginWarning)
            warnings.showwarning = lambda message, *_, **__: broken.append(str(message))
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.Abort:
            click.echo("Stopped.", err=True)
            sys.exit(130)
        except BrokenPipeError:  # the reader of stdout has closed it
            sys.stderr.close()
            sys.exit(0)
        except click.ClickException as error:
            _fail(error.format_message())
        except (DamiError, ValueError, OSError) as error:
            _fail(str(error))
        for sentence in broken:  # not after a failure: its message says what matters
            click.echo(f"Warning: {sentence}", err=True)
        sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> NoReturn:
    click.echo("Error: " + " ".join(message.split()), err=True)
    sys.exit(2)


class StrategyName(click.ParamType):
    """A name in STRATEGIES; the strategies are imported only when a name is checked."""

    name = "strategy"
    studied = False

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from dami.selection.strategies import STRATEGIES, STUDIED

        if value not in (STUDIED if self.studied else STRATEGIES):
            self.fail(STRATEGIES.lacks(value), param, ctx)
        return str(value)


class StrategyNames(StrategyName):
    """Names in STUDIED, separated by commas."""

    name = "strategies"
    studied = True

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


COLUMN = click.option(
    "--column", "kinds", multiple=True, metavar="NAME=KIND",
    help="What a column is, where the rules are wrong: number, category, text, date, place, yes/no, identifier or out; "
    "also “date, day first”, “date, month first”, “number, decimal comma” and “number, decimal point”.",
)  # fmt: skip


class Sign(click.ParamType):
    """A character, or its name, such as tab; none is the empty text."""

    name = "sign"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from dami.tables.delimited import NAMES

        signs = {name: sign for sign, name in NAMES.items()} | {"none": "", "\\t": "\t"}
        return signs.get(value, value)


def takes_reading(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a command to take the choices of `ReadOptions`, which it gets as `options`."""

    @click.option("--sheet", metavar="NAME", help="The sheet of a workbook, by default the one with the most cells.")
    @click.option("--encoding", metavar="NAME", help="Of a text, such as cp1251, by default what its bytes show.")
    @click.option("--delimiter", type=Sign(), metavar="SIGN", help="Between values: a character, tab, or none.")
    @click.option("--quote", type=Sign(), metavar="SIGN", help="Around values: a quotation mark, or none.")
    @click.option("--skip", metavar="KIND,KIND", help="The rows around the table that are left out where they are "
                  "recognised: title, header, units, totals, notes, empty, by default all; or none.")  # fmt: skip
    @functools.wraps(command)
    def taken(*, skip: str | None, **others: Any) -> Any:
        from dami.tables.read_options import ReadOptions

        kinds = None if skip is None else [] if skip == "none" else [kind.strip() for kind in skip.split(",")]
        chosen = {name: others.pop(name) for name in ("sheet", "encoding", "delimiter", "quote")}
        return command(**others, options=ReadOptions(**chosen, skip=kinds))

    return taken
