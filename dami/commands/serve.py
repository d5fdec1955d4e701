"""Holds the commands for the owner of a server: start it, lock it, check and back up its data."""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path

import click

from dami.errors import DamiError


@click.command(context_settings={"ignore_unknown_options": True})
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
    # -P: Python must not import the user's files in the current folder in place of Streamlit's modules.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "streamlit", "run", str(APP), *given, *options])


@click.command()
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


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def backup(folder: Path) -> None:
    """Write every project of the data folder to FOLDER, one file each, while the app may run.

    The names of the files are on stdout. A file opens again with `restore`, or on the page Data.
    """
    from dami.store import files, projects
    from dami.workspace.transfer import exporters, project_file

    taken: set[str] = set()
    for project in sorted(
        projects.listing(rooms=True), key=lambda project: project.created
    ):  # the oldest gets the name without a number
        wanted = exporters.file_name(project, exporters.EXPORTERS["project"])
        stem, suffix = wanted.removesuffix(project_file.SUFFIX), project_file.SUFFIX
        name = next(name for k in count(1) if (name := stem + (f"-{k}" if k > 1 else "") + suffix) not in taken)
        taken.add(name)
        files.write_atomic(folder / name, project_file.pack(project))
        click.echo(str(folder / name))


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False, exists=True, path_type=Path))
def restore(files: tuple[Path, ...]) -> None:
    """Open project FILES as new projects of the data folder; what is there already stays as it is."""
    from dami.workspace.transfer import project_file

    for path in files:
        try:
            project = project_file.unpack(path.read_bytes())
        except DamiError as error:
            raise DamiError(f"{path}: {error}") from error
        click.echo(f"{path}: opened as “{project.name}”")


@click.command()
def password() -> None:
    """Ask for a password (or read it from stdin) and print the line to set DAMI_PASSWORD_HASH to."""
    from dami.workspace import passwords

    if sys.stdin.isatty():
        given = click.prompt("Password of the server", hide_input=True, confirmation_prompt="Once more", err=True)
    else:
        given = sys.stdin.readline().rstrip("\r\n")
    click.echo(passwords.hashed(given))
