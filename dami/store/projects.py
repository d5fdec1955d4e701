"""Makes, lists, changes, hides and purges projects; passes on the revision, which tells a page when to read again."""

import secrets
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dami.errors import ProjectError
from dami.store import files, schema
from dami.store.classes import insert_classes
from dami.store.database import reading, transaction
from dami.store.items import MOST
from dami.store.records import Mode, Project
from dami.store.revisions import bump, missing_project, remembered, revision

__all__ = [
    "by_access_token",
    "change",
    "create",
    "delete",
    "get",
    "listing",
    "opened",
    "purge",
    "rename",
    "replace_table",
    "restore",
    "revision",
]

MODES: tuple[str, ...] = get_args(Mode)
CHANGEABLE = ("name", "target", "mode", "goal", "seed", "round_size", "annotator", "strategy", "left_out")
DAY = 86_400.0

_PROJECT = schema.project.c
_ONE = sa.select(*(_PROJECT[field.name] for field in fields(Project))).where(
    _PROJECT.id == sa.bindparam("project"), _PROJECT.deleted.is_(None)
)


def create(
    name: str,
    table_id: str,
    *,
    filename: str = "",
    target: str | None = None,
    mode: Mode = "label",
    goal: int | None = None,
    seed: int | None = None,
    round_size: int = 10,
    annotator: str = "",
    strategy: str = "dami",
    left_out: Mapping[str, str] | None = None,
    classes: Iterable[str | Mapping[str, str]] = (),
) -> Project:
    """Make a project over a stored table.

    Parameters
    ----------
    table_id : id that `tables.store_table` gave.
    seed : drawn at random if not given; all randomness of the project starts from it.
    left_out : column that the network does not see -> the reason.
    classes : names, or mappings with `name`, `value` and `guideline`; they get the ids 0, 1, ... in this order.

    Raises
    ------
    ProjectError
        If the table is unknown, a setting is not possible, or two classes share a name or a value.
    """
    _check({"mode": mode, "name": name, "goal": goal, "round_size": round_size})
    now = time.time()
    project = secrets.token_urlsafe(16)
    values = {
        "id": project,
        "name": name,
        "table_id": table_id,
        "filename": filename,
        "target": target,
        "mode": mode,
        "goal": goal,
        "seed": secrets.randbits(32) if seed is None else int(seed),
        "round_size": round_size,
        "annotator": annotator,
        "access_token": secrets.token_urlsafe(16),
        "strategy": strategy,
        "left_out": dict(left_out or {}),
        "created": now,
        "opened": now,
        "deleted": None,
        "revision": 1,
    }
    with transaction() as connection:
        table = schema.table_.c
        if connection.execute(sa.select(table.id).where(table.id == table_id)).first() is None:
            raise ProjectError("The table of the new project is not stored; open the file again.")
        connection.execute(sa.insert(schema.project).values(values))
        insert_classes(connection, project, classes)
        return _get(connection, project)


@remembered
def get(project: str) -> Project:
    """Return the project with this id.

    Raises
    ------
    ProjectError
        If there is no such project, or it was deleted.
    """
    with reading() as connection:
        return _get(connection, project)


def by_access_token(token: str) -> Project:
    """Return the project that an access token opens.

    Raises
    ------
    ProjectError
        If the token opens no project.
    """
    with reading() as connection:
        found = connection.execute(
            sa.select(schema.project).where(_PROJECT.access_token == token, _PROJECT.deleted.is_(None))
        ).first()
    if found is None:
        raise ProjectError("This link opens no project; ask for a new one.")
    return Project(**found._mapping)


def listing(annotator: str | None = None, deleted: bool = False, rooms: bool = False) -> list[Project]:
    """Return all projects (of one annotator), the last opened first; with `deleted`, the ones that can be restored.

    Projects of workshop rooms are found through their room; they are in the list only with `rooms`.
    """
    query = sa.select(schema.project).where(_PROJECT.deleted.is_not(None) if deleted else _PROJECT.deleted.is_(None))
    if annotator is not None:
        query = query.where(_PROJECT.annotator == annotator)
    if not rooms:
        query = query.where(_PROJECT.mode != "workshop")
    with reading() as connection:
        rows = connection.execute(query.order_by(_PROJECT.opened.desc(), _PROJECT.id))
        return [Project(**row._mapping) for row in rows]


def change(project: str, **values: Any) -> Project:
    """Change fields of a project: name, target, mode, goal, seed, round_size, annotator, strategy, left_out.

    Raises
    ------
    ProjectError
        If the project is missing or a value is not possible.
    TypeError
        If a field cannot be changed.
    """
    unknown = sorted(set(values) - set(CHANGEABLE))
    if unknown:
        raise TypeError(f"{', '.join(unknown)} of a project cannot be changed")
    _check(values)
    with transaction() as connection:
        bump(connection, project)
        if values:
            connection.execute(sa.update(schema.project).where(_PROJECT.id == project).values(values))
        return _get(connection, project)


def rename(project: str, name: str) -> Project:
    """Give the project another name."""
    return change(project, name=name)


