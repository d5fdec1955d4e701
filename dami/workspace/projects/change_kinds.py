"""Changes what the columns of a begun project are: every cell and label stays, and the network is trained anew."""

from collections.abc import Mapping

from dami.errors import ProjectError
from dami.store import projects
from dami.store.records import Project
from dami.workspace.projects import stored_tables
from dami.workspace.projects.begin import check_possible
from dami.workspace.projects.labels import class_list
from dami.workspace.training import rounds


def change_kinds(project: Project, kinds: Mapping[str, str | None]) -> Project:
    """Read some columns of a project's table as other kinds, and start a training.

    Parameters
    ----------
    kinds : column -> one of `dami.tables.kinds.CHOICES`; None leaves it to the rules

    Raises
    ------
    DamiError
        If there is no such column or kind, the column holds the labels, or no column would be left to learn from.
    """
    if project.target in kinds:
        raise ProjectError(f"“{project.target}” holds the labels, which are always names of classes.")
    changed = stored_tables.with_kinds(project.table_id, kinds)
    hidden = {column.name for column in stored_tables.columns(changed) if column.left_out}
    names = [entry.name for entry in class_list(project.id).shown]
    check_possible(names, stored_tables.table(changed).columns, {*hidden, *project.left_out, project.target})
    found = projects.replace_table(project.id, changed)
    rounds.start(project.id)
    return found
