"""The revision of a project: one number that tells a page whether to look again.

It also spares a page most of its questions: within `looking`, what was read of a project at its present revision is not
read again, whoever read it. A class of thirty would otherwise ask the database the same things all the time.
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
    """A number that grows with every change a page could show: events, models, maps, classes, the project itself.

    Jobs count when they begin and end; how far they are is asked for by itself.

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
    """While this lasts, each project is seen as it was when it was first looked at, or last changed from here."""
    if _looked_at.get() is not None:
        yield
        return
    token = _looked_at.set({})
    try:
        yield
    finally:
        _looked_at.reset(token)


def seen_revision(project: str) -> int | None:
    """The revision at which `looking` sees a project; None outside of it."""
    seen = _looked_at.get()
    if seen is None:
        return None
    if project not in seen:
        seen[project] = revision(project)
    return seen[project]


def remembered(read: Callable[Concatenate[str, P], T]) -> Callable[Concatenate[str, P], T]:
    """A function that reads something of a project; within `looking` it is called once for each revision.

    Its answers are shared: nobody may change them.
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
    """Count a change in its own transaction, before anything else there: the project's other writers then wait."""
    if (seen := _looked_at.get()) is not None:
        seen.pop(project, None)
    query = sa.update(schema.project).where(_PROJECT.id == project)
    if must_exist:
        query = query.where(_PROJECT.deleted.is_(None))
    if connection.execute(query.values(revision=_PROJECT.revision + 1)).rowcount != 1 and must_exist:
        raise missing_project()


def missing_project() -> ProjectError:
    """What to raise, and to tell, when a project is not there."""
    return ProjectError("This project does not exist, or was deleted; open another one on the Data page.")
