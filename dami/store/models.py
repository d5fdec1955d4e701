"""Stores the models of a project by number: each network's summary, selection and map. Arrays are files (files.py)."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dami.errors import ProjectError
from dami.store import schema
from dami.store.database import plain, reading, transaction
from dami.store.json_records import read_optional
from dami.store.model_records import Changed, CoveringRadii, Quality, RoundResult, StoredSelection, Summary
from dami.store.records import Model
from dami.store.revisions import bump, remembered

KEPT = 100  # models held in memory, the last ones that were read

_MODEL = schema.model.c
_COLUMNS = [_MODEL[field.name] for field in fields(Model)]
_OF_PROJECT = _MODEL.project == sa.bindparam("project")
_ONE = sa.select(*_COLUMNS).where(_OF_PROJECT, _MODEL.number == sa.bindparam("number"))
_MARK = sa.select(_MODEL.number, _MODEL.mark).where(_OF_PROJECT, _MODEL.number == sa.bindparam("number"))
_LATEST = sa.select(_MODEL.number, _MODEL.mark).where(_OF_PROJECT).order_by(_MODEL.number.desc()).limit(1)
_BEFORE = _LATEST.where(_MODEL.number < sa.bindparam("number"))
_kept: OrderedDict[str, Model] = OrderedDict()  # by mark; every change of a model gives it a new mark
_kept_lock = threading.Lock()


def next_number(project: str) -> int:
    """Return the number of the next model; the first model, the cold start, has 0."""
    with reading() as connection:
        highest = connection.execute(sa.select(sa.func.max(_MODEL.number)).where(_MODEL.project == project)).scalar()
    return 0 if highest is None else highest + 1


def save_model(
    project: str,
    number: int,
    *,
    through_event: int = 0,
    n_labeled: int = 0,
    summary: Summary | None = None,
    selection: StoredSelection | None = None,
    map_name: str | None = None,
) -> Model:
    """Record a model, and replace an earlier one of this number. The caller writes the model's files first.

    Parameters
    ----------
    through_event : id of the last event of the log that the model has seen.
    summary, selection : NumPy values in them are converted; NaN and infinity become None.
    """
    values: dict[str, Any] = {
        "project": project,
        "number": number,
        "through_event": through_event,
        "n_labeled": n_labeled,
        "summary": plain((summary or Summary()).to_json()),
        "selection": plain((selection or StoredSelection()).to_json()),
        "map_name": map_name,
        "created": time.time(),
    }
    with transaction() as connection:
        bump(connection, project)
        connection.execute(sa.delete(schema.model).where(_MODEL.project == project, _MODEL.number == number))
        connection.execute(sa.insert(schema.model).values(values | {"state": "ready", "mark": secrets.token_hex(8)}))
    return _model(values)


@remembered
def latest(project: str) -> Model | None:
    """Return the model with the highest number, None if there is none."""
    with reading() as connection:
        return _newest(connection, _LATEST, project=project)


def trained(project: str) -> Model | None:
    """Return the latest model if it is a trained network, else None."""
    model = latest(project)
    return model if model is not None and model.is_trained else None


@remembered
def before(project: str, number: int) -> Model | None:
    """Return the model with the highest number below this one, None if there is none."""
    with reading() as connection:
        return _newest(connection, _BEFORE, project=project, number=number)


def get(project: str, number: int) -> Model:
    """Return the model with this number.

    Raises
    ------
    ProjectError
        If there is no such model.
    """
    with reading() as connection:
        return _newest(connection, _MARK, project=project, number=number) or _get(connection, project, number)


def listing(project: str) -> list[Model]:
    """Return all models of a project, by number."""
    query = sa.select(*_COLUMNS).where(_MODEL.project == project).order_by(_MODEL.number)
    with reading() as connection:
        return [_model(row._asdict()) for row in connection.execute(query).all()]


@remembered
def round_results(project: str) -> list[RoundResult]:
    """Return the result of every training, by number of the model, without the rest of the models, which is large."""
    parts = {name: _MODEL.summary[name].label(name) for name in ("changed", "quality", "radii")}
    query = sa.select(_MODEL.n_labeled, *parts.values()).where(_MODEL.project == project).order_by(_MODEL.number)
    with reading() as connection:
        return [
            RoundResult(
                row.n_labeled,
                read_optional(Changed, row.changed),
                read_optional(Quality, row.quality),
                read_optional(CoveringRadii, row.radii),
            )
            for row in connection.execute(query)
        ]


@remembered
def accuracies(project: str) -> list[tuple[int, float]]:
    """Return (number of labels, accuracy) of every measured model, by number, without the rest of the summaries."""
    accuracy = _MODEL.summary["quality"]["accuracy"].as_float()
    query = sa.select(_MODEL.n_labeled, accuracy.label("accuracy")).where(_MODEL.project == project)
    with reading() as connection:
        rows = connection.execute(query.order_by(_MODEL.number)).all()
    return [(row.n_labeled, row.accuracy) for row in rows if row.accuracy is not None]


def set_map(project: str, number: int, map_name: str | None) -> Model:
    """Store the name of the file that holds the model's map.

    Raises
    ------
    ProjectError
        If there is no such model.
    """
    return _set(project, number, map_name=map_name)


def set_summary(project: str, number: int, summary: Summary) -> Model:
    """Replace the model's summary and leave the rest, also a map that has arrived meanwhile.

    Raises
    ------
    ProjectError
        If there is no such model.
    """
    return _set(project, number, summary=plain(summary.to_json()))


def _set(project: str, number: int, **values: Any) -> Model:
    with transaction() as connection:
        bump(connection, project)
        query = sa.update(schema.model).where(_MODEL.project == project, _MODEL.number == number)
        connection.execute(query.values(**values, mark=secrets.token_hex(8)))
        return _get(connection, project, number)


def _newest(connection: Connection, query: sa.Select, **which: Any) -> Model | None:
    """Return the model whose number and mark a query finds; read it only if this process does not hold it yet.

    Summary and selection are large, and a page asks for the same ones all the time.
    """
    found = connection.execute(query, which).first()
    if found is None:
        return None
    with _kept_lock:
        kept = _kept.get(found.mark)
        if kept is not None:
            _kept.move_to_end(found.mark)
            return kept
    whole = _get(connection, which["project"], found.number)
    with _kept_lock:
        _kept[found.mark] = whole
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return whole


def _get(connection: Connection, project: str, number: int) -> Model:
    found = connection.execute(_ONE, {"project": project, "number": number}).first()
    if found is None:
        raise ProjectError(f"This project has no model {number}; train one on the Model page.")
    return _model(found._asdict())


def _model(values: Mapping[str, Any]) -> Model:
    """Make a model from its columns."""
    records = {
        "summary": Summary.from_json(values["summary"]),
        "selection": StoredSelection.from_json(values["selection"]),
    }
    return Model(**{**values, **records})
