"""Changes what the columns of a begun project are: every cell and label stays, and the network is trained anew.

A worker reads the columns, which takes seconds for a large table. A change is of the table that its page showed: if the
project has another table by then, the change is refused, so that no tab undoes what another tab did.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dami.errors import ProjectError
from dami.store import jobs, projects
from dami.store.records import Job, JobKind, Project
from dami.tables.kinds import check_choices
from dami.workspace.jobs.progress import Reporter
from dami.workspace.jobs.request import Request
from dami.workspace.projects import stored_tables
from dami.workspace.projects.begin import check_possible
from dami.workspace.projects.labels import class_list
from dami.workspace.training import rounds

KIND: JobKind = "kinds"


@dataclass(frozen=True, slots=True)
class KindsRequest(Request):
    """The request to change kinds, as its job stores it: column -> kind, and the id of the table that they are of."""

    kinds: Mapping[str, str | None]
    table: str


def start(project: Project, kinds: Mapping[str, str | None]) -> int:
    """Ask a worker to read some columns of a project's table as other kinds; return the id of the job.

    Parameters
    ----------
    project : the project as it was when the kinds were chosen
    kinds : column -> a kind, see `dami.tables.kinds.check_choices`; None leaves it to the rules

    Raises
    ------
    DamiError
        If there is no such column or kind, the column holds the labels, or columns are being changed already.
    """
    if project.target in kinds:
        raise ProjectError(f"“{project.target}” holds the labels, which are always names of classes.")
    check_choices(kinds, stored_tables.table(project.table_id).columns)
    busy = "Another column is being read anew. Wait a moment, then choose again."
    return KindsRequest(kinds, project.table_id).submit(project.id, rounds.LANE, KIND, busy)


def running(project: Project) -> Job | None:
    """Return the job that changes columns of the project; None if there is none."""
    return next((job for job in jobs.active(project.id) if job.kind == KIND), None)


def run(job: Job) -> None:
    """Read the columns anew, give the project the table that results, and start a training.

    Raises
    ------
    ProjectError
        If no column would be left to learn from, or the project has another table than the change was chosen for.
    """
    request, project = KindsRequest.of(job), projects.get(job.project)
    Reporter(job.id)(0.1, "Reading the column anew")
    changed = stored_tables.with_kinds(request.table, request.kinds)
    hidden = {column.name for column in stored_tables.columns(changed, project.target) if column.left_out}
    names = [entry.name for entry in class_list(project.id).shown]
    left_out = {name: reason for name, reason in project.left_out.items() if name not in request.kinds}
    check_possible(names, stored_tables.table(changed).columns, {*hidden, *left_out, project.target})
    projects.replace_table(project.id, changed, request.table)
    if left_out != project.left_out:  # of an earlier version: a kind says now whether the network sees the column
        projects.change(project.id, left_out=left_out)
    rounds.start(project.id)
