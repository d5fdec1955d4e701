"""Finds conflicts: rows with two different answers, where whoever gave the later had not seen the earlier.

The later answer counts until somebody chooses.
"""

from dataclasses import dataclass

from dami.store import annotations
from dami.store.records import Event, Project
from dami.workspace.projects.labels import class_list


@dataclass(frozen=True)
class Conflict:
    """Two answers to a row, in words: `stands` counts, and whoever gave it had not seen `unseen`.

    Attributes
    ----------
    class_id : class of the answer that counts; None if that answer is no label
    """

    row: int
    class_id: int | None
    stands: str
    unseen: str


def conflicts(project: Project) -> list[Conflict]:
    """Return the conflicts that nobody has decided yet, in the order of the rows."""
    listed = class_list(project.id)

    def answer(event: Event) -> tuple[str, int | None]:
        return event.action, None if event.class_id is None else listed.resolve[event.class_id]

    def words(event: Event) -> str:
        class_id = answer(event)[1]
        said = event.action if class_id is None else listed.names[class_id]
        return f"{said} by {event.annotator}" if event.annotator else said

    found = []
    for stands, unseen in annotations.conflicts(project.id):
        if answer(stands) != answer(unseen):  # classes may have been merged since
            found.append(Conflict(stands.row, answer(stands)[1], words(stands), words(unseen)))
    return sorted(found, key=lambda conflict: conflict.row)
