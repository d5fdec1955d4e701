"""Rows that come later: a project goes on over the grown table, with every label on its row."""

from dami.errors import ProjectError
from dami.store import classes, projects
from dami.store import tables as stored
from dami.store.records import Project
from dami.tables.appending import Grown, append_rows, key_candidates
from dami.workspace import rounds
from dami.workspace.projects import MOST_CLASSES
from dami.workspace.tables import table, target


def keys(project: Project, newer: str) -> list[str]:
    """The columns by which the rows of a newer table can be told from those of the project."""
    return [name for name in key_candidates(table(project.table_id), table(newer)) if name != project.target]


def preview(project: Project, newer: str, key: str) -> Grown:
    """What `grow` would make of it.

    Raises
    ------
    TableError
        If the key does not tell the rows apart.
    """
    return append_rows(table(project.table_id), table(newer), key)


def grow(project: Project, newer: str, key: str) -> Project:
    """Append the new rows to the project's table and train anew; rows keep their numbers, labels, notes and audits.

    Raises
    ------
    DamiError
        If the key does not tell the rows apart, nothing is new, a practice would get rows without a known label, or
        there would be more classes than DAMI tells apart. Then nothing is changed.
    """
    grown = preview(project, newer, key)
    if not grown.n_added:
        raise ProjectError("The newer file has no row that the table does not have: there is nothing to add.")
    if project.mode == "practise" and project.target and grown.frame[project.target].isna().any():
        raise ProjectError("Practise needs the known label of every row, and some new rows have none.")
    table_id = stored.store_table(grown.frame).id
    if project.target is not None:
        known = {entry.value for entry in classes.list_classes(project.id)}
        fresh = [name for name, _ in target(table_id, project.target).classes if name not in known]
        if len(known) + len(fresh) > MOST_CLASSES:
            raise ProjectError(
                f"The new rows bring {len(fresh)} new classes: more than the {MOST_CLASSES} that there can be."
            )
        for name in fresh:
            classes.add_class(project.id, name)
    changed = projects.replace_table(project.id, table_id)
    rounds.start(project.id)
    return changed
