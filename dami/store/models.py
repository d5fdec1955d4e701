"""The models of a project by number: what was trained on what, and where its map is. Arrays are files (files.py)."""

import time
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dami.errors import ProjectError
from dami.store import schema
from dami.store.database import plain, reading, transaction
from dami.store.records import Model
from dami.store.revisions import bump

_MODEL = schema.model.c


def next_number(project: str) -> int:
    """The number that the next model gets; 0 for the first, the cold start."""
    with reading() as connection:
        highest = connection.execute(sa.select(sa.func.max(_MODEL.number)).where(_MODEL.project == project)).scalar()
    return 0 if highest is None else highest + 1


def save_model(
    project: str,
    number: int,
    *,
    through_event: int = 0,
    n_labeled: int = 0,
    state: str = "ready",
    summary: Mapping[str, Any] | None = None,
    selection: Mapping[str, Any] | None = None,
    map_name: str | None = None,
) -> Model:
    """Record a model, in place of an earlier one of this number; write its files first.

    Parameters
    ----------
    through_event : id of the last event of the log that it has seen.
    summary, selection : what JSON can hold; NumPy values are converted, NaN and infinity become None.
    """
    model = Model(
        project=project,
        number=number,
        through_event=through_event,
        n_labeled=n_labeled,
        state=state,
        summary=plain(dict(summary or {})),
        selection=plain(dict(selection or {})),
        map_name=map_name,
        created=time.time(),
    )
    values = {name: getattr(model, name) for name in Model.__slots__}
    with transaction() as connection:
        bump(connection, project)
        connection.execute(sa.delete(schema.model).where(_MODEL.project == project, _MODEL.number == number))
        connection.execute(sa.insert(schema.model).values(values))
    return model


def latest(project: str, state: str | None = None) -> Model | None:
    """The model of the highest number (in this state), None while there is none."""
    query = sa.select(schema.model).where(_MODEL.project == project)
    if state is not None:
        query = query.where(_MODEL.state == state)
    with reading() as connection:
        found = connection.execute(query.order_by(_MODEL.number.desc()).limit(1)).first()
    return None if found is None else Model(**found._mapping)


def before(project: str, number: int) -> Model | None:
    """The model of the highest number below this one, None if there is none."""
    query = sa.select(schema.model).where(_MODEL.project == project, _MODEL.number < number)
    with reading() as connection:
        found = connection.execute(query.order_by(_MODEL.number.desc()).limit(1)).first()
    return None if found is None else Model(**found._mapping)


def get(project: str, number: int) -> Model:
    """The model of this number.

    Raises
    ------
    ProjectError
        If there is none.
    """
    with reading() as connection:
        return _get(connection, project, number)


def listing(project: str) -> list[Model]:
    """All models of a project, by number."""
    query = sa.select(schema.model).where(_MODEL.project == project).order_by(_MODEL.number)
    with reading() as connection:
        return [Model(**row._mapping) for row in connection.execute(query)]


def summaries(project: str) -> list[tuple[int, dict[str, Any]]]:
    """For each model its number of labels and its summary, by number, without the selections."""
    query = sa.select(_MODEL.n_labeled, _MODEL.summary).where(_MODEL.project == project).order_by(_MODEL.number)
    with reading() as connection:
        return [(row.n_labeled, row.summary) for row in connection.execute(query)]


def set_map(project: str, number: int, map_name: str | None) -> Model:
    """Name the file of the model's map.

    Raises
    ------
    ProjectError
        If there is no such model.
    """
    return _set(project, number, map_name=map_name)


def set_summary(project: str, number: int, summary: Mapping[str, Any]) -> Model:
    """Replace the model's summary and leave the rest, a map that has arrived meanwhile included.

    Raises
    ------
    ProjectError
        If there is no such model.
    """
    return _set(project, number, summary=plain(dict(summary)))


def _set(project: str, number: int, **values: Any) -> Model:
    with transaction() as connection:
        bump(connection, project)
        query = sa.update(schema.model).where(_MODEL.project == project, _MODEL.number == number)
        connection.execute(query.values(**values))
        return _get(connection, project, number)


def _get(connection: Connection, project: str, number: int) -> Model:
    query = sa.select(schema.model).where(_MODEL.project == project, _MODEL.number == number)
    found = connection.execute(query).first()
    if found is None:
        raise ProjectError(f"This project has no model {number}; train one on the Model page.")
    return Model(**found._mapping)
