"""Stores audits: rows drawn at random that measure the networks. A network learns from them only after the release."""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dami.errors import ProjectError
from dami.store import schema
from dami.store.database import reading, transaction
from dami.store.records import Audit
from dami.store.revisions import bump, remembered

_AUDIT = schema.audit.c
_OPEN = sa.select(*(_AUDIT[field.name] for field in fields(Audit))).where(
    _AUDIT.project == sa.bindparam("project"), _AUDIT.released.is_(None)
)


def draw(project: str, rows: Sequence[int], n_remainder: int) -> Audit:
    """Open an audit whose sample is these rows.

    Parameters
    ----------
    rows : in the order in which they are asked for
    n_remainder : number of rows that the sample was drawn from

    Raises
    ------
    ProjectError
        If an audit is open already, or `rows` is empty, names a row twice, or names a row that the table lacks.
    """
    project_, table = schema.project.c, schema.table_.c
    with transaction() as connection:
        bump(connection, project)
        known = _read(connection, project)
        if known and known[-1].released is None:
            raise ProjectError("An audit is open already: finish or release it before drawing another one.")
        of_project = sa.select(table.n_rows).join_from(schema.project, schema.table_).where(project_.id == project)
        n_rows = connection.execute(of_project).scalar_one()
        if not rows or len(set(rows)) < len(rows) or not all(0 <= row < n_rows for row in rows):
            raise ProjectError("An audit needs rows of the table, each of them once.")
        new = Audit(project, len(known) + 1, [int(row) for row in rows], n_remainder, time.time(), None)
        values = {name: getattr(new, name) for name in Audit.__slots__}
        connection.execute(sa.insert(schema.audit).values(values))
    return new


def copy(project: str, audits: Iterable[Mapping[str, Any]]) -> None:
    """Put the audits of a project file into a project without audits, in their order; only the last may be open.

    Raises
    ------
    ProjectError
        If an audit is damaged, names rows that the table lacks, or is open although another audit follows it.
    """
    project_, table = schema.project.c, schema.table_.c
    with transaction() as connection:
        bump(connection, project)
        of_project = sa.select(table.n_rows).join_from(schema.project, schema.table_).where(project_.id == project)
        n_rows = connection.execute(of_project).scalar_one()
        given = list(audits)
        for number, audit in enumerate(given, 1):
            rows, remainder = audit.get("rows"), audit.get("n_remainder")
            created, released = audit.get("created"), audit.get("released")
            fits = (
                isinstance(rows, list)
                and bool(rows)
                and all(type(row) is int and 0 <= row < n_rows for row in rows)
                and len(set(rows)) == len(rows)
                and type(remainder) is int
                and len(rows) <= remainder <= n_rows
                and _is_time(created)
                and (_is_time(released) or (released is None and number == len(given)))
            )
            if not fits:
                raise ProjectError(f"Audit {number} of the project file is damaged: export it again.")
            values = {"rows": rows, "n_remainder": remainder, "created": created, "released": released}
            connection.execute(sa.insert(schema.audit).values(project=project, number=number, **values))


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


@remembered
def open_audit(project: str) -> Audit | None:
    """Return the open audit, None if there is none."""
    with reading() as connection:
        found = connection.execute(_OPEN, {"project": project}).first()
    return None if found is None else Audit(*found)


def release(project: str) -> Audit:
    """Release the open audit: networks may learn from its rows from now on.

    Raises
    ------
    ProjectError
        If no audit is open.
    """
    with transaction() as connection:
        bump(connection, project)
        query = sa.update(schema.audit).where(_AUDIT.project == project, _AUDIT.released.is_(None))
        if connection.execute(query.values(released=time.time())).rowcount != 1:
            raise ProjectError("No audit is open in this project.")
        return _read(connection, project)[-1]


def listing(project: str) -> list[Audit]:
    """Return all audits of a project, oldest first."""
    with reading() as connection:
        return _read(connection, project)


def _read(connection: Connection, project: str) -> list[Audit]:
    query = sa.select(schema.audit).where(_AUDIT.project == project).order_by(_AUDIT.number)
    return [Audit(**row._mapping) for row in connection.execute(query).all()]