def replace_table(project: str, table_id: str, instead_of: str) -> Project:
    """Give the project another stored table, whose first rows are the rows of the present table.

    Parameters
    ----------
    instead_of : the table that the new one was made of

    Raises
    ------
    ProjectError
        If the project has another table by now, so that a change of it would be undone; or if there is no such table,
        or it has fewer rows: labels would lose their rows.
    """
    table = schema.table_.c
    with transaction() as connection:
        bump(connection, project)
        present = _get(connection, project).table_id
        if present != instead_of:
            raise ProjectError(
                "The table of this project was changed a moment ago, perhaps in another tab: nothing else was changed. "
                "Look at it again."
            )
        query = sa.select(table.id, table.n_rows).where(table.id.in_([present, table_id]))
        sizes = {row.id: row.n_rows for row in connection.execute(query)}
        if sizes.get(table_id, 0) < sizes[present]:
            raise ProjectError("The new table is missing, or has fewer rows than the project's: nothing was changed.")
        connection.execute(sa.update(schema.project).where(_PROJECT.id == project).values(table_id=table_id))
        return _get(connection, project)


def opened(project: str) -> None:
    """Store that the project was opened now. This changes nothing that a page of the project shows."""
    with transaction() as connection:
        query = sa.update(schema.project).where(_PROJECT.id == project, _PROJECT.deleted.is_(None))
        if connection.execute(query.values(opened=time.time())).rowcount != 1:
            raise missing_project()


def delete(project: str) -> None:
    """Hide the project and stop its jobs; `restore` brings it back until `purge` removes it."""
    now = time.time()
    job = schema.job.c
    with transaction() as connection:
        bump(connection, project)
        connection.execute(sa.update(schema.project).where(_PROJECT.id == project).values(deleted=now))
        of_it = sa.update(schema.job).where(job.project == project)
        connection.execute(of_it.where(job.state == "queued").values(state="cancelled", finished=now, cancel=True))
        connection.execute(of_it.where(job.state == "running").values(cancel=True))


def restore(project: str) -> Project:
    """Bring back a project that was deleted and not yet purged."""
    with transaction() as connection:
        connection.execute(
            sa.update(schema.project)
            .where(_PROJECT.id == project, _PROJECT.deleted.is_not(None))
            .values(deleted=None, revision=_PROJECT.revision + 1)
        )
        return _get(connection, project)


def purge(older_than_days: float = 30.0) -> list[str]:
    """Remove projects deleted at least so many days ago, with log, models, jobs and files; and tables nobody uses.

    Returns
    -------
    The ids of the removed projects.
    """
    with transaction() as connection:
        old = sa.select(_PROJECT.id, _PROJECT.table_id).where(_PROJECT.deleted <= time.time() - older_than_days * DAY)
        rows = connection.execute(old).all()
        gone = [row.id for row in rows]
        _drop_rooms(connection, gone)
        for project in gone:
            for table in (schema.event, schema.model, schema.job, schema.audit, schema.class_):
                connection.execute(sa.delete(table).where(table.c.project == project))
            connection.execute(sa.delete(schema.project).where(_PROJECT.id == project))
        _drop_tables(connection, sorted({row.table_id for row in rows} | _outgrown(connection)))
    for project in gone:
        shutil.rmtree(files.project_dir(project), ignore_errors=True)
    return gone


def _get(connection: Connection, project: str) -> Project:
    found = connection.execute(_ONE, {"project": project}).first()
    if found is None:
        raise missing_project()
    return Project(*found)


def _outgrown(connection: Connection) -> set[str]:
    """Return the tables that no project uses, but none of the last day: a project may be about to use it."""
    table = schema.table_.c
    unused = sa.select(table.id).where(table.created < time.time() - DAY, table.id.not_in(sa.select(_PROJECT.table_id)))
    return {row.id for row in connection.execute(unused)}


def _drop_rooms(connection: Connection, projects: Sequence[str]) -> None:
    room, participant = schema.room.c, schema.participant.c
    rooms = sa.select(room.id).where(room.project.in_(projects))
    people = sa.select(participant.id).where(sa.or_(participant.project.in_(projects), participant.room.in_(rooms)))
    connection.execute(sa.delete(schema.handout).where(schema.handout.c.participant.in_(people)))
    connection.execute(sa.delete(schema.participant).where(participant.id.in_(people)))
    connection.execute(sa.delete(schema.room).where(room.project.in_(projects)))


def _drop_tables(connection: Connection, table_ids: Sequence[str]) -> None:
    for table_id in table_ids:
        if connection.execute(sa.select(_PROJECT.id).where(_PROJECT.table_id == table_id)).first() is None:
            connection.execute(sa.delete(schema.table_).where(schema.table_.c.id == table_id))
            # Inside the transaction: `store_table` of the same content waits for it and then writes the file again.
            files.table_path(table_id).unlink(missing_ok=True)


def _check(values: Mapping[str, Any]) -> None:
    if "mode" in values and values["mode"] not in MODES:
        raise ProjectError(f"A project's mode is one of {', '.join(MODES)}, not {values['mode']!r}.")
    if "name" in values and not str(values["name"]).strip():
        raise ProjectError("Give the project a name.")
    for field in ("goal", "round_size"):
        if values.get(field) is not None and not 1 <= values[field] < MOST:
            raise ProjectError(f"The {field.replace('_', ' ')} of a project is at least 1, and below {MOST:,}.")
