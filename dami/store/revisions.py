"""The revision of a project: one number that tells a page whether to look again."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dami.errors import ProjectError
from dami.store import schema
from dami.store.database import reading

_PROJECT = schema.project.c


def revision(project: str) -> int:
    """A number that grows with every change a page could show: events, models, maps, jobs, classes, the project itself.

    Raises
    ------
    ProjectError
        If the project is missing or deleted.
    """
    query = sa.select(_PROJECT.revision).where(_PROJECT.id == project, _PROJECT.deleted.is_(None))
    with reading() as connection:
        found = connection.execute(query).scalar()
    if found is None:
        raise missing_project()
    return found


def bump(connection: Connection, project: str, must_exist: bool = True) -> None:
    """Count a change in its own transaction, before anything else there: the project's other writers then wait."""
    query = sa.update(schema.project).where(_PROJECT.id == project)
    if must_exist:
        query = query.where(_PROJECT.deleted.is_(None))
    if connection.execute(query.values(revision=_PROJECT.revision + 1)).rowcount != 1 and must_exist:
        raise missing_project()


def missing_project() -> ProjectError:
    """What to raise, and to tell, when a project is not there."""
    return ProjectError("This project does not exist, or was deleted; open another one on the Data page.")
