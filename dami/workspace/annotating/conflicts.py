"""Rows answered by two who did not see each other's answer: the later counts, until somebody chooses."""

from dataclasses import dataclass

from dami.store import annotations
from dami.store.records import Event, Project
from dami.workspace.projects.labels import class_list


@dataclass(frozen=True)
class Conflict:
    """Two answers to a row: the one that counts, and the one that its giver had not seen, each in words.

    Attributes
    ----------
    class_id : of the answer that counts, None where it is no label
    """

    row: int
    class_id: int | None
    stands: str
    unseen: str


def conflicts(project: Project) -> list[Conflict]:
    """What nobody has decided between yet, in the order of the rows."""
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
