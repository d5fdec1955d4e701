"""Runs the command line: results on stdout, progress on stderr; a bad input gives one line there and exit code 2."""

import click

from dami import __version__
from dami.commands import serve, studies, tables, train_predict
from dami.commands.group import Commands


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=False)
@click.version_option(__version__, prog_name="dami")
def cli() -> None:
    """Deep active learning by model interpretability, for tables."""


for command in (
    *(serve.app, train_predict.query, train_predict.train, train_predict.predict, studies.simulate, studies.benchmark),
    *(tables.columns, tables.convert, serve.doctor, serve.backup, serve.restore, serve.password),
):
    cli.add_command(command)


if __name__ == "__main__":
    cli(prog_name="python -m dami")
