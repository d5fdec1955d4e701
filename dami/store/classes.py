"""Stores the classes of a project. The id of a class never changes; labels and colors refer to the id."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dami.errors import ProjectError
from dami.store import schema
from dami.store.database import reading, transaction
from dami.store.records import Class
from dami.store.revisions import bump, remembered

_CLASS = schema.class_.c
_OF_PROJECT = (
    sa.select(*(_CLASS[field.name] for field in fields(Class)))
    .where(_CLASS.project == sa.bindparam("project"))
    .order_by(_CLASS.id)
)


@remembered
def list_classes(project: str) -> list[Class]:
    """Return the classes in the order of their ids."""
    with reading() as connection:
        return _read(connection, project)


def add_class(
    project: str, name: str, value: str | None = None, guideline: str = "", batch: str | None = None
) -> Class:
    """Add a class.

    Parameters
    ----------
    value : text of the class in the table's target column; the name if not given.
    batch : name of the batch of labels that brings the class; None if a person did.

    Raises
    ------
    ProjectError
        If the name is empty, or another class has this name or value.
    """
    new = {"name": name, "guideline": guideline, "batch": batch} | ({} if value is None else {"value": value})
    with _changing(project) as connection:
        insert_classes(connection, project, [new])
        return _read(connection, project)[-1]


def rename_class(project: str, class_id: int, name: str) -> Class:
    """Give a class another name; its id, its value and all labels stay.

    Raises
    ------
    ProjectError
        If there is no such class, the name is empty, or another class has the name.
    """
    with _changing(project) as connection:
        others = [known.name for known in _read(connection, project) if known.id != class_id]
        return _update(connection, project, class_id, name=_fresh(name, others))


def set_guideline(project: str, class_id: int, guideline: str) -> Class:
    """Set the guideline of a class: words that say when a row belongs to it."""
    with _changing(project) as connection:
        return _update(connection, project, class_id, guideline=guideline)


def set_batch(project: str, class_id: int, batch: str | None) -> Class:
    """Set the batch of labels that brings a class; None: it stays whatever labels there are."""
    with _changing(project) as connection:
        return _update(connection, project, class_id, batch=batch)


def insert_classes(connection: Connection, project: str, classes: Iterable[str | Mapping[str, str | None]]) -> None:
    """Add classes after the existing ones, inside the caller's transaction."""
    known = _read(connection, project)
    names, values = [one.name for one in known], [one.value for one in known]
    next_id = max((one.id for one in known), default=-1) + 1
    for class_id, given in enumerate(classes, next_id):
        new: Mapping[str, str | None] = {"name": given} if isinstance(given, str) else given
        name = _fresh(new["name"] or "", names)
        value = new.get("value") or name
        if value in values:
            raise ProjectError(f"Two classes have the same value {value!r} in the table.")
        names.append(name)
        values.append(value)
        told = {"name": name, "value": value, "guideline": new.get("guideline", ""), "batch": new.get("batch")}
        connection.execute(sa.insert(schema.class_).values(project=project, id=class_id, **told))


def merge_class(project: str, class_id: int, into: int) -> Class:
    """Count a class as another class from now on. The log keeps its labels as they were given; `part_class` undoes it.

    Raises
    ------
    ProjectError
        If either class is unknown or merged already, both are the same class, or fewer than two would be left.
    """
    with _changing(project) as connection:
        known = {entry.id: entry for entry in _read(connection, project)}
        for one in (class_id, into):
            if one not in known:
                raise _missing(one)
            if known[one].merged_into is not None:
                raise ProjectError(f"The class {known[one].name!r} is merged into another one already.")
        if class_id == into:
            raise ProjectError(f"The class {known[into].name!r} cannot be merged into itself.")
        if sum(entry.merged_into is None for entry in known.values()) <= 2:
            raise ProjectError("At least two classes must be left to tell apart: add another one first.")
        return _update(connection, project, class_id, merged_into=into)


def part_class(project: str, class_id: int) -> Class:
    """Take a merge back: the class counts as itself again, with all labels that name it."""
    with _changing(project) as connection:
        return _update(connection, project, class_id, merged_into=None)


def resolve(listed: Sequence[Class]) -> dict[int, int]:
    """Return class id -> the id that the class counts as; a class merged into a merged class follows that one."""
    into = {entry.id: entry.merged_into for entry in listed}

    def end(class_id: int) -> int:
        while (following := into[class_id]) is not None:
            class_id = following
        return class_id

    return {class_id: end(class_id) for class_id in into}


@contextmanager
def _changing(project: str) -> Iterator[Connection]:
    with transaction() as connection:
        bump(connection, project)
        yield connection


def _read(connection: Connection, project: str) -> list[Class]:
    return [Class(*row) for row in connection.execute(_OF_PROJECT, {"project": project}).all()]


def _update(connection: Connection, project: str, class_id: int, **values: str | int | None) -> Class:
    query = sa.update(schema.class_).where(_CLASS.project == project, _CLASS.id == class_id).values(values)
    if connection.execute(query).rowcount != 1:
        raise _missing(class_id)
    return next(known for known in _read(connection, project) if known.id == class_id)


def _fresh(name: str, names: list[str]) -> str:
    """Return the name without blanks around it; raise a `ProjectError` if it is empty or another class has it."""
    name = name.strip()
    if not name:
        raise ProjectError("Give the class a name.")
    if name in names:
        raise ProjectError(f"There is a class named {name!r} already.")
    return name


def _missing(class_id: int) -> ProjectError:
    return ProjectError(f"This project has no class {class_id}.")
