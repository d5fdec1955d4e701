"""Counts the revision of a project: one number that tells a page whether to read the project again.

The revision also saves most reads: within `looking`, what any page has read of a project at its present revision is not
read again. Without this, thirty participants would ask the database the same things all the time.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dami.errors import ProjectError
from dami.store import schema
from dami.store.database import reading, url

REMEMBERED = 1000  # answers, of all projects together

_PROJECT = schema.project.c
_REVISION = sa.select(_PROJECT.revision).where(_PROJECT.id == sa.bindparam("project"), _PROJECT.deleted.is_(None))
_looked_at: ContextVar[dict[str, int] | None] = ContextVar("looked_at", default=None)  # project -> its revision
_memory: OrderedDict[tuple, tuple[int, object]] = OrderedDict()  # question -> revision and answer
_memory_lock = threading.Lock()

P = ParamSpec("P")
T = TypeVar("T")


def revision(project: str) -> int:
    """Return a number that grows with every change that a page can show: events, models, maps, classes, the project.

    A job counts when it begins and ends; pages ask for its progress separately.

    Raises
    ------
    ProjectError
        If the project is missing or deleted.
    """
    with reading() as connection:
        found = connection.execute(_REVISION, {"project": project}).scalar()
    if found is None:
        raise missing_project()
    return found


@contextmanager
def looking() -> Iterator[None]:
    """Show each project, within the block, as it was at its first read or after the last change made in the block."""
    if _looked_at.get() is not None:
        yield
        return
    token = _looked_at.set({})
    try:
        yield
    finally:
        _looked_at.reset(token)


def seen_revision(project: str) -> int | None:
    """Return the revision at which `looking` shows a project; None outside of `looking`."""
    seen = _looked_at.get()
    if seen is None:
        return None
    if project not in seen:
        seen[project] = revision(project)
    return seen[project]


def remembered(read: Callable[Concatenate[str, P], T]) -> Callable[Concatenate[str, P], T]:
    """Wrap a function that reads something of a project: within `looking`, call it once for each revision.

    All callers share the answers, so nobody may change them.
    """

    @wraps(read)
    def answer(project: str, *args: P.args, **kwargs: P.kwargs) -> T:
        at = seen_revision(project)
        if at is None:
            return read(project, *args, **kwargs)
        question = (url(), read.__module__, read.__qualname__, project, args, tuple(sorted(kwargs.items())))
        with _memory_lock:
            known = _memory.get(question)
        if known is not None and known[0] == at:
            return known[1]  # type: ignore[return-value]
        found = read(project, *args, **kwargs)
        with _memory_lock:
            _memory[question] = (at, found)
            _memory.move_to_end(question)
            while len(_memory) > REMEMBERED:
                _memory.popitem(last=False)
        return found

    return answer


def bump(connection: Connection, project: str, must_exist: bool = True) -> None:
    """Count a change, as the first step of its transaction: the project's other writers then wait."""
    if (seen := _looked_at.get()) is not None:
        seen.pop(project, None)
    query = sa.update(schema.project).where(_PROJECT.id == project)
    if must_exist:
        query = query.where(_PROJECT.deleted.is_(None))
    if connection.execute(query.values(revision=_PROJECT.revision + 1)).rowcount != 1 and must_exist:
        raise missing_project()


def missing_project() -> ProjectError:
    """Return the error to raise if a project does not exist."""
    return ProjectError("This project does not exist, or was deleted; open another one on the Data page.")
