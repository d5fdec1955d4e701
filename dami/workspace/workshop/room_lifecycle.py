"""Opens a room on a table, lets participants join with a code, and closes or deletes the room."""

import unicodedata

from dami.errors import ProjectError
from dami.selection.stopping import ROUND
from dami.selection.strategies import STRATEGIES
from dami.store import classes, projects, rooms
from dami.store.records import Participant, Project, Room, Sharing
from dami.workspace.annotating import corrections
from dami.workspace.projects.begin import ClassDraft, begin
from dami.workspace.projects.labels import class_list

TEACHER = "teacher"  # the name of who settles rows; no participant may have it
LONGEST_NICKNAME = 40
A_HEAD = 2  # labels of each participant between two trainings of a shared network


def open_room(
    source: Project, name: str, sharing: Sharing = "own", overlap: int = 1, strategies: tuple[str, ...] = ("dami",)
) -> Room:
    """Open a room on the table of a project, with its columns, classes and target, but without its labels.

    Parameters
    ----------
    sharing : "own" (each participant labels a copy) or "shared" (rows of one table are handed out)
    overlap : number of participants who get the same row of a shared table
    strategies : names in STRATEGIES; participants with copies of their own get them in turn

    Raises
    ------
    ProjectError
        If a room cannot have one of these settings.
    """
    name = " ".join(name.split())
    if not name:
        raise ProjectError("Give the room a name.")
    if unknown := [strategy for strategy in strategies if strategy not in STRATEGIES]:
        raise ProjectError(STRATEGIES.lacks(unknown[0]))
    common = _begin_copy(source, name, strategies[0] if strategies else "dami", TEACHER)
    return rooms.create(common.name, common.id, sharing, overlap, strategies)


def join(room: Room, nickname: str) -> Participant:
    """Let a participant in; if participants label copies, begin their copy of the table.

    Raises
    ------
    ProjectError
        If the room is closed or full, or the name is empty, too long or taken.
    """
    shown = (c for c in unicodedata.normalize("NFC", nickname) if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    name = " ".join("".join(shown).split())
    if not name:
        raise ProjectError("Say what you want to be called here.")
    if len(name) > LONGEST_NICKNAME:
        raise ProjectError(f"A name here has at most {LONGEST_NICKNAME} characters.")
    if name.casefold() == TEACHER:
        raise ProjectError("That is what the teacher is called here: choose another name.")
    if rooms.get(room.id).closed is not None:
        raise ProjectError("This room is closed.")
    present = rooms.participants(room.id)
    rooms.refuse_if_taken(present, name)  # before a copy is made
    common = projects.get(room.project)
    if room.sharing == "shared":
        round_size = max(ROUND, A_HEAD * (len(present) + 1))
        if round_size != common.round_size:
            projects.change(common.id, round_size=round_size)
        return rooms.join(room.id, name, common.id)
    copy = _begin_copy(common, common.name, room.strategies[len(present) % len(room.strategies)], name)
    try:
        return rooms.join(room.id, name, copy.id)
    except ProjectError:
        projects.delete(copy.id)
        raise


def close(room: Room) -> Room:
    """Close a room: nobody is asked for more labels, but labels that are on their way are still stored."""
    return rooms.close(room.id)


def reopen(room: Room) -> Room:
    """Open a closed room again, so that people can join and go on labelling."""
    return rooms.close(room.id, closed=False)


def settle(room: Room, row: int, class_id: int) -> None:
    """Settle the class of a row as the teacher.

    Raises
    ------
    ProjectError
        If there is no such row or class.
    """
    corrections.label_rows(projects.get(room.project), [row], class_id, TEACHER)


def delete(room: Room) -> None:
    """Delete the room and its copies; `restore` brings them back as long as they are not purged."""
    for project in _projects(room):
        projects.delete(project)


def restore(room: Room) -> None:
    for project in _projects(room):
        projects.restore(project)


def _projects(room: Room) -> list[str]:
    return list(dict.fromkeys([room.project, *(one.project for one in rooms.participants(room.id))]))


def _begin_copy(source: Project, name: str, strategy: str, annotator: str) -> Project:
    """Begin a project on the same table, with the present names and merges of the classes, and without labels."""
    own = class_list(source.id)
    listed = [entry for entry in own.all if entry.id not in own.gone]
    copy = begin(
        source.table_id,
        name,
        filename=source.filename,
        target=source.target,
        mode="workshop",
        classes=[ClassDraft(entry.name, entry.guideline, entry.value) for entry in listed],
        annotator=annotator,
        left_out=list(source.left_out),
        seed=source.seed,
        strategy=strategy,
    )
    ids = {entry.value: entry.id for entry in classes.list_classes(copy.id)}
    place = {entry.id: ids[entry.value] for entry in listed}
    for one, other in classes.resolve(listed).items():
        if one != other:
            classes.merge_class(copy.id, place[one], place[other])
    return projects.get(copy.id)
